use actix_web::http::header;
use actix_web::{HttpResponse, get, web};

use super::TAG;
use crate::Users;

/// The public keys that access tokens are checked with (RFC 7517).
#[utoipa::path(
    operation_id = "get_jwks",
    tag = TAG,
    responses((status = 200, description = "A JWK set.", body = inline(serde_json::Value),
        content_type = "application/jwk-set+json")),
)]
#[get("/.well-known/jwks.json")]
pub async fn get_jwks(users: web::Data<Users>) -> HttpResponse {
    let jwks = serde_json::to_string(users.jwks()).unwrap_or_default();
    HttpResponse::Ok()
        .content_type("application/jwk-set+json")
        .insert_header((header::CACHE_CONTROL, "public, max-age=300"))
        .body(jwks)
}
