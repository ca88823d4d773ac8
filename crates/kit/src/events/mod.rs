//! Events: written in the transaction that makes them true, delivered afterwards.
//!
//! [`record`] writes to the outbox. In one process a [`Dispatcher`] reads it in order
//! and offers each event to every [`Consumer`]; between processes a broker does. Both
//! go through the [`Inbox`], where a consumer's work and the note that it has acted on
//! the event are one transaction, so a repeat changes nothing. It also decides what
//! becomes of an event that a consumer keeps failing at, or whose type only a newer
//! release knows: it is parked, where an operator sees it ([`Repair`]) and from where
//! [`Redelivery`] brings it back, and does not hold up the others.

mod consumer;
mod dispatcher;
mod failures;
mod inbox;
mod outbox;
mod prune;
mod redelivery;
mod repair;
mod store;
#[cfg(test)]
mod tests;

pub use consumer::{Consumer, ConsumerError, nouns};
pub use dispatcher::Dispatcher;
pub use inbox::{Inbox, Outcome};
pub use outbox::{Outbox, Waiting, record, since};
pub use redelivery::Redelivery;
pub use repair::{Parked, Repair};
