//! How a page is looked at: how wide, in which colours, in which language.

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;
use thirtyfour::Cookie;

use super::Chromium;

/// The colours of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Theme {
    /// Dark on light.
    Light,
    /// Light on dark.
    Dark,
}

/// One way of looking at pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    /// In CSS pixels.
    pub width: u32,
    /// The colours.
    pub theme: Theme,
    /// `ko` or `en`.
    pub lang: &'static str,
}

impl Look {
    /// A screen and a phone, light and dark, in both languages.
    pub fn all() -> Vec<Self> {
        let mut all = Vec::new();
        for width in [1440, 390] {
            for theme in [Theme::Light, Theme::Dark] {
                for lang in ["ko", "en"] {
                    all.push(Self { width, theme, lang });
                }
            }
        }
        all
    }

    /// Such as `1440-light-ko`.
    pub fn name(self) -> String {
        format!("{}-{}-{}", self.width, self.theme.code(), self.lang)
    }
}

impl Theme {
    fn code(self) -> &'static str {
        match self {
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }
}

impl Chromium {
    /// Looks at pages that are opened from now on in this way. The browser must
    /// have been at the site already.
    pub async fn look(&self, look: Look) {
        for (name, value) in [("wing_lang", look.lang), ("wing_theme", look.theme.code())] {
            let mut cookie = Cookie::new(name, value);
            cookie.set_path("/");
            self.web.add_cookie(cookie).await.expect("a cookie");
        }
        let phone = look.width < 600;
        let height = if phone { 844 } else { 900 };
        let cdp = self.web.cdp();
        let metrics =
            json!({"width": look.width, "height": height, "deviceScaleFactor": 1, "mobile": phone});
        let resized = cdp
            .send_raw("Emulation.setDeviceMetricsOverride", metrics)
            .await;
        resized.expect("another width");
        // Nothing fades while one looks: half a fade has half the contrast.
        let still = json!({"features": [{"name": "prefers-reduced-motion", "value": "reduce"}]});
        cdp.send_raw("Emulation.setEmulatedMedia", still)
            .await
            .expect("no motion");
    }

    /// The whole page as a PNG file, down to its end.
    pub async fn picture(&self, file: &Path) {
        self.wait_js(
            "pictures and fonts of the page",
            "for (const image of document.images) image.loading = 'eager';
             return document.fonts.status === 'loaded' && [...document.images].every((image) => image.complete);",
        )
        .await;
        let cdp = self.web.cdp();
        let sizes = cdp
            .send_raw("Page.getLayoutMetrics", json!({}))
            .await
            .expect("its size");
        let size = &sizes["cssContentSize"];
        let clip = json!({
            "x": 0, "y": 0, "scale": 1,
            "width": size["width"], "height": size["height"].as_f64().map(|height| height.min(8_000.0)),
        });
        let asked = json!({"format": "png", "captureBeyondViewport": true, "clip": clip});
        let answer = cdp
            .send_raw("Page.captureScreenshot", asked)
            .await
            .expect("a picture");
        let png = STANDARD.decode(answer["data"].as_str().unwrap_or_default());
        std::fs::write(file, png.expect("a picture")).expect("a written picture");
    }
}
