//! A real browser: Debian's Chromium, driven by WebDriver.
//!
//! Every [`Chromium`] has a chromedriver and a profile of its own, and both end
//! with it, however the test ends. What is looked for is waited for: nothing
//! here asks once and fails, and nothing sleeps for a time and hopes.

mod account;
mod driver;
mod look;
mod player;
mod tour;

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;
use thirtyfour::error::WebDriverErrorInner;
use thirtyfour::extensions::query::ElementPollerWithTimeout;
use thirtyfour::prelude::*;
use thirtyfour::{LoggingPrefsLogLevel, TypingData};

use self::driver::Driver;
use crate::{Remote, wait_for};

pub use look::{Look, Theme};
pub use player::Sound;
pub use tour::{Stop, own_stops, public_stops};

/// Far longer than anything takes on a busy machine; reached only by a failure.
const TIMEOUT: Duration = Duration::from_secs(60);
/// How often to look again.
const INTERVAL: Duration = Duration::from_millis(40);

/// What every browser is started with: no window, no calls home, and sound that
/// may start without a click, as for a reader whom the browser knows.
const ARGUMENTS: [&str; 13] = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-search-engine-choice-screen",
    "--autoplay-policy=no-user-gesture-required",
    "--mute-audio",
    "--window-size=1440,900",
];

/// A browser at one site.
#[derive(Debug)]
pub struct Chromium {
    web: WebDriver,
    base: String,
    // The order matters: first the processes, then their files.
    _driver: Driver,
    _profile: TempDir,
}

impl Drop for Chromium {
    fn drop(&mut self) {
        // Its processes are killed next, so there is nothing to say goodbye to.
        let _ = self.web.clone().leak();
    }
}

impl Chromium {
    /// A browser that was nowhere yet, for the site at `base`.
    pub async fn open(base: &str) -> Self {
        Self::start(base, true).await
    }

    /// The same with JavaScript switched off in its settings.
    pub async fn without_scripts(base: &str) -> Self {
        Self::start(base, false).await
    }

    async fn start(base: &str, scripts: bool) -> Self {
        let profile = tempfile::Builder::new().prefix("wing-chromium-").tempdir();
        let profile = profile.expect("a directory for the profile");
        let driver = Driver::start();
        let capabilities = capabilities(&profile, scripts).expect("capabilities");
        let web = WebDriver::builder(&driver.url, capabilities)
            .request_timeout(Duration::from_secs(100))
            .poller(Arc::new(ElementPollerWithTimeout::new(TIMEOUT, INTERVAL)))
            .connect()
            .await
            .expect("Chromium starts");
        Self {
            web,
            base: base.to_owned(),
            _driver: driver,
            _profile: profile,
        }
    }

    /// The driver, for what is not here.
    pub fn web(&self) -> &WebDriver {
        &self.web
    }

    /// Types an address and waits until the page is loaded.
    pub async fn visit(&self, path: &str) {
        let url = if path.starts_with("http") {
            path.to_owned()
        } else {
            format!("{}{path}", self.base)
        };
        if let Err(error) = self.web.goto(&url).await {
            panic!("{url} does not open: {error}");
        }
    }

    /// Path, query and fragment of where it is.
    pub async fn path(&self) -> String {
        let url = self.web.current_url().await.expect("an address");
        url.as_str()
            .strip_prefix(&self.base)
            .unwrap_or(url.as_str())
            .to_owned()
    }

    /// Waits until the address's path begins like this.
    pub async fn wait_for_path(&self, start: &str) {
        wait_for(&format!("the page {start}"), || async {
            self.path().await.starts_with(start).then_some(())
        })
        .await;
    }

    /// The first element a selector finds, as soon as it is shown.
    pub async fn see(&self, css: &str) -> WebElement {
        let deadline = Instant::now() + TIMEOUT;
        loop {
            let error = match self.web.query(By::Css(css)).and_displayed().first().await {
                Ok(found) => return found,
                Err(error) => error,
            };
            // A page that changes takes its elements away while one looks.
            let went = matches!(
                error.as_inner(),
                WebDriverErrorInner::StaleElementReference(_)
            );
            if !went || Instant::now() >= deadline {
                let shown = match self.web.find(By::Css("body")).await {
                    Ok(body) => body.text().await.unwrap_or_default(),
                    Err(error) => error.to_string(),
                };
                panic!(
                    "nobody sees {css} at {}: {error}\n{shown}",
                    self.path().await
                );
            }
        }
    }

    /// The first element a selector finds, shown or not.
    pub async fn find(&self, css: &str) -> WebElement {
        match self.web.query(By::Css(css)).first().await {
            Ok(found) => found,
            Err(error) => panic!("no {css} at {}: {error}", self.path().await),
        }
    }

    /// How many elements a selector finds now.
    pub async fn count(&self, css: &str) -> usize {
        self.web
            .find_all(By::Css(css))
            .await
            .expect("a count")
            .len()
    }

    /// Waits until a selector finds nothing.
    pub async fn gone(&self, css: &str) {
        wait_for(&format!("{css} is gone"), || async {
            (self.count(css).await == 0).then_some(())
        })
        .await;
    }

