//! Every form of every page: sent without its token, with another browser's, from
//! another site, by nobody, by the wrong account and by the right one. All are sent
//! without their fields: 303 and 422 say that whoever sent them may.

use std::collections::BTreeSet;
use std::path::Path;

use reqwest::Method;
use wing_suite::{
    Answer, App, Browser, Client, NewTrack, PASSWORD, csrf_in, form_body, spawn_app, text, tus,
};

/// Who a form is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum For {
    /// Anybody.
    All,
    /// Whoever is logged in, and it concerns them alone.
    Account,
    /// Musicians.
    Musician,
    /// Who manages the thing; to all others it is not there.
    Manager,
}

use For::{Account, All, Manager, Musician};

/// What a form sends its fields as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum As {
    Fields,
    /// With a file, which is left away here.
    File,
}

use As::{Fields, File};

/// Every form, those last that end what the others need.
const FORMS: &[(&str, For, As)] = &[
    ("/signup", All, Fields),
    ("/login", All, Fields),
    ("/likes/{track}", Account, Fields),
    ("/me/settings/profile", Account, Fields),
    ("/me/settings/picture", Account, File),
    ("/me/settings/picture/remove", Account, Fields),
    ("/me/settings/password", Account, Fields),
    ("/me/settings/musician", Account, Fields),
    ("/desk/artists/new", Musician, Fields),
    ("/desk/artists/{artist}/edit", Manager, Fields),
    ("/desk/artists/{artist}/portrait", Manager, File),
    ("/desk/artists/{artist}/portrait/delete", Manager, Fields),
    ("/desk/artists/{artist}/upload", Manager, File),
    ("/desk/artists/{artist}/albums/new", Manager, Fields),
    ("/desk/albums/{album}", Manager, Fields),
    ("/desk/albums/{album}/order", Manager, Fields),
    ("/desk/albums/{album}/cover", Manager, File),
    ("/desk/albums/{album}/cover/delete", Manager, Fields),
    ("/desk/tracks/{track}", Manager, Fields),
    ("/desk/tracks/{track}/publish", Manager, Fields),
    ("/desk/tracks/{track}/cover", Manager, File),
    ("/desk/tracks/{track}/cover/delete", Manager, Fields),
    ("/desk/tracks/{failed}/retry", Manager, Fields),
    ("/desk/uploads/{upload}/discard", Manager, Fields),
    ("/desk/tracks/{track}/delete", Manager, Fields),
    ("/desk/tracks/{track}/restore", Manager, Fields),
    ("/desk/albums/{album}/delete", Manager, Fields),
    ("/desk/albums/{album}/restore", Manager, Fields),
    ("/desk/artists/{artist}/delete", Manager, Fields),
    ("/desk/artists/{artist}/restore", Manager, Fields),
    ("/me/settings/sessions/{session}/end", Account, Fields),
    ("/me/settings/delete", Account, Fields),
    ("/auth/logout", All, Fields),
];

#[test]
fn every_form_has_a_rule() {
    let mut declared = BTreeSet::new();
    let mut routed = 0;
    for domain in ["user", "music"] {
        let pages = format!(
            "{}/../crates/{domain}/src/pages",
            env!("CARGO_MANIFEST_DIR")
        );
        for source in sources(Path::new(&pages)) {
            routed += source.matches("web::post()").count();
            for path in source.split("#[post(\"").skip(1) {
                let path = path.split('"').next().unwrap_or_default();
                declared.insert(without_names(path));
            }
        }
    }
    let rules: BTreeSet<_> = FORMS.iter().map(|(path, ..)| without_names(path)).collect();
    assert_eq!(rules.len(), FORMS.len(), "a form is there twice");
    let missing: Vec<_> = declared.difference(&rules).collect();
    assert!(
        missing.is_empty(),
        "say in FORMS who these are for: {missing:?}"
    );
    // Those that are mounted by hand, and the one that needs no token.
    let exempt = wing_kit::http::forms::EXEMPT;
    assert_eq!(exempt, ["/auth/refresh"]);
    assert_eq!(rules.len() - declared.len() + exempt.len(), routed);
}

fn sources(dir: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(dir).expect("pages").flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|ext| ext == "rs") {
            found.push(std::fs::read_to_string(path).expect("a source"));
        }
    }
    found
}

/// A path whose parts in braces are all named alike.
fn without_names(path: &str) -> String {
    let parts = path.split('/').map(|part| match part.starts_with('{') {
        true => "{}",
        false => part,
    });
    parts.collect::<Vec<_>>().join("/")
}

/// Things of one musician that the forms are about.
struct Things {
    owner: Client,
    artist: String,
    album: String,
    track: String,
    failed: String,
    upload: String,
    session: String,
}

async fn things(app: &App) -> Things {
    let musician = app.musician().await;
    let artist = musician.artist("Guarded").await;
    let album = musician.album(&artist, "Guarded").await;
    let track = musician.track(&artist, NewTrack::titled("Guarded")).await;
    let bad = NewTrack::titled("Failed").file("x.mp3", b"only words".repeat(20));
    let failed = musician.begin_track(&artist, bad).await;
    musician.processed(&failed).await;
    let begun = tus::begin(&musician, 1000, "begun.flac").await.expect(201);
    let sessions = musician.get("/api/v1/sessions").await.expect(200).items();
    Things {
        artist: text(&artist["id"]),
        album: text(&album["id"]),
        track: text(&track["id"]),
        failed: text(&failed["id"]),
        upload: tus::id_of(&tus::location(&begun)),
        session: text(&sessions[0]["id"]),
        owner: musician.client,
    }
}

