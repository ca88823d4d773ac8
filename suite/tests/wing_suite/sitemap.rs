//! What search engines are shown of the site.

use serde_json::json;
use wing_suite::{NewTrack, spawn_app, text};

/// The addresses of a sitemap, in its order.
fn addresses(map: &str) -> Vec<String> {
    map.split("<loc>")
        .skip(1)
        .filter_map(|rest| Some(rest.split_once("</loc>")?.0.to_owned()))
        .collect()
}

#[tokio::test]
async fn the_map_names_what_is_published_and_nothing_else() {
    let app = spawn_app().await;
    let musician = app.musician().await;
    let artist = musician.artist("한밤 지도").await;
    let album = musician.album(&artist, "Charted").await;
    let draft = musician.draft_album(&artist, "Uncharted").await;
    let track = musician.track(&artist, NewTrack::titled("등고선")).await;
    let hidden = musician
        .track(&artist, NewTrack::titled("Taken Back"))
        .await;
    let path = format!("/api/v1/tracks/{}", text(&hidden["id"]));
    musician
        .patch_json(&path, &json!({"published": false}))
        .await
        .expect(200);
    let gone = musician.artist("Gone Again").await;
    let path = format!("/api/v1/artists/{}", text(&gone["id"]));
    musician.delete(&path).await.expect(204);

    let answer = app.nobody().get("/sitemap.xml").await.expect(200);
    assert_eq!(
        answer.header("content-type"),
        "application/xml; charset=utf-8"
    );
    let map = answer.text();
    assert!(
        map.contains("<urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">")
            && map.trim_end().ends_with("</urlset>"),
        "{map}"
    );
    let named = addresses(&map);
    assert!(
        named.iter().all(|url| url.is_ascii()),
        "not escaped: {named:?}"
    );
    // Each is a page, as nobody reads it.
    for url in &named {
        app.nobody().get(url).await.expect(200);
    }
    let pages: Vec<_> = named
        .iter()
        .filter_map(|url| url.strip_prefix(app.base_url.as_str()))
        .collect();
    assert_eq!(pages.len(), named.len(), "another site: {named:?}");
    for path in ["/", "/latest", "/genres/folk"] {
        assert!(pages.contains(&path), "no {path} in {pages:?}");
    }
    let count = |kind: &str| pages.iter().filter(|path| path.starts_with(kind)).count();
    assert_eq!(
        (count("/artists/"), count("/albums/"), count("/tracks/")),
        (1, 1, 1),
        "{pages:?}"
    );
    assert!(pages.contains(&format!("/albums/{}", text(&album["slug"])).as_str()));
    assert!(!map.contains(&text(&draft["slug"])));
    assert!(!map.contains(&text(&hidden["slug"])));
    assert!(text(&track["slug"]).contains("등고선"), "{track:#}");
}

#[tokio::test]
async fn a_part_begins_after_the_id_it_is_asked_for() {
    let app = spawn_app().await;
    let musician = app.musician().await;
    let first = musician.artist("Alpha").await;
    musician.artist("Beta").await;
    let nobody = app.nobody();
    let all = nobody.get("/sitemap.xml?part=artists").await.expect(200);
    assert_eq!(addresses(&all.text()).len(), 2);
    let path = format!("/sitemap.xml?part=artists&after={}", text(&first["id"]));
    let rest = addresses(&nobody.get(&path).await.expect(200).text());
    assert!(
        rest.len() == 1 && rest[0].ends_with("/artists/beta"),
        "{rest:?}"
    );
    nobody.get("/sitemap.xml?part=accounts").await.expect(404);
}

#[tokio::test]
async fn robots_txt_names_the_sitemap_and_excludes_the_desk() {
    let app = spawn_app().await;
    let answer = app.nobody().get("/robots.txt").await.expect(200);
    assert_eq!(answer.header("content-type"), "text/plain; charset=utf-8");
    let text = answer.text();
    let map = format!("Sitemap: {}/sitemap.xml", app.base_url);
    assert!(text.lines().any(|line| line == map), "{text}");
    assert!(text.lines().any(|line| line == "Disallow: /desk"), "{text}");
}
