//! `/desk/events`: what happens to one's tracks, as it happens, as server-sent
//! events; and the button that begins again.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use actix_web::http::header;
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse, web};
use serde::{Deserialize, Serialize};
use tokio::sync::broadcast::{Receiver, error::RecvError};
use tokio::time::{Instant, Interval};
use tokio_util::sync::CancellationToken;
use wing_contracts::{ArtistId, TrackId, UserId};
use wing_kit::auth::Viewer;
use wing_kit::http::input::Form;
use wing_kit::http::sse;
use wing_ui::Lang;

use crate::error::Error;
use crate::jobs::desk::State;
use crate::service::Music;

/// A silent line now and then shows each side that the other is there.
const ALIVE: Duration = Duration::from_secs(15);
/// After the end of an answer.
const RETRY: Duration = Duration::from_secs(2);
/// Then the browser connects anew, and shows again who it is.
const LONGEST: Duration = Duration::from_secs(600);

/// Mounts both.
pub fn configure(config: &mut web::ServiceConfig) {
    config
        .route("/desk/events", web::get().to(desk_events))
        .route("/desk/tracks/{id}/retry", web::post().to(retry_track));
}

/// What a desk is told of a track.
#[derive(Debug, Serialize)]
struct News<'a> {
    track_id: TrackId,
    artist_id: ArtistId,
    status: &'a str,
    step: Option<&'a str>,
    progress: Option<i32>,
    reason: Option<String>,
    title: &'a str,
}

impl<'a> News<'a> {
    fn of(state: &'a State, lang: Lang) -> Self {
        let processing = state.status == "processing";
        let troubled = processing || state.status == "failed";
        let reason = state.failure_code.as_deref().filter(|_| troubled);
        Self {
            track_id: state.track,
            artist_id: state.artist,
            status: &state.status,
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

/// Where a file ends and how long it should be, as `wing_audio::Cut` tells it:
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
    let feed = Feed::open(Music::clone(&music), viewer.id, Lang::of_request(&req)).await?;
    Ok(sse::answer(feed))
}

/// One desk's events.
struct Feed {
    music: Music,
    owner: UserId,
    lang: Lang,
    news: Receiver<State>,
    stop: CancellationToken,
    alive: Interval,
    until: Instant,
    told: HashMap<TrackId, State>,
    waiting: VecDeque<Bytes>,
}

impl Feed {
    async fn open(music: Music, owner: UserId, lang: Lang) -> Result<Self, Error> {
        // Listening begins before the look at what is: nothing falls between.
        let (news, stop) = music.desk.listen();
        let mut feed = Self {
            music,
            owner,
            lang,
            news,
            stop,
            alive: sse::alive_every(ALIVE),
            until: Instant::now() + LONGEST,
            told: HashMap::new(),
            waiting: VecDeque::from([sse::retry(RETRY)]),
        };
        feed.tell_all().await?;
        Ok(feed)
    }

    async fn tell_all(&mut self) -> Result<(), Error> {
        for state in self.music.desk_states(self.owner).await? {
            self.tell(state);
        }
        Ok(())
    }

    fn tell(&mut self, state: State) {
        let old = |told: &State| state.shows(told) || state.is_before(told);
        if state.owner != self.owner || self.told.get(&state.track).is_some_and(old) {
            return;
        }
        if let Ok(data) = serde_json::to_string(&News::of(&state, self.lang)) {
            self.waiting.push_back(sse::event("track", &data));
        }
        self.told.insert(state.track, state);
    }
}

impl sse::Feed for Feed {
    async fn next(&mut self) -> Option<Bytes> {
        loop {
            if let Some(event) = self.waiting.pop_front() {
                return Some(event);
            }
            tokio::select! {
                () = self.stop.cancelled() => return None,
                () = tokio::time::sleep_until(self.until) => return None,
                _ = self.alive.tick() => return Some(sse::alive()),
                news = self.news.recv() => match news {
                    Ok(state) => self.tell(state),
                    // Too slow to hear it all: what counts is how things stand.
                    Err(RecvError::Lagged(_)) => self.tell_all().await.ok()?,
                    Err(RecvError::Closed) => return None,
                },
            }
        }
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
    let next = match form.0.next.as_str() {
        "" => "/desk",
        next => wing_kit::http::local_path(next),
    };
    Ok(HttpResponse::SeeOther()
        .insert_header((header::LOCATION, next))
        .finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cut_file_says_where_it_ends_in_the_readers_language() {
        let told = |lang, words| reason_in_words(lang, "truncated", Some(words));
        assert_eq!(
            told(Lang::En, "the file ends early, at 1:23 of 3:45"),
            "The file ends early, at 1:23 of 3:45. Check the original and upload it again."
        );
        assert!(told(Lang::Ko, "the file ends early, at 1:23 of 1:03:45").contains("1:03:45"));
        assert!(told(Lang::Ko, "the file ends early, at 0:02").contains("0:02"));
        let plain = told(Lang::En, "the file is cut off: the MP4 index is missing");
        assert_eq!(
            plain,
            "The file is cut off. Check the original and upload it again."
        );
    }
}
