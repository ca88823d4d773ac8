use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use uuid::Uuid;
use wing_contracts::UserId;

/// A device on which somebody has logged in to an account: wrong passwords sent from
/// elsewhere do not lock it out ("device cookies", OWASP).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct KnownDevice {
    /// The account.
    pub account: UserId,
    /// Drawn at the log-in.
    pub id: Uuid,
}

/// Bytes of account and id.
const LENGTH: usize = 32;
/// Bytes of the signature.
const SIGNATURE: usize = 32;

impl KnownDevice {
    /// A device that an account has just logged in on.
    pub fn new(account: UserId) -> Self {
        Self {
            account,
            id: Uuid::new_v4(),
        }
    }

    /// As the device keeps it, in base64url: account, id and what `sign` makes of them.
    pub fn to_text(self, sign: impl Fn(&[u8]) -> [u8; SIGNATURE]) -> String {
        let mut bytes = [0; LENGTH + SIGNATURE];
        bytes[..16].copy_from_slice(self.account.uuid().as_bytes());
        bytes[16..LENGTH].copy_from_slice(self.id.as_bytes());
        let signature = sign(&bytes[..LENGTH]);
        bytes[LENGTH..].copy_from_slice(&signature);
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// Reads what a device sent; `None` unless it has the signature that `sign` makes.
    pub fn parse(text: &str, sign: impl Fn(&[u8]) -> [u8; SIGNATURE]) -> Option<Self> {
        if text.len() > 200 {
            return None;
        }
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (said, signature) = bytes.split_at_checked(LENGTH)?;
        let expected = sign(said);
        // In constant time: every byte is looked at.
        let differs = expected
            .iter()
            .zip(signature)
            .fold(0, |differs, (a, b)| differs | (a ^ b));
        if signature.len() != SIGNATURE || differs != 0 {
            return None;
        }
        Some(Self {
            account: UserId::from_uuid(Uuid::from_slice(&said[..16]).ok()?),
            id: Uuid::from_slice(&said[16..]).ok()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sign(bytes: &[u8]) -> [u8; SIGNATURE] {
        let sum = bytes
            .iter()
            .fold(7_u8, |sum, byte| sum.wrapping_mul(31) ^ byte);
        [sum; SIGNATURE]
    }

    #[test]
    fn a_device_is_what_was_signed_and_nothing_else() {
        let device = KnownDevice::new(UserId::new());
        let text = device.to_text(sign);
        assert_eq!(KnownDevice::parse(&text, sign), Some(device));
        assert_eq!(KnownDevice::parse(&text, |_| [0; SIGNATURE]), None);
        for cut in 0..text.len() {
            assert_eq!(KnownDevice::parse(&text[..cut], sign), None);
        }
        let mut other = text.clone().into_bytes();
        other[3] = if other[3] == b'A' { b'B' } else { b'A' };
        let other = String::from_utf8(other).expect("text");
        assert_eq!(KnownDevice::parse(&other, sign), None);
    }
}
