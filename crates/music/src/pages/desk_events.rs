//! `/desk/events`: what happens to one's tracks, as it happens, as server-sent
//! events; and the button that begins again.

use std::collections::HashMap;

use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse, web};
use serde::{Deserialize, Serialize};
use wing_contracts::{ArtistId, TrackId, UserId};
use wing_kit::auth::Viewer;
use wing_kit::http::hub::{Received, Subscription};
use wing_kit::http::input::Form;
use wing_kit::http::links::{local_path, see_other};
use wing_kit::http::sse;
use wing_ui::Lang;

use crate::error::Error;
use crate::model::TrackStatus;
use crate::service::Music;
use crate::service::desk::State;

/// Mounts both.
pub fn configure(config: &mut web::ServiceConfig) {
    config
        .route("/desk/events", web::get().to(desk_events))
        .route("/desk/tracks/{id}/retry", web::post().to(retry_track));
}

/// How a track stands, as its desk shows it.
#[derive(Debug, Serialize)]
struct TrackState<'a> {
    track_id: TrackId,
    artist_id: ArtistId,
    status: TrackStatus,
    step: Option<&'a str>,
    progress: Option<i32>,
    reason: Option<String>,
    title: &'a str,
}

impl<'a> TrackState<'a> {
    fn of(state: &'a State, lang: Lang) -> Self {
        let processing = state.status == TrackStatus::Processing;
        let troubled = processing || state.status == TrackStatus::Failed;
        let reason = state.failure_code.as_deref().filter(|_| troubled);
        Self {
            track_id: state.track,
            artist_id: state.artist,
            status: state.status,
            step: processing.then_some(state.step.as_str()),
            progress: state.progress.filter(|_| processing),
            reason: reason.map(|code| reason_in_words(lang, code, state.failure.as_deref())),
            title: &state.title,
        }
    }
}

/// A failure in the reader's language; else in the words it was stored with.
pub fn reason_in_words(lang: Lang, code: &str, words: Option<&str>) -> String {
    if code == "truncated"
        && let Some(text) = cut_in_words(lang, words.unwrap_or_default())
    {
        return text;
    }
    let key = format!("failure.{code}");
    let text = crate::t(lang, &key);
    if text.as_str() == key {
        words.unwrap_or(code).to_owned()
    } else {
        text.into()
    }
}

/// Where a file ends and how long it should be, as `wing_audio::Cut` writes it:
/// `… ends early, at 1:23 of 3:45`.
fn cut_in_words(lang: Lang, words: &str) -> Option<String> {
    let is_time = |text: &str| {
        let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        text.contains(':') && text.split(':').all(digits)
    };
    let (_, cut) = words.split_once("ends early, at ")?;
    let text = match cut.split_once(" of ") {
        Some((at, of)) if is_time(at) && is_time(of) => crate::t(lang, "failure.truncated.at_of")
            .with("at", at)
            .with("of", of),
        None if is_time(cut) => crate::t(lang, "failure.truncated.at").with("at", cut),
        _ => return None,
    };
    Some(text.into())
}

async fn desk_events(
    req: HttpRequest,
    viewer: Viewer,
    music: web::Data<Music>,
) -> Result<HttpResponse, Error> {
    if !viewer.role.makes_music() {
        return Err(Error::NotMusician);
    }
    let source = DeskSource::new(Music::clone(&music), viewer.id, Lang::of_request(&req));
    let options = sse::Options::new(music.desk.stop());
    Ok(sse::respond(&req, source, options)?)
}

/// One desk's events.
struct DeskSource {
    music: Music,
    owner: UserId,
    lang: Lang,
    changes: Subscription<UserId, State>,
    /// Whether the whole state has to be read: at first, and after changes were
    /// missed.
    is_stale: bool,
    sent: HashMap<TrackId, State>,
}

impl DeskSource {
    fn new(music: Music, owner: UserId, lang: Lang) -> Self {
        // Subscribed before the state is read: nothing falls between.
        let changes = music.desk.subscribe(owner);
        Self {
            music,
            owner,
            lang,
            changes,
            is_stale: true,
            sent: HashMap::new(),
        }
    }

    /// The event for a state that the desk does not show yet.
    fn event(&mut self, state: State) -> Option<Bytes> {
        let is_old = |sent: &State| state.shows(sent) || state.is_before(sent);
        if self.sent.get(&state.track).is_some_and(is_old) {
            return None;
        }
        let data = serde_json::to_string(&TrackState::of(&state, self.lang)).ok()?;
        self.sent.insert(state.track, state);
        Some(sse::event("track", &data))
    }
}

impl sse::Source for DeskSource {
    fn admits(&self, viewer: Option<&Viewer>) -> bool {
        viewer.is_some_and(|viewer| viewer.id == self.owner && viewer.role.makes_music())
    }

    async fn next(&mut self) -> Option<Vec<Bytes>> {
        if !self.is_stale {
            match self.changes.next().await {
                Received::Event(state) => return Some(self.event(state).into_iter().collect()),
                Received::Missed => self.is_stale = true,
            }
        }
        let states = self.music.desk_states(self.owner).await.ok()?;
        self.is_stale = false;
        Some(
            states
                .into_iter()
                .filter_map(|state| self.event(state))
                .collect(),
        )
    }
}

#[derive(Deserialize)]
struct Retry {
    /// Where to go afterwards.
    #[serde(default)]
    next: String,
}

async fn retry_track(
    music: web::Data<Music>,
    viewer: Viewer,
    id: web::Path<TrackId>,
    form: Form<Retry>,
) -> Result<HttpResponse, Error> {
    music.retry_track(&viewer, *id).await?;
    Ok(see_other(match form.0.next.as_str() {
        "" => "/desk",
        next => local_path(next),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cut_file_says_where_it_ends_in_the_readers_language() {
        let words = |lang, stored| reason_in_words(lang, "truncated", Some(stored));
        assert_eq!(
            words(Lang::En, "the file ends early, at 1:23 of 3:45"),
            "The file ends early, at 1:23 of 3:45. Check the original and upload it again."
        );
        assert!(words(Lang::Ko, "the file ends early, at 1:23 of 1:03:45").contains("1:03:45"));
        assert!(words(Lang::Ko, "the file ends early, at 0:02").contains("0:02"));
        let plain = words(Lang::En, "the file is cut off: the MP4 index is missing");
        assert_eq!(
            plain,
            "The file is cut off. Check the original and upload it again."
        );
    }
}
