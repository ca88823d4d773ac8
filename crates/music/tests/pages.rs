//! The pages over HTTP: what visitors, musicians and strangers get.

use std::collections::HashMap;
use std::sync::Arc;

use actix_web::body::{MessageBody, to_bytes};
use actix_web::cookie::Cookie;
use actix_web::dev::ServiceResponse;
use actix_web::http::{StatusCode, header};
use actix_web::test::{TestRequest, call_service, init_service};
use actix_web::{App, HttpMessage as _, web};
use async_trait::async_trait;
use tokio_util::sync::CancellationToken;
use wing_contracts::users::{UserDirectory, UserSummary};
use wing_contracts::{ProviderError, Role, SessionId, UserId};
use wing_kit::auth::{Via, Viewer, cookies};
use wing_kit::media::MediaStore;
use wing_kit::{Clock, Config, Db};
use wing_music::model::AlbumDraft;
use wing_music::model::ArtistDraft;
use wing_music::{MIGRATIONS, Music, Parts};

const TOKEN: &str = "0123456789012345678901234567890123456789012";

/// Accounts that cannot be asked: pages stand without them.
struct Away;

#[async_trait]
impl UserDirectory for Away {
    async fn summaries(&self, _: &[UserId]) -> Result<HashMap<UserId, UserSummary>, ProviderError> {
        Err(ProviderError::Unavailable("away".into()))
    }
}

struct Place {
    music: Music,
    _dir: tempfile::TempDir,
}

fn place() -> Place {
    let dir = tempfile::tempdir().expect("a directory");
    let data = dir.path().display().to_string();
    let config = Config::from_lookup(|name| match name {
        "WING_DATA" => Some(data.clone()),
        "WING_FFMPEG" => Some("off".into()),
        _ => None,
    })
    .expect("settings");
    let music = Music::new(Parts {
        config: &config,
        db: Db::open(&config.database_url(), 2, &[MIGRATIONS]).expect("a database"),
        media: MediaStore::directory(&dir.path().join("media")).expect("a media store"),
        clock: Clock::system(),
        users: Arc::new(Away),
        stop: CancellationToken::new(),
    })
    .expect("the service");
    Place { music, _dir: dir }
}

fn viewer(role: Role) -> Viewer {
    Viewer {
        id: UserId::new(),
        session: SessionId::new(),
        role,
        name: "밤".into(),
        picture: None,
        version: 0,
        expires_at: i64::MAX,
        via: Via::Cookie,
    }
}

struct Answer {
    status: StatusCode,
    location: String,
    html: String,
}

/// One request; `form` is sent with the token that its browser has.
async fn ask(
    place: &Place,
    who: Option<&Viewer>,
    path: &str,
    form: Option<&[(&str, &str)]>,
) -> Answer {
    let data = web::Data::new(place.music.clone());
    let app = App::new()
        .app_data(data)
        .configure(wing_kit::http::input::configure)
        .configure(wing_music::pages::configure);
    let app = init_service(app).await;
    let mut req = TestRequest::with_uri(path)
        .insert_header((header::ACCEPT_LANGUAGE, "en"))
        .cookie(Cookie::new(cookies::CSRF.of(false), TOKEN));
    if let Some(form) = form {
        let mut fields = vec![("csrf", TOKEN)];
        fields.extend_from_slice(form);
        req = req.method(actix_web::http::Method::POST).set_form(fields);
    }
    let req = req.to_request();
    if let Some(who) = who {
        req.extensions_mut().insert(who.clone());
    }
    read(call_service(&app, req).await).await
}

async fn read<B: MessageBody>(answer: ServiceResponse<B>) -> Answer {
    let text = |name| {
        answer
            .headers()
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
            .to_owned()
    };
    let (status, location) = (answer.status(), text(header::LOCATION));
    let body = to_bytes(answer.into_body()).await.unwrap_or_default();
    Answer {
        status,
        location,
        html: String::from_utf8_lossy(&body).into_owned(),
    }
}

