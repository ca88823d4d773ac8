//! The demo catalogue: what it holds, how it looks and how it sounds.

mod catalogue;
mod pictures;
mod sound;
