//! Music.
