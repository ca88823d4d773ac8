//! What domains may know of each other.
