//! What other processes of this site may ask; the gate lets nobody else here.

use actix_web::{HttpResponse, get, web};
use serde::Deserialize;
use wing_contracts::Timestamp;

use super::dto::Items;
use super::profiles::{Batch, parse_ids};
use crate::Users;
use crate::error::Error;

/// `contracts::users::UserDirectory::summaries`.
#[get("/internal/users")]
pub async fn summaries(
    users: web::Data<Users>,
    batch: web::Query<Batch>,
) -> Result<HttpResponse, Error> {
    let items = users.profiles(parse_ids(&batch.ids)?).await?;
    Ok(HttpResponse::Ok().json(Items { items }))
}

#[derive(Deserialize)]
pub struct Since {
    /// Milliseconds since the epoch.
    since: i64,
}

/// The events that voided tokens.
#[get("/internal/revocations")]
pub async fn revocations(
    users: web::Data<Users>,
    query: web::Query<Since>,
) -> Result<HttpResponse, Error> {
    let items = users.voided_since(Timestamp(query.since)).await?;
    Ok(HttpResponse::Ok().json(Items { items }))
}

/// The public keys that access tokens are checked with.
#[get("/internal/keys")]
pub async fn keys(users: web::Data<Users>) -> HttpResponse {
    HttpResponse::Ok().json(users.jwks())
}
