//! What the layout needs to know of the page around a domain's content.

use actix_web::HttpRequest;
use wing_contracts::Money;

use crate::format::Count;
use crate::meta::json_for_script;
use crate::{Lang, Meta, Nav, Text, Theme, assets, t};

/// What an account may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Listens.
    Fan,
    /// Publishes; has the desk.
    Musician,
    /// Runs the site; has the desk too.
    Admin,
}

/// The account that reads the page.
#[derive(Debug, Clone)]
pub struct Viewer {
    /// The account's id.
    pub id: String,
    /// Its display name.
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// Its picture, if it has one.
    pub picture_url: Option<String>,
}

impl Viewer {
    /// Whether the desk is offered.
    pub fn has_desk(&self) -> bool {
        matches!(self.role, Role::Musician | Role::Admin)
    }

    /// Whether what operators need is offered.
    pub fn runs_site(&self) -> bool {
        self.role == Role::Admin
    }
}

/// How a message to the reader is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FlashKind {
    /// Something went as asked.
    Success,
    /// Something did not.
    Error,
    /// Worth knowing.
    Notice,
}

/// A message at the top of the next page.
#[derive(Debug, Clone)]
pub struct Flash {
    /// How it is meant.
    pub kind: FlashKind,
    /// The words, already in the reader's language.
    pub text: String,
}

impl Flash {
    /// The class suffix for its colours.
    pub fn class(&self) -> &'static str {
        match self.kind {
            FlashKind::Success => "success",
            FlashKind::Error => "error",
            FlashKind::Notice => "notice",
        }
    }
}

/// The context of one page; a template struct carries it as its field `page`.
#[derive(Debug, Clone)]
pub struct Page {
    /// The reader's language.
    pub lang: Lang,
    /// The reader's colours.
    pub theme: Theme,
    /// The page's own title, without the site's name.
    pub title: String,
    /// One sentence for search engines and shared links.
    pub description: Option<String>,
    /// The local path this page is best known by.
    pub canonical: Option<String>,
    /// Scheme and host that absolute links start with, without a slash at the end.
    pub origin: String,
    /// The path and query asked for, to come back to after logging in or
    /// switching the language.
    pub path: String,
    /// Who reads; `None` when nobody is logged in.
    pub viewer: Option<Viewer>,
    /// The value forms and scripts send back (double-submit token).
    pub csrf: String,
    /// The part of the site.
    pub nav: Nav,
    /// Metadata for machines.
    pub meta: Meta,
    /// Messages to the reader.
    pub flash: Vec<Flash>,
    /// What stands in the header's search box.
    pub query: String,
    /// When the page is rendered (ms, UTC); "ago" is seen from here.
    pub now: i64,
    /// Whether a field has the focus already.
    pub focus: Focus,
    /// Whether the page is a document of its own: see [`Page::own_document`].
    pub is_own_document: bool,
}

/// The one place where reading a page begins: of all fields that are wrong, the
/// first.
#[derive(Debug, Clone, Default)]
pub struct Focus(std::cell::Cell<bool>);

impl Page {
    /// A page for this request. Language, colours, path and origin are read from
    /// it; the rest is set by the methods below.
    pub fn new(req: &HttpRequest, title: impl Into<String>) -> Self {
        // Borrows the request's extensions, which reading cookies needs too: first, and apart.
        let origin = {
            let info = req.connection_info();
            format!("{}://{}", info.scheme(), info.host())
        };
        Self {
            lang: Lang::of_request(req),
            theme: Theme::of_request(req),
            title: title.into(),
            description: None,
            canonical: None,
            origin,
            path: req
                .uri()
                .path_and_query()
                .map_or_else(|| "/".to_owned(), ToString::to_string),
            viewer: None,
            csrf: String::new(),
            nav: Nav::default(),
            meta: Meta::default(),
            flash: Vec::new(),
            query: String::new(),
            now: jiff::Timestamp::now().as_millisecond(),
            focus: Focus::default(),
            is_own_document: false,
        }
    }

    /// Whether what is being rendered gets the focus as the page opens; only the
    /// first that asks does.
    pub fn takes_focus(&self) -> bool {
        !self.focus.0.replace(true)
    }

    /// Sets who reads.
    #[must_use]
    pub fn viewer(mut self, viewer: Option<Viewer>) -> Self {
        self.viewer = viewer;
        self
    }

    /// Sets the token that forms send back.
    #[must_use]
    pub fn csrf(mut self, token: impl Into<String>) -> Self {
        self.csrf = token.into();
        self
    }

    /// Makes the page a document of its own, which Turbo neither puts into another
    /// nor leaves by putting another into it: for pages where one pays or gives
    /// consent, whose forms may be answered by another site. Music pauses there;
    /// the player finds its place again on the next page.
    #[must_use]
    pub fn own_document(mut self) -> Self {
        self.is_own_document = true;
        self
    }

    /// Sets the part of the site.
    #[must_use]
    pub fn nav(mut self, nav: Nav) -> Self {
        self.nav = nav;
        self
    }

