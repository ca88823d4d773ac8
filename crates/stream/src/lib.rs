//! One stored file as an HTTP answer: ranges, validators, conditions
//! (RFC 9110 §§8.8, 13, 14) and a body that reads warm pages without leaving
//! the worker and cold ones without holding it up.
//!
//! Lives here: parsing `Range`, deciding between 200, 206, 304, 412 and 416,
//! `multipart/byteranges`, open files kept for reuse, the reading itself, and
//! connections that hand large stretches from the page cache to the socket.
//! It leans on Linux (`preadv2`, `openat2`, `sendfile`). A file that lies on
//! another machine is answered alike, through whatever fetches its bytes.
//!
//! Must never come here: who may have a file, where files are stored, what a
//! track is. The caller has decided all that and hands over a [`StoredFile`].

mod answer;
mod body;
mod buffer;
mod condition;
mod open;
mod parts;
pub mod range;
mod read;
mod refusal;
mod remote;
mod server;
mod warmth;
mod wire;

pub use answer::{Files, ServeError, Source, StoredFile};
pub use body::FileBody;
pub use remote::{Bytestream, Fetching, RemoteBody, RemoteFile};
pub use server::{Timeouts, listen};
