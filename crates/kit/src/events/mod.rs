//! Events: written in the transaction that makes them true, told afterwards.
//!
//! [`record`] writes to the outbox; a [`Dispatcher`] reads it in order and
//! hands each event to every [`Consumer`] of this process. A consumer's work
//! and the note that it has seen the event are one transaction, so a repeat
//! changes nothing. An event a consumer keeps failing on is parked, where an
//! operator sees it, and does not hold up the others.

mod dispatcher;
mod inbox;
mod outbox;
mod repair;

pub use dispatcher::Dispatcher;
pub use inbox::{Consumer, Inbox, Told};
pub use outbox::{Outbox, Waiting, record, since};
pub use repair::{Parked, Repair};
