//! Speaking HTTP to others, within a time.

use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use ureq::Agent;
use ureq::tls::{PemItem, RootCerts, TlsConfig, parse_pem};

/// A client that follows nothing, keeps nothing, and takes any status for an
/// answer. `patience` is for a whole request. `authority` is a PEM file whose
/// certificates are trusted instead of the web's.
///
/// # Errors
/// When the file cannot be read or has no certificate.
pub fn agent(patience: Duration, authority: Option<&Path>) -> Result<Agent> {
    let mut tls = TlsConfig::builder();
    if let Some(path) = authority {
        let pem = fs::read(path).with_context(|| path.display().to_string())?;
        let mut certificates = Vec::new();
        for item in parse_pem(&pem) {
            if let PemItem::Certificate(certificate) = item? {
                certificates.push(certificate);
            }
        }
        if certificates.is_empty() {
            bail!("{} has no certificate", path.display());
        }
        tls = tls.root_certs(RootCerts::new_with_certs(&certificates));
    }
    Ok(Agent::config_builder()
        .timeout_global(Some(patience))
        .http_status_as_error(false)
        .max_redirects(0)
        .user_agent("wing-pipeline")
        .tls_config(tls.build())
        .build()
        .into())
}

/// What went wrong, without the address it went wrong at.
pub fn in_words(error: &ureq::Error) -> String {
    match error {
        ureq::Error::Timeout(_) => "no answer in time".to_owned(),
        ureq::Error::HostNotFound => "its host is not known".to_owned(),
        ureq::Error::Io(error) => error.kind().to_string(),
        ureq::Error::ConnectionFailed => "nobody answers there".to_owned(),
        ureq::Error::Tls(_) | ureq::Error::Rustls(_) => {
            "its certificate is not trusted here".to_owned()
        }
        _ => "it could not be asked".to_owned(),
    }
}
