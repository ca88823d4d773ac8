//! Plays: what was really listened to.

use std::net::IpAddr;

use sha2::{Digest as _, Sha256};
use wing_contracts::events::music::{TrackLiked, TrackPlayed, TrackUnliked};
use wing_contracts::events::user::UserDeleted;
use wing_contracts::events::{Envelope, Event as _};
use wing_contracts::{ArtistId, Timestamp, TrackId};
use wing_kit::auth::Viewer;
use wing_kit::events::ConsumerError;
use wing_kit::problem::Problem;
use wing_kit::{Tx, events};

use super::{Music, artists, tracks};
use crate::error::Error;
use crate::store;

/// A play counts from this many seconds heard, or from half of a shorter track.
pub const COUNTED_SECONDS: i64 = 30;

/// The time in which one network has its share of plays without an account.
const SHARE_MS: i64 = 3600 * 1000;
/// What part of that share may be of one track.
const SHARE_OF_TRACK: i64 = 6;

/// What a play's report was worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Play {
    /// Whether it was counted; see [`Music::record_play`].
    pub counted: bool,
    /// The plays the track has.
    pub play_count: i64,
}

/// A play that was counted elsewhere.
#[derive(Clone, Copy, Debug)]
pub struct PastPlay {
    /// The track.
    pub track: TrackId,
    /// Who listened.
    pub user: wing_contracts::UserId,
    /// When.
    pub at: wing_contracts::Timestamp,
    /// Seconds heard.
    pub seconds: i32,
}

impl Music {
    /// Counts a play of a published track: once a listener within the track's own
    /// length, when 30 seconds or half of it were heard. Not counted are the plays of
    /// the artist's owner, those whose `seconds` are not known, and those without an
    /// account from a network that has had its share in its hour.
    pub async fn record_play(
        &self,
        viewer: Option<&Viewer>,
        address: IpAddr,
        agent: &str,
        track: TrackId,
        seconds: Option<i64>,
    ) -> Result<Play, Error> {
        if seconds.is_some_and(|seconds| !(0..=86_400).contains(&seconds)) {
            return Err(Problem::invalid_field(
                "seconds_listened",
                "out_of_range",
                "Seconds listened are between 0 and 86400.",
            )
            .into());
        }
        let viewer = viewer.cloned();
        let listener = listener(viewer.as_ref(), address, agent);
        let network = viewer.is_none().then(|| network_hash(address));
        let share = i64::from(self.config.anonymous_plays);
        let now = self.clock.now();
        let play = self
            .db
            .write(move |tx| {
                // Two of one network at once would both find room for one.
                if let Some(network) = &network {
                    tx.lock_name(&format!("plays of {network}"))?;
                }
                // Reported twice at once, the second waits and finds the first.
                store::processing::lock(tx, track)?;
                let found = store::tracks::find(tx, track)?
                    .filter(|track| tracks::visible(viewer.as_ref(), track))
                    .ok_or(Error::NotFound)?;
                let enough = COUNTED_SECONDS.min(found.duration_ms / 2000);
                let heard = seconds.unwrap_or(0);
                let new = store::plays::New {
                    track,
                    listener: &listener,
                    user: viewer.as_ref().map(|viewer| viewer.id),
                    network: network.as_deref(),
                    seconds: i32::try_from(heard).unwrap_or(i32::MAX),
                };
                let since = now.plus_ms(-found.duration_ms.max(1));
                let published = found.status == crate::model::TrackStatus::Published;
                let own = viewer.as_ref().map(|viewer| viewer.id) == Some(found.artist.owner);
                let counted = published
                    && seconds.is_some_and(|heard| heard >= enough)
                    && !own
                    && !store::plays::counted_since(tx, &new, since)?
                    && has_room(tx, &new, share, now)?;
                if counted {
                    store::plays::insert(tx, &new, now)?;
                    let event = TrackPlayed {
                        track_id: track,
                        user_id: new.user,
                    };
                    events::record(tx, now, &event)?;
                }
                Ok::<_, Error>(Play {
                    counted,
                    play_count: found.play_count + i64::from(counted),
                })
            })
            .await?;
        Ok(play)
    }

