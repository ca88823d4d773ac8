//! Demo content, synthesised.