    /// Sets the sentence for search engines.
    #[must_use]
    pub fn description(mut self, text: impl Into<String>) -> Self {
        self.description = Some(text.into());
        self
    }

    /// Sets the canonical local path.
    #[must_use]
    pub fn canonical(mut self, path: impl Into<String>) -> Self {
        self.canonical = Some(path.into());
        self
    }

    /// Sets scheme and host of absolute links, when the configuration knows better
    /// than the request.
    #[must_use]
    pub fn origin(mut self, origin: impl Into<String>) -> Self {
        self.origin = origin.into().trim_end_matches('/').to_owned();
        self
    }

    /// Sets the metadata for machines.
    #[must_use]
    pub fn meta(mut self, meta: Meta) -> Self {
        self.meta = meta;
        self
    }

    /// Adds a message to the reader.
    #[must_use]
    pub fn flash(mut self, kind: FlashKind, text: impl Into<String>) -> Self {
        self.flash.push(Flash {
            kind,
            text: text.into(),
        });
        self
    }

    /// Sets what stands in the search box.
    #[must_use]
    pub fn query(mut self, query: impl Into<String>) -> Self {
        self.query = query.into();
        self
    }

    /// Sets the time "ago" is seen from (ms, UTC).
    #[must_use]
    pub fn now(mut self, ms: i64) -> Self {
        self.now = ms;
        self
    }

    /// A shared text of this crate (`ui.*`, `genre.*`).
    pub fn t(&self, key: impl AsRef<str>) -> Text {
        t(self.lang, key.as_ref())
    }

    /// A genre's name; an unknown id is shown as it is.
    pub fn genre(&self, id: impl AsRef<str>) -> String {
        let id = id.as_ref();
        if crate::GENRES.contains(&id) {
            self.t(format!("genre.{id}")).into()
        } else {
            id.to_owned()
        }
    }

    /// See [`Lang::number`].
    pub fn number(&self, number: impl Count) -> String {
        self.lang.number(number)
    }

    /// See [`Lang::compact`].
    pub fn compact(&self, number: impl Count) -> String {
        self.lang.compact(number)
    }

    /// See [`Lang::money`].
    pub fn money(&self, money: &Money) -> String {
        self.lang.money(*money)
    }

    /// See [`Lang::bytes`].
    pub fn bytes(&self, bytes: impl Count) -> String {
        self.lang.bytes(bytes)
    }

    /// See [`Lang::duration`].
    pub fn duration(&self, ms: impl Count) -> String {
        self.lang.duration(ms)
    }

    /// See [`Lang::duration_words`].
    pub fn duration_words(&self, ms: impl Count) -> String {
        self.lang.duration_words(ms)
    }

    /// See [`Lang::date`].
    pub fn date(&self, ms: impl Count) -> String {
        self.lang.date(ms)
    }

    /// See [`Lang::ago`], seen from when the page is rendered.
    pub fn ago(&self, ms: impl Count) -> String {
        self.lang.ago(ms, self.now)
    }

    /// See [`Lang::counted`].
    pub fn counted(&self, key: &str, count: impl Count) -> String {
        self.lang.counted(key, count)
    }

    /// See [`Lang::iso`].
    pub fn iso(&self, ms: impl Count) -> String {
        self.lang.iso(ms)
    }

    /// The address of an asset by its logical name, such as `app.js`.
    pub fn asset(&self, name: &str) -> String {
        assets::asset_url(name)
    }

    /// Whether an asset was built (scripts and fonts need Node; styles do not).
    pub fn has_asset(&self, name: &str) -> bool {
        assets::has_asset(name)
    }

    /// An absolute address for a local path; what is absolute stays.
    pub fn absolute(&self, path: impl AsRef<str>) -> String {
        let path = path.as_ref();
        if path.starts_with('/') {
            format!("{}{path}", self.origin)
        } else {
            path.to_owned()
        }
    }

    /// The `<title>`: the page's title and the site's name.
    pub fn full_title(&self) -> String {
        if self.title.is_empty() {
            self.t("ui.site.title").into()
        } else {
            format!("{} · Win:G", self.title)
        }
    }

    /// The path asked for, encoded to stand in a `next=` parameter.
    pub fn next(&self) -> String {
        wing_kit::http::links::encode(&self.path)
    }

    /// The JSON-LD objects, each safe inside a `<script>` data block.
    pub fn json_ld(&self) -> Vec<String> {
        self.meta.json_ld.iter().map(json_for_script).collect()
    }

    /// The texts that scripts need, as JSON for a data block.
    pub fn script_texts(&self) -> String {
        let prefix = "script.";
        let all = crate::_rust_i18n_backend()
            .messages_for_locale(self.lang.code())
            .unwrap_or_default();
        let texts: std::collections::BTreeMap<_, _> = all
            .iter()
            .filter_map(|(key, text)| {
                key.strip_prefix(prefix)
                    .map(|key| (key.to_owned(), text.as_ref()))
            })
            .collect();
        json_for_script(&texts)
    }
}
