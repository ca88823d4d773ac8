//! What every domain leans on.
