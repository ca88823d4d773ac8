//! The product by its behaviour.
