//! Lists: every entry once over all pages, filtered as asked.

use std::collections::HashSet;

use serde_json::Value;
use wing_suite::{NewTrack, Options, sound, spawn_app, text};

fn ids(items: &[Value]) -> Vec<String> {
    items.iter().map(|item| text(&item["id"])).collect()
}

#[tokio::test]
async fn pages_of_every_list_together_have_everything_exactly_once() {
    let app = Options::default()
        .set("WING_FFMPEG", "off")
        .set("WING_PROCESSING", 2)
        .spawn()
        .await;
    let musician = app.musician().await;
    let mut artists = Vec::new();
    for n in 0..7 {
        artists.push(musician.artist(&format!("Artist {n}")).await);
    }
    for n in 0..7 {
        musician.album(&artists[n % 2], &format!("Album {n}")).await;
    }
    let file = sound::file("short.mp3");
    let mut begun = Vec::new();
    for n in 0..11 {
        let new = NewTrack::titled(&format!("Track {n}")).file("a.mp3", file.clone());
        begun.push(musician.begin_track(&artists[0], new).await);
    }
    for track in &begun {
        musician.processed(track).await;
        let like = format!("/api/v1/likes/{}", text(&track["id"]));
        musician
            .send_with(reqwest::Method::PUT, &like, &[])
            .await
            .expect(200);
    }
    for (path, wanted) in [
        ("/api/v1/artists?limit=3", 7),
        ("/api/v1/albums?limit=2", 7),
        ("/api/v1/tracks?limit=4", 11),
        ("/api/v1/tracks?limit=4&sort=popular", 11),
        ("/api/v1/tracks?limit=1&genre=electronica", 11),
        ("/api/v1/tracks?limit=5&q=track", 11),
        ("/api/v1/artists?limit=2&q=art", 7),
        ("/api/v1/likes?limit=3", 11),
    ] {
        let all = musician.all_pages(path).await;
        let ids = if path.contains("likes") {
            all.iter().map(|item| text(&item["track"]["id"])).collect()
        } else {
            ids(&all)
        };
        let distinct: HashSet<_> = ids.iter().collect();
        assert_eq!((ids.len(), distinct.len()), (wanted, wanted), "{path}");
    }
}

#[tokio::test]
async fn a_page_stays_right_while_others_publish() {
    let app = Options::default().set("WING_FFMPEG", "off").spawn().await;
    let musician = app.musician().await;
    for n in 0..4 {
        musician.artist(&format!("Early {n}")).await;
    }
    let first = app
        .nobody()
        .get("/api/v1/artists?limit=2")
        .await
        .expect(200)
        .json();
    musician.artist("Late").await;
    let path = format!("/api/v1/artists?limit=10&cursor={}", text(&first["next"]));
    let second = app.nobody().get(&path).await.expect(200).json();
    let names: Vec<_> = second["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| text(&item["name"]))
        .collect();
    assert_eq!(names, ["Early 1", "Early 0"]);
}

#[tokio::test]
async fn filters_leave_what_does_not_fit() {
    let app = Options::default().set("WING_FFMPEG", "off").spawn().await;
    let musician = app.musician().await;
    let (one, two) = (musician.artist("One").await, musician.artist("Two").await);
    let album = musician.album(&one, "The Album").await;
    let rock = NewTrack::titled("Rock Song")
        .with("genre", "rock")
        .with("album_id", album["id"].clone());
    let rock = musician.track(&one, rock).await;
    let jazz = musician
        .track(&two, NewTrack::titled("Jazz Song").with("genre", "jazz"))
        .await;
    let of = async |query: String| {
        ids(&app
            .nobody()
            .get(&format!("/api/v1/tracks?{query}"))
            .await
            .expect(200)
            .items())
    };
    assert_eq!(of("genre=rock".into()).await, [text(&rock["id"])]);
    assert_eq!(
        of(format!("artist_id={}", text(&two["id"]))).await,
        [text(&jazz["id"])]
    );
    assert_eq!(
        of(format!("album_id={}", text(&album["id"]))).await,
        [text(&rock["id"])]
    );
    assert_eq!(of("q=jazz".into()).await, [text(&jazz["id"])]);
    assert!(of("genre=rock&q=jazz".into()).await.is_empty());
    let albums = app
        .nobody()
        .get("/api/v1/albums?genre=rock")
        .await
        .expect(200)
        .items();
    assert_eq!(ids(&albums), [text(&album["id"])]);
    assert!(
        app.nobody()
            .get("/api/v1/albums?genre=jazz")
            .await
            .items()
            .is_empty()
    );
}

#[tokio::test]
async fn bad_limits_cursors_and_orders_are_refused() {
    let app = spawn_app().await;
    let nobody = app.nobody();
    for list in ["artists", "albums", "tracks"] {
        for limit in ["0", "101", "-5"] {
            let path = format!("/api/v1/{list}?limit={limit}");
            nobody
                .get(&path)
                .await
                .expect_invalid(&[("limit", "out_of_range")]);
        }
        nobody
            .get(&format!("/api/v1/{list}?limit=many"))
            .await
            .expect_problem(400, "bad_query");
        for cursor in [
            "x",
            "bm90IGpzb24",
            "W10",
            "%27%20OR%201=1",
            &"A".repeat(2000),
        ] {
            let path = format!("/api/v1/{list}?cursor={cursor}");
            nobody.get(&path).await.expect_problem(400, "bad_cursor");
        }
        let path = format!("/api/v1/{list}?sort=random");
        nobody
            .get(&path)
            .await
            .expect_invalid(&[("sort", "unknown_sort")]);
        nobody
            .get(&format!("/api/v1/{list}?colour=blue"))
            .await
            .expect_problem(400, "bad_query");
        nobody
            .get(&format!("/api/v1/{list}?genre=polka"))
            .await
            .expect(400);
    }
}

#[tokio::test]
async fn genres_are_listed_with_what_they_have() {
    let app = Options::default().set("WING_FFMPEG", "off").spawn().await;
    app.musician().await.published("Something Electronic").await;
    let genres = app.nobody().get("/api/v1/genres").await.expect(200).json();
    assert!(genres.to_string().contains("electronica"), "{genres}");
    assert!(genres.to_string().contains("hip-hop"), "{genres}");
}
