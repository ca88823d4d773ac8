//! The demo catalogue: fictional artists, their music, covers, portraits,
//! lyrics, and fans with likes and plays, all made by this crate from seeds.
//!
//! What lives here: [`catalogue`] (data from `content/`), the composer that
//! writes notes for a [`TrackPlan`], the synthesiser that plays them
//! ([`render_track`]), FLAC output ([`encode_flac`]), and pictures
//! ([`cover`], [`portrait`]).
//!
//! What must never: databases, HTTP, files, threads, clocks, samples or
//! pictures taken from elsewhere. Callers decide where the content goes, when
//! "now" is, and how many tracks are rendered at once; the same plan always
//! gives the same bytes.

mod art;
mod catalogue;
mod compose;
mod flac;
mod rng;
mod synth;

pub use art::{COVER_SIZE, PORTRAIT_SIZE, cover, portrait};
pub use catalogue::{
    Account, AlbumPlan, Artist, Catalogue, Fan, Genre, Key, Language, Link, Lyrics, Play, Section,
    SectionKind, TrackPlan, catalogue,
};
pub use flac::{EncodeError, encode_flac};
pub use synth::{Pcm, SAMPLE_RATE, render_track};
