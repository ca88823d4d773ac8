use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::Path;

use anyhow::Context as _;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::SigningKey;
use ed25519_dalek::pkcs8::spki::der::pem::LineEnding;
use ed25519_dalek::pkcs8::{DecodePrivateKey as _, EncodePrivateKey as _, KeypairBytes};
use hmac::{Hmac, KeyInit as _, Mac as _};
use jsonwebtoken::jwk::{Jwk, JwkSet, PublicKeyUse, ThumbprintHash};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use sha2::Sha256;
use wing_kit::Config;
use wing_kit::auth::Claims;

use crate::Error;

/// The key that signs access tokens (Ed25519, RFC 8037), and its public half.
pub(super) struct Keys {
    private: EncodingKey,
    header: Header,
    jwks: JwkSet,
    /// Keyed with a secret that follows from the private key, so that it is the same
    /// at every replica and after a restart.
    successors: HmacSha256,
    /// The same for the devices that accounts logged in on.
    devices: HmacSha256,
}

type HmacSha256 = Hmac<Sha256>;

impl Keys {
    /// The configured key, else the one in the data directory, which is made at
    /// the first start.
    pub fn open(config: &Config) -> anyhow::Result<Self> {
        if config.signing_key.is_empty() {
            let path = config.data.join("keys").join("signing.pem");
            let pem = read_or_make(&path)
                .with_context(|| format!("the signing key {}", path.display()))?;
            Self::from_pem(&pem)
        } else {
            Self::from_pem(config.signing_key.expose())
                .context("WING_SIGNING_KEY is not an Ed25519 key in PKCS#8 PEM")
        }
    }

    fn from_pem(pem: &str) -> anyhow::Result<Self> {
        let key = SigningKey::from_pkcs8_pem(pem)
            .map_err(|error| anyhow::anyhow!("not an Ed25519 key in PKCS#8: {error}"))?;
        // The form without the public key, which is the only one that the token
        // library derives the public key from.
        let plain = KeypairBytes {
            secret_key: key.to_bytes(),
            public_key: None,
        };
        let der = plain
            .to_pkcs8_der()
            .map_err(|error| anyhow::anyhow!("encoding the key: {error}"))?;
        let private = EncodingKey::from_ed_der(der.as_bytes());
        let mut public = Jwk::from_encoding_key(&private, Algorithm::EdDSA)?;
        let id = public.thumbprint(ThumbprintHash::SHA256)?;
        public.common.key_id = Some(id.clone());
        public.common.public_key_use = Some(PublicKeyUse::Signature);
        let mut header = Header::new(Algorithm::EdDSA);
        header.kid = Some(id);
        Ok(Self {
            private,
            header,
            jwks: JwkSet { keys: vec![public] },
            successors: derived(&key, b"wing refresh successor"),
            devices: derived(&key, b"wing known device"),
        })
    }

    pub fn jwks(&self) -> &JwkSet {
        &self.jwks
    }

    /// The refresh token that follows on `token`: HMAC-SHA-256 (RFC 2104) in base64url.
    pub fn successor(&self, token: &str) -> String {
        URL_SAFE_NO_PAD.encode(authenticate(self.successors.clone(), token.as_bytes()))
    }

    /// The signature of what a known device keeps: HMAC-SHA-256.
    pub fn sign_device(&self, device: &[u8]) -> [u8; 32] {
        authenticate(self.devices.clone(), device)
    }

    pub fn sign(&self, claims: &Claims) -> Result<String, Error> {
        Ok(jsonwebtoken::encode(&self.header, claims, &self.private)?)
    }
}

/// A key for one purpose.
fn derived(key: &SigningKey, purpose: &[u8]) -> HmacSha256 {
    hmac(&authenticate(hmac(&key.to_bytes()), purpose))
}

fn hmac(key: &[u8; 32]) -> HmacSha256 {
    // Shorter keys are filled up with zeros (RFC 2104, 2).
    let mut block = hmac::digest::Key::<HmacSha256>::default();
    block[..key.len()].copy_from_slice(key);
    HmacSha256::new(&block)
}

fn authenticate(mut hmac: HmacSha256, bytes: &[u8]) -> [u8; 32] {
    hmac.update(bytes);
    hmac.finalize().into_bytes().into()
}

fn read_or_make(path: &Path) -> anyhow::Result<String> {
    match std::fs::read_to_string(path) {
        Ok(pem) => return Ok(pem),
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => return Err(error.into()),
    }
    let dir = path.parent().context("a key has a directory")?;
    DirBuilder::new().recursive(true).mode(0o700).create(dir)?;
    // As OpenSSL writes it: without the public half.
    let key = KeypairBytes {
        secret_key: rand::random(),
        public_key: None,
    };
    let pem = key
        .to_pkcs8_pem(LineEnding::LF)
        .map_err(|error| anyhow::anyhow!("making a key: {error}"))?;

    // Whole or not at all, and never over a key that another process made.
    let part = dir.join(format!("signing.{}.part", std::process::id()));
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&part)?;
    file.write_all(pem.as_bytes())?;
    file.sync_all()?;
    let linked = std::fs::hard_link(&part, path);
    std::fs::remove_file(&part)?;
    match linked {
        Ok(()) => {
            File::open(dir)?.sync_all()?;
            tracing::info!("a signing key was made in the data directory");
        }
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
        Err(error) => return Err(error.into()),
    }
    Ok(std::fs::read_to_string(path)?)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_key_is_made_once_for_its_owner_alone() {
        let dir = tempfile::tempdir().expect("dir");
        let path = dir.path().join("keys/signing.pem");
        let first = read_or_make(&path).expect("made");
        assert_eq!(read_or_make(&path).expect("read"), first);
        let mode = std::fs::metadata(&path).expect("file").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(
            std::fs::read_dir(dir.path().join("keys"))
                .expect("dir")
                .count(),
            1
        );

        let (one, two) = (Keys::from_pem(&first), Keys::from_pem(&first));
        let id = |keys: anyhow::Result<Keys>| keys.expect("a key").header.kid;
        let successor =
            |keys: &anyhow::Result<Keys>| keys.as_ref().expect("a key").successor("a token");
        assert_eq!(successor(&one), successor(&two));
        assert_ne!(successor(&one), "a token");
        assert_eq!(id(one), id(two), "the id follows from the key");
        assert!(Keys::from_pem("no key").is_err());
    }
}