    /// Waits until an element that `css` finds shows this text, in any case of
    /// letters.
    pub async fn see_text(&self, css: &str, wanted: &str) {
        let wanted = wanted.to_lowercase();
        wait_for(&format!("{css} says {wanted:?}"), || async {
            let found = self.web.find_all(By::Css(css)).await.ok()?;
            for element in found {
                // A page that changes takes its elements away while one reads.
                let said = element.text().await.unwrap_or_default();
                if said.to_lowercase().contains(&wanted) {
                    return Some(());
                }
            }
            None
        })
        .await;
    }

    /// Clicks as soon as nothing covers it. A click on what a page change has
    /// just taken away goes to what has come in its place.
    pub async fn click(&self, css: &str) {
        let deadline = Instant::now() + TIMEOUT;
        loop {
            let Err(error) = self.try_click(css).await else {
                return;
            };
            if Instant::now() >= deadline {
                panic!("{css} cannot be clicked at {}: {error}", self.path().await);
            }
            tokio::time::sleep(INTERVAL).await;
        }
    }

    async fn try_click(&self, css: &str) -> WebDriverResult<()> {
        let element = self.web.find(By::Css(css)).await?;
        let clicked = element.click().await;
        if clicked.is_err() {
            // The driver scrolls no further than into the window, where the
            // player's bar may cover it; a reader scrolls on.
            element.scroll_into_view().await?;
        }
        clicked
    }

    /// Clicks the link or button with this text.
    pub async fn click_text(&self, css: &str, text: &str) {
        wait_for(&format!("{css} {text:?} can be clicked"), || async {
            for element in self.web.find_all(By::Css(css)).await.ok()? {
                if element.text().await.is_ok_and(|said| said.trim() == text) {
                    return element.click().await.ok();
                }
            }
            None
        })
        .await;
    }

    /// Types into the field of this name, in place of what it holds.
    pub async fn fill(&self, name: &str, text: &str) {
        let field = self.see(&format!("main [name=\"{name}\"]")).await;
        field.clear().await.expect("an empty field");
        field.send_keys(text).await.expect("a filled field");
    }

    /// Presses keys wherever the focus is.
    pub async fn press(&self, keys: impl Into<TypingData>) {
        let pressed = self.web.action_chain().send_keys(keys).perform().await;
        pressed.expect("pressed keys");
    }

    /// Gives files to a file input; several at once when it takes several.
    pub async fn choose_files(&self, css: &str, files: &[&std::path::Path]) {
        let paths: Vec<_> = files
            .iter()
            .map(|file| file.display().to_string())
            .collect();
        let input = self.find(css).await;
        input
            .send_keys(paths.join("\n"))
            .await
            .expect("chosen files");
    }

    /// What a script of ours returns in the page.
    pub async fn js(&self, script: &str) -> Value {
        self.js_with(script, Vec::new()).await
    }

    /// [`Chromium::js`] with arguments.
    pub async fn js_with(&self, script: &str, arguments: Vec<Value>) -> Value {
        match self.web.execute(script, arguments).await {
            Ok(returned) => returned.json().clone(),
            Err(error) => panic!("{script}: {error}"),
        }
    }

    /// Waits until a script returns something true, and gives that back.
    pub async fn wait_js(&self, what: &str, script: &str) -> Value {
        wait_for(what, || async {
            let returned = self
                .web
                .execute(script, Vec::new())
                .await
                .ok()?
                .json()
                .clone();
            let empty = [Value::Null, json!(false), json!(0), json!("")];
            (!empty.contains(&returned)).then_some(returned)
        })
        .await
    }

    /// Slows what it sends down to this many bytes a second; `None` lets go.
    pub async fn limit_upload(&self, bytes_per_second: Option<i32>) {
        let cdp = self.web.cdp();
        let network = cdp.network();
        network.enable().await.expect("the network domain");
        let conditions = thirtyfour::cdp::domains::network::NetworkConditions {
            upload_throughput: bytes_per_second.unwrap_or(-1),
            ..Default::default()
        };
        let limited = network.emulate_network_conditions(conditions).await;
        limited.expect("another network");
    }

    /// What went wrong according to the console since the last call: errors of
    /// scripts, refusals of the content security policy, failed requests.
    pub async fn complaints(&self) -> Vec<String> {
        let entries = self.web.browser_log().await.expect("the console");
        let severe = entries.into_iter().filter(|entry| entry.level == "SEVERE");
        severe.map(|entry| entry.message).collect()
    }
}

fn capabilities(profile: &TempDir, scripts: bool) -> WebDriverResult<Capabilities> {
    let mut chrome = DesiredCapabilities::chrome();
    for argument in ARGUMENTS {
        chrome.add_arg(argument)?;
    }
    for argument in Remote::named()
        .iter()
        .flat_map(|site| site.browser_arguments())
    {
        chrome.add_arg(&argument)?;
    }
    chrome.add_arg(&format!("--user-data-dir={}", profile.path().display()))?;
    chrome.set_logging_prefs("browser", LoggingPrefsLogLevel::All)?;
    let mut preferences = json!({
        "intl.accept_languages": "ko-KR,ko,en",
        "credentials_enable_service": false,
        "profile.password_manager_leak_detection": false,
    });
    if !scripts {
        preferences["profile.managed_default_content_settings.javascript"] = json!(2);
    }
    chrome.add_experimental_option("prefs", preferences)?;
    Ok(chrome.into())
}
