//! Fills an empty instance with the demo's music and what its fans did, through
//! the same use cases that people's requests go through.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use actix_web::web::Bytes;
use anyhow::Context as _;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;
use wing_contracts::users::UserDirectory;
use wing_contracts::{AlbumId, ArtistId, Role, SessionId, TrackId, UserId};
use wing_demo::{Account, AlbumPlan, Artist, TrackPlan};
use wing_kit::auth::{Via, Viewer};
use wing_music::Music;
use wing_music::model::{AlbumDraft, ArtistDraft, CreateTrack, Link, TrackStatus};
use wing_music::service::artists::ArtistQuery;
use wing_music::service::plays::PastPlay;
use wing_music::service::uploads::{Begin, Sending};
use wing_wiring::Process;

/// How often accounts are asked whether the demo's musician is there.
const ASKED: u32 = 120;
const PAUSE: Duration = Duration::from_millis(500);

/// Begins to fill the instance unless it has artists already, once `users` know the
/// demo's musician. Progress goes to the log. Uploads run on the thread that calls
/// this, as those of requests do on their workers'.
pub fn start(process: &Process, music: Music, users: Arc<dyn UserDirectory>) {
    actix_web::rt::spawn(fill(music, users, process.server.stop.clone()));
}

async fn fill(music: Music, users: Arc<dyn UserDirectory>, stop: CancellationToken) {
    tokio::select! {
        () = stop.cancelled() => tracing::info!("demo: stopped; start with an empty data directory to have it whole"),
        result = build(&music, &*users) => if let Err(error) = result {
            tracing::error!(error = format!("{error:#}"), "demo: ended early");
        }
    }
}

async fn build(music: &Music, users: &dyn UserDirectory) -> anyhow::Result<()> {
    let any = music.list_artists(ArtistQuery::default()).await?;
    if !any.items.is_empty() {
        tracing::info!("demo: there is music already, so none is added");
        return Ok(());
    }
    let began = std::time::Instant::now();
    let catalogue = Arc::new(wing_demo::catalogue());
    let owner = acting(&catalogue.musician, Role::Musician);
    wait_for(users, owner.id).await?;
    let total = catalogue.tracks().count();
    tracing::info!(
        "demo: {total} tracks by {} artists are being composed",
        catalogue.artists.len()
    );
    let tracks = release(music, &owner, &catalogue, total).await?;
    listen(music, &catalogue, &tracks).await?;
    tracing::info!("demo: ready after {:.0} s", began.elapsed().as_secs_f64());
    Ok(())
}

/// The account at work.
fn acting(account: &Account, role: Role) -> Viewer {
    Viewer {
        id: UserId::from_uuid(Uuid::from_u128(account.id)),
        session: SessionId::new(),
        role,
        name: account.name.clone(),
        picture: None,
        version: 0,
        expires_at: i64::MAX,
        via: Via::Bearer,
    }
}

async fn wait_for(users: &dyn UserDirectory, id: UserId) -> anyhow::Result<()> {
    for _ in 0..ASKED {
        let known = users.summaries(&[id]).await;
        if known.is_ok_and(|known| known.contains_key(&id)) {
            return Ok(());
        }
        tokio::time::sleep(PAUSE).await;
    }
    anyhow::bail!(
        "the demo's musician has no account here: begin with an empty instance, and accounts with \
         --demo too"
    )
}

/// Creates artists and albums, composes and uploads every track, and waits until
/// each can be heard. Answers the tracks by their plan's slug.
async fn release(
    music: &Music,
    owner: &Viewer,
    catalogue: &Arc<wing_demo::Catalogue>,
    total: usize,
) -> anyhow::Result<HashMap<String, TrackId>> {
    let lanes = Arc::new(Semaphore::new(2));
    let mut uploads = Vec::new();
    for artist in &catalogue.artists {
        let artist_id = create_artist(music, owner, artist).await?;
        for album in &artist.albums {
            let album_id = create_album(music, owner, artist_id, album).await?;
            for plan in &album.tracks {
                let lane = Arc::clone(&lanes);
                let (music, owner, plan) = (music.clone(), owner.clone(), plan.clone());
                uploads.push(actix_web::rt::spawn(async move {
                    let _turn = lane.acquire().await?;
                    let id = upload(&music, &owner, artist_id, album_id, &plan).await?;
                    anyhow::Ok((plan.slug, id))
                }));
            }
        }
    }
    let mut tracks = HashMap::new();
    for upload in uploads {
        let (slug, id) = upload.await.context("composing")??;
        tracks.insert(slug, id);
        if tracks.len().is_multiple_of(5) || tracks.len() == total {
            tracing::info!("demo: {} of {total} tracks are composed", tracks.len());
        }
    }
    let mut heard = 0;
    for id in tracks.values() {
        while !is_heard(music, owner, *id).await? {
            tokio::time::sleep(std::time::Duration::from_millis(250)).await;
        }
        heard += 1;
        if heard % 5 == 0 || heard == total {
            tracing::info!("demo: {heard} of {total} tracks can be heard");
        }
    }
    Ok(tracks)
}

