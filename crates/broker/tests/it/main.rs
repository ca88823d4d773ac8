//! Delivery over a real NATS server.

mod durables;
mod releases;
mod world;
