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
    for (name, edge) in [
        ("nginx.conf", Edge::in_container()),
        ("nginx-tls.conf", Edge::in_container_with_tls()),
    ] {
        let path = dir.join(name);
        fs::write(&path, edge.render())?;
        println!("{}", path.display());
    }
    Ok(())
}