async fn get(place: &Place, who: Option<&Viewer>, path: &str) -> Answer {
    ask(place, who, path, None).await
}

#[actix_web::test]
async fn a_fresh_instance_invites_and_nothing_on_it_fails() {
    let place = place();
    let home = get(&place, None, "/").await;
    assert!(home.status.is_success() && home.html.contains("href=\"/signup\""));
    for path in [
        "/latest",
        "/genres",
        "/genres/rock?sort=popular",
        "/artists",
        "/search",
        "/search?q=x",
        "/feed.xml",
    ] {
        assert_eq!(
            get(&place, None, path).await.status,
            StatusCode::OK,
            "{path}"
        );
    }
    for (path, status) in [
        ("/genres/polka", StatusCode::NOT_FOUND),
        ("/tracks/none", StatusCode::NOT_FOUND),
        ("/tracks/none/embed", StatusCode::NOT_FOUND),
        ("/latest?cursor=zzz", StatusCode::BAD_REQUEST),
        ("/desk", StatusCode::UNAUTHORIZED),
        ("/likes", StatusCode::UNAUTHORIZED),
    ] {
        assert_eq!(get(&place, None, path).await.status, status, "{path}");
    }
}

#[actix_web::test]
async fn a_musician_makes_an_artist_and_typed_words_survive_a_mistake() {
    let (place, musician) = (place(), viewer(Role::Musician));
    let desk = get(&place, Some(&musician), "/desk").await;
    assert!(desk.html.contains("href=\"/desk/artists/new\"") && desk.html.contains("no ffmpeg"));
    assert_eq!(
        get(&place, Some(&musician), "/desk/artists/new")
            .await
            .status,
        StatusCode::OK
    );

    let wrong = [
        ("name", " "),
        ("bio", "a story & more"),
        ("debut_on", "soon"),
        ("genres", "rock"),
        ("link_label", ""),
        ("link_url", "nowhere"),
    ];
    let again = ask(&place, Some(&musician), "/desk/artists/new", Some(&wrong)).await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
    for kept in [
        "a story &#38; more",
        "value=\"rock\" checked",
        "value=\"nowhere\"",
        "This must not be empty.",
        "between 1900 and 2100",
    ] {
        assert!(again.html.contains(kept), "{kept}");
    }
    let right = [
        ("name", "Blue Room"),
        ("genres", "rock"),
        ("genres", "folk"),
    ];
    let made = ask(&place, Some(&musician), "/desk/artists/new", Some(&right)).await;
    assert_eq!(made.status, StatusCode::SEE_OTHER);
    let page = get(&place, Some(&musician), &made.location).await;
    assert!(page.html.contains("Created.") && page.html.contains("Blue Room"));
    let public = get(&place, None, "/artists/blue-room").await;
    assert!(public.status.is_success() && public.html.contains("href=\"/genres/folk\""));
}

#[actix_web::test]
async fn what_is_not_ones_own_is_as_good_as_not_there() {
    let (place, owner) = (place(), viewer(Role::Musician));
    let draft = ArtistDraft {
        name: "Blue Room".into(),
        ..Default::default()
    };
    let artist = place
        .music
        .create_artist(&owner, &draft)
        .await
        .expect("an artist");
    let draft = AlbumDraft {
        title: "Night".into(),
        ..Default::default()
    };
    let album = place
        .music
        .create_album(&owner, artist.id, &draft)
        .await
        .expect("an album");

    let drafted = get(&place, Some(&owner), "/albums/night").await;
    assert!(drafted.html.contains("<span class=\"tag\">Draft</span>"));
    let stranger = viewer(Role::Musician);
    for path in [
        "/albums/night".to_owned(),
        format!("/desk/artists/{}", artist.id),
        format!("/desk/artists/{}/edit", artist.id),
        format!("/desk/artists/{}/albums/new", artist.id),
        format!("/desk/albums/{}", album.id),
    ] {
        assert_eq!(
            get(&place, Some(&stranger), &path).await.status,
            StatusCode::NOT_FOUND,
            "{path}"
        );
        assert_eq!(
            get(&place, Some(&owner), &path).await.status,
            StatusCode::OK,
            "{path}"
        );
    }
    for path in [
        format!("/desk/artists/{}/delete", artist.id),
        format!("/desk/albums/{}/delete", album.id),
        format!("/desk/albums/{}/restore", album.id),
        format!("/desk/albums/{}/order", album.id),
    ] {
        let tried = ask(&place, Some(&stranger), &path, Some(&[])).await;
        assert_eq!(tried.status, StatusCode::NOT_FOUND, "{path}");
    }
    let fan = viewer(Role::Fan);
    assert!(
        get(&place, Some(&fan), "/desk")
            .await
            .html
            .contains("href=\"/me/settings\"")
    );
    assert_eq!(
        get(&place, Some(&fan), "/desk/artists/new").await.status,
        StatusCode::FORBIDDEN
    );
}

