//! The way to an object store that speaks S3.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use object_store::aws::AmazonS3Builder;
use object_store::prefix::PrefixStore;
use object_store::{BackoffConfig, ClientOptions, ObjectStore, RetryConfig};

use crate::Config;

/// What the library calls this kind of store in its errors.
pub(super) const NAME: &str = "S3";

/// How long a connection may take.
const CONNECTING: Duration = Duration::from_secs(3);
/// How long the store may be silent.
const SILENCE: Duration = Duration::from_secs(10);
/// How long a request is repeated that the store did not answer well: short
/// enough that a waiting caller learns that the store is away.
const INSISTING: Duration = Duration::from_secs(5);

/// Makes the way; nothing is sent yet.
pub(super) fn connect(config: &Config) -> anyhow::Result<Arc<dyn ObjectStore>> {
    let place = config
        .media_url
        .strip_prefix("s3://")
        .context("WING_MEDIA_URL is not s3://BUCKET or s3://BUCKET/PREFIX")?;
    let (bucket, prefix) = place.split_once('/').unwrap_or((place, ""));
    ensure!(!bucket.is_empty(), "WING_MEDIA_URL names no bucket");
    let client = ClientOptions::new()
        // A track is listened to for as long as it lasts.
        .with_timeout_disabled()
        .with_connect_timeout(CONNECTING)
        .with_read_timeout(SILENCE)
        .with_allow_http(config.s3_allow_http);
    let retry = RetryConfig {
        max_retries: 3,
        retry_timeout: INSISTING,
        backoff: BackoffConfig {
            init_backoff: Duration::from_millis(100),
            max_backoff: Duration::from_secs(1),
            base: 2.0,
        },
    };
    let mut builder = AmazonS3Builder::new()
        .with_bucket_name(bucket)
        .with_region(&config.s3_region)
        .with_client_options(client)
        .with_retry(retry);
    if !config.s3_endpoint.is_empty() {
        builder = builder.with_endpoint(config.s3_endpoint.trim_end_matches('/'));
    }
    if !config.s3_access_key_id.is_empty() {
        builder = builder
            .with_access_key_id(config.s3_access_key_id.expose())
            .with_secret_access_key(config.s3_secret_access_key.expose());
    }
    let store = builder.build().context("the object store's settings")?;
    Ok(Arc::new(PrefixStore::new(store, prefix)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_media_url_that_is_none_is_refused_by_its_name() {
        for url in ["http://bucket", "s3://", "s3:///prefix", "bucket"] {
            let config = Config::from_lookup(|name| (name == "WING_MEDIA_URL").then(|| url.into()));
            let error = connect(&config.expect("settings")).expect_err("refused");
            assert!(error.to_string().contains("WING_MEDIA_URL"), "{url}");
        }
    }
}
