//! The OpenAPI document: what clients are generated from, and what a reviewer
//! tries first.

use std::collections::BTreeSet;

use reqwest::Method;
use serde_json::{Value, json};
use wing_suite::{Client, spawn_app, text};

/// Every operation: path, method, and what the document says of it.
pub fn operations(document: &Value) -> Vec<(String, String, Value)> {
    let paths = document["paths"].as_object().expect("paths");
    let methods = ["get", "put", "post", "delete", "patch", "head", "options"];
    let mut all = Vec::new();
    for (path, item) in paths {
        for method in methods {
            if let Some(operation) = item.get(method) {
                all.push((path.clone(), method.to_owned(), operation.clone()));
            }
        }
    }
    all
}

/// The document as this process would serve it.
pub fn document() -> Value {
    serde_json::to_value(wing_monolith::openapi()).expect("a document")
}

#[test]
fn the_document_changes_on_purpose_only() {
    insta::with_settings!({snapshot_path => "snapshots", prepend_module_to_snapshot => false}, {
        insta::assert_json_snapshot!("openapi", document());
    });
}

#[tokio::test]
async fn the_document_that_is_served_is_the_one_under_snapshot() {
    let app = spawn_app().await;
    let mut served = Vec::new();
    for path in app.documents() {
        served.push(app.nobody().get(&path).await.expect(200).json());
    }
    if wing_suite::is_split() {
        let domains = wing_monolith::PROGRAMS.iter();
        let services: Vec<_> = domains
            .filter_map(|program| Some(wing_wiring::openapi(&[program.domain?])))
            .collect();
        assert_eq!(json!(served), json!(services));
    } else {
        assert_eq!(served, [document()]);
    }
}

#[test]
fn every_operation_says_what_it_is_and_what_it_answers() {
    let document = document();
    let tags: BTreeSet<_> = document["tags"]
        .as_array()
        .expect("tags")
        .iter()
        .map(|tag| text(&tag["name"]))
        .collect();
    let mut ids = BTreeSet::new();
    for (path, method, operation) in operations(&document) {
        let name = format!("{method} {path}");
        let id = text(&operation["operationId"]);
        assert!(!id.is_empty(), "{name} has no operationId");
        // One handler may answer GET and HEAD alike.
        if method != "head" {
            assert!(ids.insert(id.clone()), "{name}: {id} is there twice");
        }
        let tag = text(&operation["tags"][0]);
        assert!(
            tags.contains(&tag),
            "{name}: the tag {tag:?} is not described"
        );
        let summary = text(&operation["summary"]);
        assert!(!summary.is_empty(), "{name} has no summary");
        let responses = operation["responses"].as_object().expect("responses");
        assert!(
            responses.keys().any(|status| status.starts_with('2')),
            "{name} never succeeds"
        );
        for status in ["400", "429", "500", "503"] {
            assert!(
                responses.contains_key(status),
                "{name} says nothing of {status}"
            );
        }
        if !operation["security"].is_null() {
            assert!(responses.contains_key("401"), "{name} says nothing of 401");
        }
        for parameter in path
            .split('{')
            .skip(1)
            .filter_map(|part| part.split_once('}'))
        {
            let described = operation["parameters"].as_array().is_some_and(|all| {
                all.iter()
                    .any(|one| one["in"] == "path" && one["name"] == parameter.0)
            });
            assert!(described, "{name}: {} is not described", parameter.0);
        }
    }
    assert!(ids.len() > 40, "{}", ids.len());
}

#[test]
fn every_reference_leads_somewhere() {
    fn walk(value: &Value, document: &Value) {
        match value {
            Value::Object(object) => {
                if let Some(Value::String(reference)) = object.get("$ref") {
                    let pointer = reference.strip_prefix('#').expect("a local reference");
                    assert!(
                        document.pointer(pointer).is_some(),
                        "{reference} leads nowhere"
                    );
                }
                object.values().for_each(|value| walk(value, document));
            }
            Value::Array(array) => array.iter().for_each(|value| walk(value, document)),
            _ => {}
        }
    }
    let document = document();
    walk(&document, &document);
}

#[tokio::test]
async fn every_genre_the_document_offers_can_be_asked_for() {
    let app = spawn_app().await;
    let document = document();
    let offered = &document["components"]["schemas"]["Genre"]["enum"];
    let offered: Vec<_> = offered
        .as_array()
        .expect("genres")
        .iter()
        .map(text)
        .collect();
    let there = app.nobody().get("/api/v1/genres").await.expect(200).items();
    let there: Vec<_> = there.iter().map(|genre| text(&genre["id"])).collect();
    assert_eq!(offered, there);
    for genre in offered {
        let path = format!("/api/v1/tracks?genre={genre}");
        app.nobody().get(&path).await.expect(200);
    }
}

