//! What is made for one lab alone: passwords, keys, certificates.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use anyhow::{Context, Result};
use ed25519_dalek::pkcs8::EncodePrivateKey as _;
use wing_edge::{Database, SERVICES, Service};

use crate::host::{self, ADDRESS, POSTGRES_PORT};
use crate::node::NODES;
use crate::site::HOST;

/// The secret with the password of the server outside the Swarm. The stack has no
/// use for it.
pub const OUTSIDE_PASSWORD: &str = "outside_database_password";

/// The authority that the site's certificate is signed by.
pub fn authority() -> PathBuf {
    host::data().join("authority.pem")
}

/// Where one of the secrets of the stack lies.
pub fn file(name: &str) -> PathBuf {
    host::data().join("secrets").join(name)
}

/// One of the secrets of the stack.
pub fn one(name: &str) -> Result<String> {
    fs::read_to_string(file(name)).with_context(|| name.to_owned())
}

/// Everything made for this lab alone.
pub fn make() -> Result<()> {
    let dir = host::data().join("secrets");
    fs::create_dir_all(&dir)?;
    fs::set_permissions(&dir, fs::Permissions::from_mode(0o700))?;
    let random = |bytes: usize| {
        let all: [u8; 32] = rand::random();
        hex::encode(&all[..bytes])
    };
    let mut all: Vec<(String, String)> = [
        ("service_secret", random(32)),
        ("s3_access_key_id", format!("GK{}", random(12))),
        ("s3_secret_access_key", random(32)),
        ("garage_rpc_secret", random(32)),
        ("garage_admin_token", random(32)),
        ("grafana_password", random(16)),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into();
    let nats = random(16);
    all.push(("nats_url".into(), format!("nats://wing:{nats}@nats:4222")));
    all.push((
        "nats_accounts".into(),
        format!("authorization {{ user: wing, password: \"{nats}\" }}\n"),
    ));
    all.extend(of_databases(SERVICES, || random(16)));
    let signing = ed25519_dalek::SigningKey::from_bytes(&rand::random());
    let signing = signing
        .to_pkcs8_pem(ed25519_dalek::pkcs8::spki::der::pem::LineEnding::LF)
        .map_err(|error| anyhow::anyhow!("{error}"))?;
    all.push(("signing_key".into(), signing.to_string()));
    let (root, certificate, key) = certificates()?;
    fs::write(authority(), root)?;
    all.push(("tls_certificate".into(), certificate));
    all.push(("tls_key".into(), key));
    for (name, value) in all {
        fs::write(dir.join(name), value)?;
    }
    Ok(())
}

/// Address and password of the database of each service, by the secrets' names. Those
/// outside the Swarm are on one server, whose account has one password.
fn of_databases(services: &[Service], mut random: impl FnMut() -> String) -> Vec<(String, String)> {
    let outside = random();
    let mut all = vec![(OUTSIDE_PASSWORD.to_owned(), outside.clone())];
    for service in services {
        let name = service.name;
        let (password, place) = match service.database {
            Database::None => continue,
            Database::Inside => (random(), format!("{name}-db:5432")),
            Database::Outside => (outside.clone(), format!("{ADDRESS}:{POSTGRES_PORT}")),
        };
        all.push((
            format!("{name}_database_url"),
            format!("postgres://wing:{password}@{place}/wing_{name}"),
        ));
        all.push((format!("{name}_database_password"), password));
    }
    all
}

/// An authority, and what it signed for the site: certificate and key.
fn certificates() -> Result<(String, String, String)> {
    use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
    let mut authority = CertificateParams::default();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    authority
        .distinguished_name
        .push(DnType::CommonName, "Win:G lab");
    let authority_key = KeyPair::generate()?;
    let root = authority.self_signed(&authority_key)?.pem();
    let issuer = Issuer::new(authority, authority_key);
    let key = KeyPair::generate()?;
    // People know the name; a program may also go to one node.
    let mut names = vec![HOST.to_owned()];
    names.extend(NODES.map(|node| node.address.to_string()));
    let site = CertificateParams::new(names)?.signed_by(&key, &issuer)?;
    Ok((root, site.pem(), key.serialize_pem()))
}

/// Name and value of every secret.
pub fn all() -> Result<Vec<(String, String)>> {
    let mut all = Vec::new();
    for entry in fs::read_dir(host::data().join("secrets"))? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        all.push((name, fs::read_to_string(entry.path())?));
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn every_service_of_the_list_gets_the_secrets_of_its_database() {
        let mut number = 0;
        let random = || {
            number += 1;
            number.to_string()
        };
        let made = of_databases(&wing_edge::testing::extended(), random);
        let made: BTreeMap<_, _> = made.into_iter().collect();
        let names: Vec<&str> = made.keys().map(String::as_str).collect();
        assert_eq!(
            names,
            [
                "music_database_password",
                "music_database_url",
                OUTSIDE_PASSWORD,
                "support_database_password",
                "support_database_url",
                "user_database_password",
                "user_database_url",
            ]
        );
        let password = &made["support_database_password"];
        assert_eq!(
            made["support_database_url"],
            format!("postgres://wing:{password}@support-db:5432/wing_support")
        );
        assert_eq!(made["user_database_password"], made[OUTSIDE_PASSWORD]);
        assert_ne!(made["music_database_password"], *password);
    }
}
