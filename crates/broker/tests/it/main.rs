//! Delivery over a real NATS server.

mod places;
mod releases;
mod world;
