//! What starts the edge, and the secrets that its configuration expects.

mod secrets;
mod start;