    /// Writes plays that were counted elsewhere, with their own times.
    pub async fn import_plays(&self, mut plays: Vec<PastPlay>) -> Result<(), Error> {
        // Their tracks are locked in this order.
        plays.sort_by_key(|play| play.track);
        self.db
            .write(move |tx| {
                for play in &plays {
                    let listener = play.user.to_string();
                    let new = store::plays::New {
                        track: play.track,
                        listener: &listener,
                        user: Some(play.user),
                        network: None,
                        seconds: play.seconds,
                    };
                    store::plays::insert(tx, &new, play.at)?;
                    store::plays::count_day(tx, play.track, play.at, 1, 0)?;
                }
                Ok(())
            })
            .await
    }

    /// Plays and likes of an artist by day for its manager, the last `days` days.
    pub async fn artist_days(
        &self,
        viewer: &Viewer,
        artist: ArtistId,
        days: i32,
    ) -> Result<Vec<(i32, i64, i64)>, Error> {
        let viewer = viewer.clone();
        let today = i32::try_from(self.clock.now().0.div_euclid(86_400_000)).unwrap_or(0);
        self.db
            .read(move |conn| {
                artists::managed(conn, &viewer, artist)?;
                Ok(store::plays::days_of(conn, artist, today - days + 1)?)
            })
            .await
    }
}

/// Stands for one listener: the account, or a hash of address and browser that
/// cannot be turned back.
fn listener(viewer: Option<&Viewer>, address: IpAddr, agent: &str) -> String {
    match viewer {
        Some(viewer) => viewer.id.to_string(),
        None => {
            let mut hash = Sha256::new();
            hash.update(wing_kit::limits::network(address).to_string());
            hash.update([0]);
            hash.update(agent.as_bytes());
            hex::encode(&hash.finalize()[..16])
        }
    }
}

/// Stands for a listener's network.
fn network_hash(address: IpAddr) -> String {
    let network = wing_kit::limits::network(address).to_string();
    hex::encode(&Sha256::digest(network)[..16])
}

/// Whether a play without an account is within what its network may have counted:
/// whoever makes up browsers makes up no listeners.
fn has_room(
    tx: &mut Tx<'_>,
    new: &store::plays::New<'_>,
    share: i64,
    now: Timestamp,
) -> Result<bool, Error> {
    let Some(network) = new.network else {
        return Ok(true);
    };
    let since = now.plus_ms(-SHARE_MS);
    let (all, of_track) = store::plays::counted_of_network(tx, network, new.track, since)?;
    Ok(all < share && of_track < (share / SHARE_OF_TRACK).max(1))
}

/// Counts plays and likes by day, and clears up after accounts that are gone.
pub struct Bookkeeper;

impl wing_kit::events::Consumer for Bookkeeper {
    fn name(&self) -> &'static str {
        "music.bookkeeper"
    }

    fn wants(&self) -> &'static [&'static str] {
        &[
            TrackPlayed::TYPE,
            TrackLiked::TYPE,
            TrackUnliked::TYPE,
            UserDeleted::TYPE,
        ]
    }

    fn consume(&self, tx: &mut Tx<'_>, event: &Envelope) -> Result<(), ConsumerError> {
        let at = event.occurred_at;
        if let Some(played) = event.read::<TrackPlayed>()? {
            store::plays::count_day(tx, played.track_id, at, 1, 0)?;
        } else if let Some(liked) = event.read::<TrackLiked>()? {
            store::plays::count_day(tx, liked.track_id, at, 0, 1)?;
        } else if let Some(unliked) = event.read::<TrackUnliked>()? {
            store::plays::count_day(tx, unliked.track_id, at, 0, -1)?;
        } else if let Some(UserDeleted { user_id }) = event.read()? {
            artists::remove_all_of(tx, user_id, at)?;
            store::likes::delete_all_of(tx, user_id)?;
            store::plays::forget_user(tx, user_id)?;
        }
        Ok(())
    }
}