#[actix_web::test]
async fn what_was_removed_can_come_back() {
    let (place, owner) = (place(), viewer(Role::Musician));
    let draft = ArtistDraft {
        name: "Blue Room".into(),
        ..Default::default()
    };
    let artist = place
        .music
        .create_artist(&owner, &draft)
        .await
        .expect("an artist");
    let gone = ask(
        &place,
        Some(&owner),
        &format!("/desk/artists/{}/delete", artist.id),
        Some(&[]),
    )
    .await;
    assert_eq!(
        (gone.status, gone.location.as_str()),
        (StatusCode::SEE_OTHER, "/desk?did=artist_deleted")
    );
    assert_eq!(
        get(&place, None, "/artists/blue-room").await.status,
        StatusCode::NOT_FOUND
    );
    let restore = format!("/desk/artists/{}/restore", artist.id);
    assert!(
        get(&place, Some(&owner), &gone.location)
            .await
            .html
            .contains(&restore)
    );
    assert_eq!(
        ask(&place, Some(&owner), &restore, Some(&[])).await.status,
        StatusCode::SEE_OTHER
    );
    assert_eq!(
        get(&place, None, "/artists/blue-room").await.status,
        StatusCode::OK
    );
}

#[actix_web::test]
async fn a_heart_needs_somebody_logged_in_and_leads_back() {
    let place = place();
    let track = wing_contracts::TrackId::new();
    let form = [("liked", "true"), ("next", "/tracks/밤")];
    let sent = ask(&place, None, &format!("/likes/{track}"), Some(&form)).await;
    assert_eq!(
        (sent.status, sent.location.as_str()),
        (StatusCode::SEE_OTHER, "/login?next=%2Ftracks%2F%EB%B0%A4")
    );
    let elsewhere = [("liked", "true"), ("next", "//evil.example")];
    let sent = ask(&place, None, &format!("/likes/{track}"), Some(&elsewhere)).await;
    assert_eq!(sent.location, "/login?next=%2F");
}

#[actix_web::test]
async fn a_long_map_of_the_site_is_parted_so_that_nothing_is_missed() {
    let place = place();
    let musician = viewer(Role::Musician);
    let mut names = Vec::new();
    for at in 0..5 {
        let draft = ArtistDraft {
            name: format!("Mapped {at}"),
            genres: vec!["folk".into()],
            ..Default::default()
        };
        let artist = place.music.create_artist(&musician, &draft).await;
        names.push(artist.expect("an artist").slug);
    }
    let music = &place.music;
    assert_eq!(music.sitemap_parts(5).await.expect("parts"), None);
    let parts = music.sitemap_parts(2).await.expect("parts");
    let parts = parts.expect("several");
    assert_eq!(parts.len(), 3, "{parts:?}");
    let mut named = Vec::new();
    for part in parts {
        let entries = music.sitemap_entries(part, 2).await.expect("entries");
        named.extend(entries.into_iter().map(|entry| entry.slug));
    }
    names.sort();
    named.sort();
    assert_eq!(named, names);
}
