//! Sound files of every kind, whole and damaged: recognised, decoded, measured, tagged
//! and made into renditions.

mod anything;
mod common;
mod damage;
mod formats;
mod measuring;
mod renditions;
mod tags;
