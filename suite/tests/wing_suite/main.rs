//! The product by its behaviour: every test has a site of its own, acts over
//! HTTP and looks at what a user would notice.

#![expect(clippy::unwrap_used, reason = "a panic here is a failing test")]

mod accounts;
mod albums;
mod artists;
mod authorisation;
mod bad_files;
mod concurrency;
mod contracts;
mod desk;
mod desk_forms;
mod edges;
mod events;
mod faults;
mod forms;
mod limits;
mod listening;
mod lists;
mod markup;
mod memory;
mod object_store;
mod openapi;
mod operation;
mod outages;
mod pages;
mod pictures;
mod prefixes;
mod problems;
mod processing;
mod recorded;
mod search;
mod secrets;
mod sessions;
mod shapes;
mod sitemap;
mod slow_bodies;
mod storage;
mod streaming;
mod tls;
mod tracks;
mod uploads;
mod visualizer;
mod websockets;
