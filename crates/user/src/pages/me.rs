use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use wing_kit::auth::Viewer;
use wing_ui::{Nav, Page};

use crate::model::User;
use crate::{Error, Users, t};

#[derive(Template)]
#[template(path = "me.html")]
struct MePage {
    page: Page,
    name: String,
    role: String,
    makes_music: bool,
    picture: Option<String>,
    since: i64,
}

pub async fn show(
    users: web::Data<Users>,
    req: HttpRequest,
    viewer: Viewer,
) -> Result<HttpResponse, Error> {
    let user = users.me(&viewer).await?;
    let mut page = Page::of(&req, "").nav(Nav::Me);
    page.title = t(page.lang, "me.title").into();
    page.meta.noindex = true;
    Ok(wing_ui::render(&MePage {
        role: role_name(&page, &user),
        name: user.display_name.clone(),
        makes_music: user.role.makes_music(),
        picture: user.picture_url(),
        since: user.created_at.0,
        page,
    }))
}

/// What an account may do, in the reader's words.
fn role_name(page: &Page, user: &User) -> String {
    t(page.lang, &format!("account.role.{}", user.role.as_str())).into()
}