/// The example a reader finds where calls are tried: the body's own, else one put
/// together from the examples of its fields.
fn example_body(document: &Value, path: &str, method: &str) -> Value {
    let operation = &document["paths"][path][method];
    let content = &operation["requestBody"]["content"]["application/json"];
    if !content["example"].is_null() {
        return content["example"].clone();
    }
    let schema = &content["schema"];
    let schema = match schema["$ref"].as_str() {
        Some(reference) => document.pointer(&reference[1..]).expect("a schema"),
        None => schema,
    };
    if !schema["example"].is_null() {
        return schema["example"].clone();
    }
    let properties = schema["properties"].as_object().expect("properties");
    let fields = properties.iter().filter_map(|(name, property)| {
        let example = property.get("example").cloned()?;
        Some((name.clone(), example))
    });
    Value::Object(fields.collect())
}

#[tokio::test]
async fn the_five_steps_at_the_top_work_with_the_examples_as_they_stand() {
    let app = spawn_app().await;
    let document = document();
    let song = app.musician().await.published("밤 산책").await;
    let nobody = app.nobody();
    let send = |client: &Client, path: &str| {
        let (client, path, body) = (
            client.clone(),
            path.to_owned(),
            example_body(&document, path, "post"),
        );
        async move { client.post_json(&path, &body).await }
    };
    // 1. Sign up, 2. log in.
    let account = send(&nobody, "/api/v1/users").await.expect(201).json();
    assert_eq!(
        account["role"], "musician",
        "the next steps need a musician"
    );
    let tokens = send(&nobody, "/api/v1/sessions").await.expect(200).json();
    let mut client = app.nobody();
    client.hold(&tokens);
    // 3. Create an artist.
    send(&client, "/api/v1/artists").await.expect(201);
    // 4. Listen.
    let tracks = client
        .get("/api/v1/tracks?sort=latest&limit=20")
        .await
        .expect(200)
        .items();
    assert_eq!(tracks[0]["id"], song["id"]);
    let stream = format!("/api/v1/tracks/{}/stream", text(&tracks[0]["id"]));
    client
        .get_with(&stream, &[("range", "bytes=0-99")])
        .await
        .expect(206);
    // 5. Like and search.
    let like = format!("/api/v1/likes/{}", text(&song["id"]));
    client.send_with(Method::PUT, &like, &[]).await.expect(200);
    assert_eq!(
        client.get("/api/v1/likes").await.expect(200).items().len(),
        1
    );
    let found = client
        .get("/api/v1/search?q=%EB%B0%A4&limit=20")
        .await
        .expect(200)
        .json();
    assert_eq!(found["tracks"][0]["id"], song["id"]);
}

#[tokio::test]
async fn examples_of_bodies_are_taken() {
    let app = spawn_app().await;
    let document = document();
    let musician = app.musician().await;
    let song = musician.published("Example Song").await;
    let artist = song["artist"]["id"].clone();
    let id = text(&song["id"]);
    let merged = |path: &str, method: &str, more: Value| {
        let mut body = example_body(&document, path, method);
        for (name, value) in more.as_object().expect("fields") {
            body[name] = value.clone();
        }
        body
    };
    let album = musician
        .post_json(
            "/api/v1/albums",
            &merged("/api/v1/albums", "post", json!({"artist_id": artist})),
        )
        .await;
    let album = text(&album.expect(201).json()["id"]);
    for (path, filled) in [
        (
            "/api/v1/artists/{id}",
            format!("/api/v1/artists/{}", text(&artist)),
        ),
        ("/api/v1/albums/{id}", format!("/api/v1/albums/{album}")),
        ("/api/v1/tracks/{id}", format!("/api/v1/tracks/{id}")),
        ("/api/v1/users/me", "/api/v1/users/me".into()),
    ] {
        musician
            .patch_json(&filled, &merged(path, "patch", json!({})))
            .await
            .expect(200);
    }
    let play = merged("/api/v1/plays", "post", json!({"track_id": id}));
    musician.post_json("/api/v1/plays", &play).await.expect(200);
    let upload =
        wing_suite::tus::upload(&musician, &wing_suite::sound::file("short.flac"), "a.flac").await;
    let more = json!({"artist_id": artist, "upload_id": upload});
    let track = merged("/api/v1/tracks", "post", more);
    let track = musician
        .post_json("/api/v1/tracks", &track)
        .await
        .expect(202)
        .json();
    assert_eq!(musician.processed(&track).await["status"], "published");
}