impl Things {
    fn path(&self, path: &str) -> String {
        path.replace("{artist}", &self.artist)
            .replace("{album}", &self.album)
            .replace("{track}", &self.track)
            .replace("{failed}", &self.failed)
            .replace("{upload}", &self.upload)
            .replace("{session}", &self.session)
    }

    /// What can be seen of the things and their owner.
    async fn seen(&self) -> Vec<String> {
        let mut seen = Vec::new();
        for path in [
            "/api/v1/users/me".to_owned(),
            "/api/v1/likes".to_owned(),
            "/api/v1/uploads".to_owned(),
            format!("/api/v1/artists/{}", self.artist),
            format!("/api/v1/albums/{}", self.album),
            format!("/api/v1/tracks/{}", self.track),
            format!("/api/v1/tracks/{}", self.failed),
        ] {
            seen.push(self.owner.get(&path).await.expect(200).text());
        }
        seen
    }
}

/// Sends a form with this token, if any, and hardly anything else.
async fn send(
    browser: &Browser,
    path: &str,
    sent_as: As,
    token: Option<&str>,
    header: Option<(&str, &str)>,
) -> Answer {
    let mut request = browser.request(Method::POST, path);
    if let Some((name, value)) = header {
        request = request.header(name, value);
    }
    let mut fields: Vec<_> = token.iter().map(|token| ("csrf", *token)).collect();
    // Cannot be read without, and changes nothing.
    if path.starts_with("/likes/") {
        fields.push(("liked", "false"));
    }
    let request = match sent_as {
        Fields => request
            .header("content-type", "application/x-www-form-urlencoded")
            .body(form_body(&fields)),
        File => {
            let mut body = String::new();
            for (name, value) in fields {
                body.push_str(&format!(
                    "--edge\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
                ));
            }
            body.push_str("--edge--\r\n");
            request
                .header("content-type", "multipart/form-data; boundary=edge")
                .body(body)
        }
    };
    browser.send(request).await
}

/// A browser in which somebody is logged in, and the token of its forms.
async fn logged_in(app: &App, client: &Client) -> (Browser, String) {
    let browser = app.browser();
    browser.log_in(client).await;
    let page = browser.follow("/me/settings").await.expect(200);
    (browser, csrf_in(&page.text()))
}

#[tokio::test]
async fn a_form_without_its_token_or_from_another_site_changes_nothing() {
    let app = spawn_app().await;
    let things = things(&app).await;
    let before = things.seen().await;
    let (owner, token) = logged_in(&app, &things.owner).await;
    let (_, anothers) = logged_in(&app, &app.fan().await).await;
    for (path, _, sent_as) in FORMS.iter().copied() {
        let path = things.path(path);
        let refused = async |token, header| {
            let answer = send(&owner, &path, sent_as, token, header).await;
            assert_eq!(answer.status, 403, "{path}: {}", answer.text());
        };
        refused(None, None).await;
        refused(Some("AAAA"), None).await;
        refused(Some(anothers.as_str()), None).await;
        for header in [
            ("origin", "https://evil.example"),
            ("origin", "null"),
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-site", "same-site"),
        ] {
            refused(Some(token.as_str()), Some(header)).await;
        }
    }
    assert_eq!(things.seen().await, before);
}

#[tokio::test]
async fn nobody_and_the_wrong_account_change_nothing_by_a_form() {
    let app = spawn_app().await;
    let things = things(&app).await;
    let before = things.seen().await;
    let nobody = app.browser();
    let token = csrf_in(&nobody.open("/login").await.expect(200).text());
    for (path, rule, sent_as) in FORMS.iter().copied() {
        let path = things.path(path);
        let answer = send(&nobody, &path, sent_as, Some(&token), None).await;
        match rule {
            All => assert!(matches!(answer.status, 303 | 422), "{path}"),
            _ => {
                let sent_to = answer.header("location").to_owned();
                assert!(
                    sent_to.starts_with("/login?next="),
                    "{path}: {}",
                    answer.status
                );
            }
        }
    }
    for role in ["musician", "fan"] {
        for (path, rule, sent_as) in FORMS.iter().copied() {
            let stranger = Client::signed_up(&app.base_url, role).await;
            let (browser, token) = logged_in(&app, &stranger).await;
            let filled = things.path(path);
            let answer = send(&browser, &filled, sent_as, Some(&token), None).await;
            let name = format!("{role} {path}: {}", answer.status);
            match (rule, role) {
                (All | Account, _) | (Musician, "musician") => {
                    assert!(matches!(answer.status, 303 | 422), "{name}");
                }
                (Musician, _) => assert_eq!(answer.status, 403, "{name}"),
                (Manager, "musician") => assert_eq!(answer.status, 404, "{name}"),
                (Manager, _) => assert!(matches!(answer.status, 403 | 404), "{name}"),
            }
        }
    }
    assert_eq!(things.seen().await, before);
    // The session that strangers ended is still there.
    things.owner.get("/api/v1/users/me").await.expect(200);
}

#[tokio::test]
async fn the_right_account_sends_every_form() {
    let app = spawn_app().await;
    let things = things(&app).await;
    let (owner, token) = logged_in(&app, &things.owner).await;
    for (path, _, sent_as) in FORMS.iter().copied() {
        let filled = things.path(path);
        let answer = send(&owner, &filled, sent_as, Some(&token), None).await;
        assert!(
            matches!(answer.status, 303 | 422),
            "{path}: {} {}",
            answer.status,
            answer.text()
        );
        let leads_to = answer.header("location");
        assert!(
            !leads_to.starts_with("/login"),
            "{path} leads to {leads_to}"
        );
    }
    // The last of them logged out.
    owner.open("/me").await.expect(303);
    let mut again = things.owner.clone();
    again.password = PASSWORD.into();
    again.log_in().await;
    again.get("/api/v1/users/me").await.expect(200);
}
