//! `cargo xtask edge`: the nginx configuration, from the prefix table.

use std::fs;

use anyhow::Result;
use wing_edge::Edge;

use crate::workspace;

/// # Errors
/// When the file cannot be written.
pub fn run() -> Result<()> {
    let dir = workspace::root().join("deploy/nginx");
    fs::create_dir_all(&dir)?;
    let path = dir.join("nginx.conf");
    fs::write(&path, Edge::by_names().render())?;
    println!("{}", path.display());
    Ok(())
}