async fn is_heard(music: &Music, owner: &Viewer, id: TrackId) -> anyhow::Result<bool> {
    let (track, _) = music.get_track(Some(owner), id).await?;
    match track.status {
        TrackStatus::Published => Ok(true),
        TrackStatus::Processing | TrackStatus::Draft => Ok(false),
        TrackStatus::Failed => anyhow::bail!("the track {} failed", track.title),
    }
}

async fn create_artist(music: &Music, owner: &Viewer, artist: &Artist) -> anyhow::Result<ArtistId> {
    let draft = ArtistDraft {
        slug: artist.slug.clone(),
        name: artist.name.clone(),
        bio: artist.bio.clone(),
        debut_on: artist.debut.to_string(),
        links: artist
            .links
            .iter()
            .map(|link| Link {
                label: link.label.clone(),
                url: link.url.clone(),
            })
            .collect(),
        video_url: String::new(),
        genres: artist
            .genres
            .iter()
            .map(|genre| genre.slug().to_owned())
            .collect(),
    };
    let created = music.create_artist(owner, &draft).await?;
    let plan = artist.clone();
    let portrait = tokio::task::spawn_blocking(move || wing_demo::portrait(&plan)).await?;
    music
        .set_portrait(owner, created.id, Bytes::from(portrait))
        .await?;
    Ok(created.id)
}

async fn create_album(
    music: &Music,
    owner: &Viewer,
    artist: ArtistId,
    album: &AlbumPlan,
) -> anyhow::Result<AlbumId> {
    let draft = AlbumDraft {
        title: album.title.clone(),
        description: album.description.clone(),
        label: album.label.clone(),
        distributor: album.distributor.clone(),
        released_on: album.released.to_string(),
        published: true,
    };
    let created = music.create_album(owner, artist, &draft).await?;
    let plan = album.clone();
    let cover =
        tokio::task::spawn_blocking(move || wing_demo::cover(plan.cover_seed, &plan)).await?;
    music
        .set_album_cover(owner, created.id, Bytes::from(cover))
        .await?;
    Ok(created.id)
}

async fn upload(
    music: &Music,
    owner: &Viewer,
    artist_id: ArtistId,
    album_id: AlbumId,
    plan: &TrackPlan,
) -> anyhow::Result<TrackId> {
    let score = plan.clone();
    let flac = tokio::task::spawn_blocking(move || {
        wing_demo::encode_flac(&wing_demo::render_track(&score))
    })
    .await??;
    let size = u64::try_from(flac.len())?;
    let begun = music
        .begin_upload(
            owner,
            Begin {
                size,
                filename: format!("{:02} {}.flac", plan.number, plan.title),
                content_type: "audio/flac".into(),
                metadata: String::new(),
            },
        )
        .await?;
    let body = futures_util::stream::iter([Ok(Bytes::from(flac))]);
    let sending = Sending {
        offset: 0,
        checksum: None,
        length: Some(size),
        body,
    };
    music.receive_upload(owner, begun.id, sending).await?;
    let new = CreateTrack {
        artist_id,
        album_id: Some(album_id),
        title: Some(plan.title.clone()),
        genre: Some(plan.genre.slug().to_owned()),
        lyrics: plan.lyrics.as_ref().map(|lyrics| lyrics.text.to_owned()),
        track_number: i32::try_from(plan.number).ok(),
        downloadable: plan.downloadable,
        upload_id: begun.id,
        published: true,
    };
    Ok(music.create_track(owner, new).await?.id)
}

/// Has the fans like and play.
async fn listen(
    music: &Music,
    catalogue: &wing_demo::Catalogue,
    tracks: &HashMap<String, TrackId>,
) -> anyhow::Result<()> {
    let now = music.now();
    for fan in &catalogue.fans {
        let viewer = acting(&fan.account, Role::Fan);
        for id in fan.likes.iter().filter_map(|slug| tracks.get(slug)) {
            music.like_track(&viewer, *id).await?;
        }
        let plays = fan.plays.iter().filter_map(|play| {
            Some(PastPlay {
                track: *tracks.get(&play.track)?,
                user: viewer.id,
                at: now.plus_seconds(-60 * i64::from(play.minutes_ago)),
                seconds: i32::try_from(play.seconds).unwrap_or(i32::MAX),
            })
        });
        music.import_plays(plays.collect()).await?;
    }
    tracing::info!("demo: {} fans listened", catalogue.fans.len());
    Ok(())
}
