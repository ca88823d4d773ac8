//! The pages of a site, one of each kind, with what is on it filled in.

use serde_json::Value;

use crate::Client;
use crate::client::text;

/// A page to look at.
#[derive(Clone, Debug)]
pub struct Stop {
    /// What kind of page, fit for a file's name.
    pub name: &'static str,
    /// Where it is.
    pub path: String,
}

fn stop(name: &'static str, path: impl Into<String>) -> Stop {
    Stop {
        name,
        path: path.into(),
    }
}

/// The first of a list that has any.
async fn first(client: &Client, path: &str) -> Option<Value> {
    let list = client.get(path).await.expect(200).json();
    list["items"].get(0).cloned()
}

/// Pages that everybody may read. Artist, album and track are those that the
/// site has first, and are left out when it has none.
pub async fn public_stops(base: &str) -> Vec<Stop> {
    let client = Client::nobody(base);
    let mut stops = vec![
        stop("home", "/"),
        stop("latest", "/latest"),
        stop("genres", "/genres"),
        stop("artists", "/artists"),
        stop("search", "/search"),
        stop("search-nothing", "/search?q=qqqzzzxx"),
        stop("signup", "/signup"),
        stop("login", "/login"),
        stop("error", "/tracks/there-is-no-such-track"),
    ];
    if let Some(track) = first(&client, "/api/v1/tracks?sort=latest").await {
        stops.push(stop("track", format!("/tracks/{}", text(&track["slug"]))));
        stops.push(stop(
            "embed",
            format!("/tracks/{}/embed", text(&track["slug"])),
        ));
        stops.push(stop("genre", format!("/genres/{}", text(&track["genre"]))));
        stops.push(stop(
            "artist",
            format!("/artists/{}", text(&track["artist"]["slug"])),
        ));
        let word: String = text(&track["title"]).chars().take(2).collect();
        let query = url_escaped(&word);
        stops.push(stop("search-results", format!("/search?q={query}")));
    }
    if let Some(album) = first(&client, "/api/v1/albums").await {
        stops.push(stop("album", format!("/albums/{}", text(&album["slug"]))));
    }
    stops
}

/// Pages of somebody who is logged in, with the desk of the first artist that
/// is theirs.
pub async fn own_stops(musician: &Client) -> Vec<Stop> {
    let mut stops = vec![
        stop("likes", "/likes"),
        stop("me", "/me"),
        stop("settings", "/me/settings"),
        stop("desk", "/desk?all"),
        stop("desk-artist-new", "/desk/artists/new"),
    ];
    if musician.get("/visualizer/snapshot.json").await.status == 200 {
        stops.push(stop("visualizer", "/visualizer"));
    }
    let artists = musician.get("/api/v1/artists/mine").await;
    if artists.status != 200 {
        return stops;
    }
    let Some(artist) = artists.json()["items"].get(0).cloned() else {
        return stops;
    };
    let id = text(&artist["id"]);
    stops.push(stop("desk-artist", format!("/desk/artists/{id}")));
    stops.push(stop("desk-artist-edit", format!("/desk/artists/{id}/edit")));
    stops.push(stop(
        "desk-album-new",
        format!("/desk/artists/{id}/albums/new"),
    ));
    if let Some(track) = first(musician, &format!("/api/v1/tracks?artist_id={id}")).await {
        stops.push(stop(
            "desk-track",
            format!("/desk/tracks/{}", text(&track["id"])),
        ));
    }
    if let Some(album) = first(musician, &format!("/api/v1/albums?artist_id={id}")).await {
        stops.push(stop(
            "desk-album",
            format!("/desk/albums/{}", text(&album["id"])),
        ));
    }
    stops
}

fn url_escaped(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}
