use actix_web::{HttpResponse, get, web};
use serde::Deserialize;
use wing_contracts::UserId;
use wing_contracts::users::UserSummary;
use wing_kit::Problem;

use super::TAG;
use super::dto::Items;
use crate::Users;
use crate::error::Error;
use crate::service::MAX_BATCH;

/// What anybody may know of an account.
#[utoipa::path(
    operation_id = "get_profile",
    tag = TAG,
    params(("id" = UserId, Path, description = "The account.")),
    responses(
        (status = 200, description = "The public profile.", body = UserSummary),
        (status = 404, description = "None, or a closed one.", body = wing_kit::problem::ProblemBody,
         content_type = "application/problem+json"),
    ),
)]
#[get("/api/v1/users/{id}")]
pub async fn get_profile(
    users: web::Data<Users>,
    id: web::Path<UserId>,
) -> Result<HttpResponse, Error> {
    Ok(HttpResponse::Ok().json(users.profile(*id).await?))
}

/// Which profiles.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Batch {
    /// At most 100 ids, separated by commas. Those without a public profile
    /// are left out of the answer.
    #[param(example = "0198c6a5-5b1a-7c3e-8d21-6f0a9b4c2d10")]
    pub(super) ids: String,
}

/// Public profiles of many accounts.
#[utoipa::path(
    operation_id = "list_profiles",
    tag = TAG,
    params(Batch),
    responses(
        (status = 200, description = "Those that are there, in any order.", body = Items<UserSummary>),
        (status = 422, description = "Not ids, or too many.", body = wing_kit::problem::ProblemBody,
         content_type = "application/problem+json"),
    ),
)]
#[get("/api/v1/users")]
pub async fn list_profiles(
    users: web::Data<Users>,
    batch: web::Query<Batch>,
) -> Result<HttpResponse, Error> {
    let items = users.profiles(parse_ids(&batch.ids)?).await?;
    Ok(HttpResponse::Ok().json(Items { items }))
}

pub(super) fn parse_ids(text: &str) -> Result<Vec<UserId>, Problem> {
    let ids = text
        .split(',')
        .map(str::trim)
        .filter(|id| !id.is_empty())
        .take(MAX_BATCH + 1)
        .map(str::parse)
        .collect::<Result<Vec<UserId>, _>>()
        .map_err(|_| {
            Problem::invalid_field(
                "ids",
                "not_an_id",
                "Each id is a UUID; commas separate them.",
            )
        })?;
    if ids.len() > MAX_BATCH {
        return Err(Problem::invalid_field(
            "ids",
            "too_many",
            "At most 100 ids at once.",
        ));
    }
    Ok(ids)
}
