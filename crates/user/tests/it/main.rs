//! Accounts by behaviour, over HTTP in this process.

mod accounts;
mod pages;
mod sessions;
mod world;
