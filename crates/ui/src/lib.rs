//! Layout, components, styles, scripts and translations that every page shares.
//!
//! What lives here: the one layout and its components (askama macros), the
//! plain view structs they take, the tokens and styles, the TypeScript, the
//! icons, the words both languages share, and how numbers and times are written.
//! What must never: SQL, use cases, HTTP clients, knowledge of one domain's
//! tables or of the shape (monolith or split) that runs.
//!
//! # How a domain builds a page on this
//!
//! 1. `askama.toml` beside the domain's `Cargo.toml`:
//!    ```toml
//!    [general]
//!    dirs = ["templates", "../ui/templates"]
//!    whitespace = "minimize"
//!    ```
//! 2. Its words in `locales/*.yml`, both languages side by side
//!    (`_version: 2`, then `key: { ko: …, en: … }`), `rust-i18n` among its
//!    dependencies, and once at the crate root `wing_ui::translations!("locales");`.
//!    That makes `crate::t(lang, "key")`; the answer is a [`Text`] that can be
//!    shown at once or filled: `crate::t(lang, "key").with("count", 3)` for
//!    `%{count}`. One test keeps the words whole:
//!    `wing_ui::testing::assert_translations(env!("CARGO_MANIFEST_DIR"));`
//! 3. A template struct with a field `page`, the view structs of [`view`] for the
//!    components, and a template:
//!    ```html
//!    {% extends "layout.html" %}
//!    {% import "components.html" as ui %}
//!    {% block content %}
//!      <h1>{{ crate::t(page.lang, "latest.title") }}</h1>
//!      <div class="grid">{% for album in albums %}{{ ui::album_card(page, album) }}{% endfor %}</div>
//!    {% endblock %}
//!    ```
//!    Shared words (`ui.*`, `genre.*`) come from `page.t("ui.more")`.
//! 4. A handler:
//!    ```ignore
//!    let page = Page::of(&req, title).nav(Nav::Latest).canonical("/latest").description(text);
//!    Ok(wing_ui::render(&LatestPage { page, albums }))
//!    ```
//!    An error that a person sees is `wing_ui::problem_page(&req, &problem)`. A form
//!    is read by [`form::Typed`], comes back by [`form::respond`] with what a
//!    [`form::Refusal`] says, and leads on by [`wing_kit::http::links`].
//! 5. `cfg.configure(wing_ui::configure)` once per process serves `/assets/…`,
//!    icons, `/lang/{lang}` and `/theme/{theme}`.
//!
//! The components and their arguments are listed at the top of
//! `templates/components.html`; `cargo run -p wing-ui --example gallery` shows them.
//! Times are `i64` milliseconds since the Unix epoch, UTC, everywhere.

extern crate self as wing_ui;

pub mod assets;
mod error_page;
pub mod form;
mod format;
mod glue;
mod lang;
mod leaving;
mod meta;
mod money;
mod nav;
mod page;
pub mod prefs;
mod render;
pub mod testing;
mod text;
mod theme;
pub mod view;

pub use assets::{asset_url, configure};
pub use error_page::error_page;
pub use format::Count;
pub use glue::problem_page;
pub use lang::Lang;
pub use leaving::{Destination, leaving_page};
pub use meta::Meta;
pub use nav::{GENRES, Nav, NavLink};
pub use page::{Flash, FlashKind, Page, Role, Viewer};
pub use render::{render, render_status};
pub use text::Text;
pub use theme::Theme;

translations!("locales");

/// A genre's name in a language; `id` must be one of [`GENRES`].
pub fn genre_name(lang: Lang, id: &str) -> Text {
    t(lang, &format!("genre.{id}"))
}
