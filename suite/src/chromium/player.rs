//! What the player does, by its audio element and its bar.

use serde_json::Value;

use super::Chromium;
use crate::wait_for;

/// The sound of the page at one moment.
#[derive(Clone, Debug, PartialEq)]
pub struct Sound {
    /// The id of the audio element.
    pub element: String,
    /// What it plays.
    pub source: String,
    /// Where, in seconds.
    pub position: f64,
}

/// The element that plays, as JSON; null when all is quiet.
const PLAYING: &str =
    "const audio = [...document.querySelectorAll('audio')].find((one) => !one.paused);
    return audio ? {id: audio.id, src: audio.currentSrc, at: audio.currentTime} : null;";

impl Chromium {
    /// What plays now.
    pub async fn sound(&self) -> Option<Sound> {
        let seen = self.js(PLAYING).await;
        let text = |key: &str| seen[key].as_str().unwrap_or_default().to_owned();
        (!seen.is_null()).then(|| Sound {
            element: text("id"),
            source: text("src"),
            position: seen["at"].as_f64().unwrap_or_default(),
        })
    }

    /// Waits until sound has moved past this many seconds.
    pub async fn hear_past(&self, seconds: f64) -> Sound {
        wait_for(&format!("sound past {seconds} s"), || async {
            self.sound().await.filter(|sound| sound.position > seconds)
        })
        .await
    }

    /// Waits until nothing plays.
    pub async fn hear_nothing(&self) {
        wait_for("silence", || async {
            self.sound().await.is_none().then_some(())
        })
        .await;
    }

    /// Where the current track stands, by the player's own slider.
    pub async fn player_position(&self) -> f64 {
        let script =
            "return Number(document.querySelector('#player .wave').getAttribute('aria-valuenow'))";
        self.js(script).await.as_f64().unwrap_or_default()
    }

    /// Waits until the player's bar names this track.
    pub async fn player_shows(&self, title: &str) {
        self.see_text("#player .player-title", title).await;
    }

    /// Notes which document this is, to know later whether a page change
    /// kept it.
    pub async fn mark_document(&self) {
        self.js("window.wingSuiteMark = true").await;
    }

    /// Whether it is still the document of [`Chromium::mark_document`].
    pub async fn same_document(&self) -> bool {
        self.js("return window.wingSuiteMark === true").await == Value::Bool(true)
    }
}
