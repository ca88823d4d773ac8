//! Uploads by tus 1.0.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::Method;
use sha1::Sha1;
use sha2::{Digest as _, Sha256};

use crate::{Answer, Client};

/// Begins an upload of `length` bytes; the answer's `Location` says where.
pub async fn begin(client: &Client, length: usize, filename: &str) -> Answer {
    let metadata = format!("filename {}", STANDARD.encode(filename));
    let headers = [
        ("tus-resumable", "1.0.0"),
        ("upload-length", &length.to_string()),
        ("upload-metadata", &metadata),
    ];
    client
        .send_with(Method::POST, "/api/v1/uploads", &headers)
        .await
}

/// Where a begun upload stands.
#[track_caller]
pub fn location(begun: &Answer) -> String {
    let location = begun.header("location");
    assert!(
        location.contains("/api/v1/uploads/"),
        "no place to upload to: {location:?}"
    );
    location.to_owned()
}

/// The id in an upload's location.
pub fn id_of(location: &str) -> String {
    location.rsplit('/').next().unwrap_or_default().to_owned()
}

/// Sends `bytes` to go at `offset`.
pub async fn patch(client: &Client, location: &str, offset: usize, bytes: &[u8]) -> Answer {
    patch_with(client, location, offset, bytes, &[]).await
}

/// [`patch`] with more headers.
pub async fn patch_with(
    client: &Client,
    location: &str,
    offset: usize,
    bytes: &[u8],
    headers: &[(&str, &str)],
) -> Answer {
    let mut request = client
        .request(Method::PATCH, location)
        .header("tus-resumable", "1.0.0")
        .header("upload-offset", offset)
        .header("content-type", "application/offset+octet-stream");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    client.send(request.body(bytes.to_vec())).await
}

/// How much of an upload is here.
pub async fn head(client: &Client, location: &str) -> Answer {
    client
        .send_with(Method::HEAD, location, &[("tus-resumable", "1.0.0")])
        .await
}

/// Ends an upload and drops what arrived.
pub async fn terminate(client: &Client, location: &str) -> Answer {
    client
        .send_with(Method::DELETE, location, &[("tus-resumable", "1.0.0")])
        .await
}

/// Uploads a whole file and gives its id.
pub async fn upload(client: &Client, bytes: &[u8], filename: &str) -> String {
    let location = location(&begin(client, bytes.len(), filename).await.expect(201));
    if !bytes.is_empty() {
        let answer = patch(client, &location, 0, bytes).await.expect(204);
        assert_eq!(answer.number("upload-offset"), bytes.len() as u64);
    }
    id_of(&location)
}

/// `Upload-Checksum` by SHA-1.
pub fn sha1(bytes: &[u8]) -> String {
    format!("sha1 {}", STANDARD.encode(Sha1::digest(bytes)))
}

/// `Upload-Checksum` by SHA-256.
pub fn sha256(bytes: &[u8]) -> String {
    format!("sha256 {}", STANDARD.encode(Sha256::digest(bytes)))
}
