use actix_web::HttpRequest;

use crate::Problem;

/// The name of the request header.
pub const HEADER: &str = "idempotency-key";

/// The value of an `Idempotency-Key` header: 1 to 255 visible ASCII characters
/// that the caller chose for one thing it wants done, such as a random UUID.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdempotencyKey(String);

/// The longest key.
const MAX_LENGTH: usize = 255;

impl IdempotencyKey {
    /// Takes the key, with or without the quotation marks that the draft wants
    /// around it and that many clients leave out. Refuses other lengths and
    /// characters with 400.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        let quoted = text
            .strip_prefix('"')
            .and_then(|text| text.strip_suffix('"'));
        let key = quoted.unwrap_or(text);
        let is_visible = key.bytes().all(|byte| byte.is_ascii_graphic());
        if key.is_empty() || key.len() > MAX_LENGTH || !is_visible {
            return Err(Problem::bad_request(
                "idempotency_key_invalid",
                "An `Idempotency-Key` has 1 to 255 visible ASCII characters.",
            ));
        }
        Ok(Self(key.to_owned()))
    }

    /// The key of a request, which has to have one.
    pub fn of(req: &HttpRequest) -> Result<Self, Problem> {
        let Some(value) = req.headers().get(HEADER) else {
            return Err(Problem::bad_request(
                "idempotency_key_missing",
                "Send an `Idempotency-Key` header with a key of your own, such as a random UUID, \
                 and the same one when you repeat the call.",
            ));
        };
        Self::parse(value.to_str().unwrap_or_default())
    }

    /// The key itself.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_visible_ascii_of_some_length() {
        let longest = "k".repeat(MAX_LENGTH);
        for good in ["a", "8e03978e-40d5-43dd-bc93-6894a57f9324", &longest] {
            let key = IdempotencyKey::parse(good).expect(good);
            assert_eq!(key.as_str(), good);
            let quoted = IdempotencyKey::parse(&format!("\"{good}\"")).expect(good);
            assert_eq!(quoted, key);
        }
        let too_long = "k".repeat(MAX_LENGTH + 1);
        for bad in ["", "\"\"", "a b", "a\tb", "é", &too_long] {
            let problem = IdempotencyKey::parse(bad).expect_err(bad);
            assert_eq!(problem.code(), "idempotency_key_invalid");
        }
    }
}
