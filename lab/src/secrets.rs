//! What is made for one lab alone: passwords, keys, certificates.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use anyhow::{Context, Result};
use ed25519_dalek::pkcs8::EncodePrivateKey as _;
use wing_edge::{Home, Owner};

use crate::host::{self, ADDRESS, POSTGRES_PORT};
use crate::node::NODES;
use crate::site::HOST;

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
    for service in Owner::SERVICES {
        let (name, password) = (service.name(), random(16));
        let place = match service.database() {
            Home::Inside => format!("{name}-db:5432"),
            Home::Outside => format!("{ADDRESS}:{POSTGRES_PORT}"),
        };
        all.push((
            format!("{name}_database_url"),
            format!("postgres://wing:{password}@{place}/wing_{name}"),
        ));
        all.push((format!("{name}_database_password"), password));
    }
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
