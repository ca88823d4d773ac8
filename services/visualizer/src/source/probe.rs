//! Reads readiness and metrics of our processes, over plain HTTP.

use std::future::Future;
use std::time::Duration;

use anyhow::Context as _;
use futures_util::StreamExt as _;
use reqwest::StatusCode;

use super::metrics::ProcessMetrics;

/// The timeout of one request.
const REQUEST_TIMEOUT: Duration = Duration::from_millis(600);
/// How many requests run at once.
const CONCURRENCY: usize = 8;
/// The longest body that is read, in bytes.
const MAX_BODY: usize = 1 << 20;

/// The HTTP client; cheap to clone.
#[derive(Clone, Debug)]
pub struct Prober(reqwest::Client);

/// The state of a process.
#[derive(Clone, Debug, PartialEq)]
pub struct ProcessReport {
    /// The readiness checks that fail; none when it is ready.
    pub lacks: Vec<String>,
    /// Its metrics.
    pub metrics: ProcessMetrics,
}

impl Prober {
    /// Builds the client.
    pub fn new() -> anyhow::Result<Self> {
        let http = reqwest::Client::builder()
            .timeout(REQUEST_TIMEOUT)
            .pool_max_idle_per_host(1)
            // Shorter than the servers keep idle connections.
            .pool_idle_timeout(Duration::from_secs(20))
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()
            .context("building the HTTP client")?;
        Ok(Self(http))
    }

    /// Reads the state of the process at `base`, which begins with `http://`.
    ///
    /// # Errors
    /// When no response comes in time, or one that is not of our programs.
    pub async fn probe(&self, base: &str) -> anyhow::Result<ProcessReport> {
        let (ready, metrics) = tokio::try_join!(
            self.read(format!("{base}/readyz")),
            self.read(format!("{base}/metrics"))
        )?;
        anyhow::ensure!(metrics.0 == StatusCode::OK, "it reports nothing");
        Ok(ProcessReport {
            lacks: lacking(ready.0, &ready.1),
            metrics: ProcessMetrics::read(&metrics.1),
        })
    }

    async fn read(&self, url: String) -> anyhow::Result<(StatusCode, String)> {
        let answer = self.0.get(url).send().await.map_err(in_short)?;
        let status = answer.status();
        let mut body = Vec::new();
        let mut pieces = answer.bytes_stream();
        while let Some(piece) = pieces.next().await {
            let piece = piece.map_err(in_short)?;
            anyhow::ensure!(
                body.len() + piece.len() <= MAX_BODY,
                "its report is too long"
            );
            body.extend_from_slice(&piece);
        }
        Ok((status, String::from_utf8_lossy(&body).into_owned()))
    }
}

/// The error in a few words, without the address.
fn in_short(error: reqwest::Error) -> anyhow::Error {
    let text = if error.is_timeout() {
        "no answer in time"
    } else if error.is_connect() {
        "nobody listens"
    } else {
        "the answer broke off"
    };
    anyhow::anyhow!(text)
}

/// The checks that failed in a response of `/readyz`.
fn lacking(status: StatusCode, body: &str) -> Vec<String> {
    if status == StatusCode::OK {
        return Vec::new();
    }
    let body: serde_json::Value = serde_json::from_str(body).unwrap_or_default();
    let checks = body["checks"].as_array().cloned().unwrap_or_default();
    let failed = checks.iter().filter(|check| check["ready"] == false);
    let names: Vec<_> = failed
        .filter_map(|check| check["name"].as_str().map(str::to_owned))
        .collect();
    if names.is_empty() {
        vec![status.as_u16().to_string()]
    } else {
        names
    }
}

/// Runs all of `tasks`, a few at once, for at most `within`; those that take longer are
/// left out.
pub async fn together<T, F: Future<Output = T>>(
    within: Duration,
    tasks: impl IntoIterator<Item = F>,
) -> Vec<T> {
    let end = tokio::time::Instant::now() + within;
    let answers = futures_util::stream::iter(tasks).buffer_unordered(CONCURRENCY);
    let mut answers = std::pin::pin!(answers);
    let mut all = Vec::new();
    while let Ok(Some(answer)) = tokio::time::timeout_at(end, answers.next()).await {
        all.push(answer);
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failed_checks_are_named() {
        let body =
            r#"{"checks":[{"name":"database","ready":false},{"name":"media","ready":true}]}"#;
        assert_eq!(lacking(StatusCode::SERVICE_UNAVAILABLE, body), ["database"]);
        assert!(lacking(StatusCode::OK, body).is_empty());
        assert_eq!(lacking(StatusCode::BAD_GATEWAY, "<html>"), ["502"]);
    }

    #[tokio::test]
    async fn one_that_never_answers_costs_the_others_nothing() {
        tokio::time::pause();
        let tasks = (0..20).map(|number| async move {
            if number == 3 {
                std::future::pending::<()>().await;
            }
            number
        });
        let answers = together(Duration::from_millis(900), tasks).await;
        assert_eq!(answers.len(), 19);
        assert!(!answers.contains(&3));
    }
}
