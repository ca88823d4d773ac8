//! The site in a real Chromium, as musicians and fans use it.

mod accessible;
mod desk_live;
mod hostile;
mod main_way;
mod operators;
mod player;
mod songs;
mod uploads;
mod without_scripts;
