//! One process, all domains.
