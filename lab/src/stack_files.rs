//! The files that describe the stacks, as far as this kernel runs them.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context as _, Result};

use crate::docker::run;
use crate::host;

/// A copy of them, since a kernel without IPsec (`INET_ESP`) cannot encrypt what goes
/// from node to node, and refuses networks that ask for it.
pub struct StackFiles {
    root: PathBuf,
}

impl StackFiles {
    /// Copies them as they are now.
    pub fn copy() -> Result<Self> {
        let root = host::data().join("stack");
        if root.exists() {
            fs::remove_dir_all(&root)?;
        }
        fs::create_dir_all(&root)?;
        run(Command::new("cp")
            .arg("--recursive")
            .args(["deploy", "stack.yml", "stack.monolith.yml"].map(|name| host::root().join(name)))
            .arg(&root))?;
        let files = Self { root };
        if !kernel_encrypts() {
            eprintln!("   this kernel has no ESP: networks between nodes are not encrypted here");
            for name in ["stack.yml", "stack.monolith.yml"] {
                files.leave_open(name)?;
            }
        }
        Ok(files)
    }

    /// Where one of them lies, named as in the source tree.
    pub fn path(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    fn leave_open(&self, name: &str) -> Result<()> {
        const ENCRYPTED: &str = "\n      encrypted: \"true\"\n";
        let text = fs::read_to_string(self.path(name))?;
        let (before, after) = text
            .split_once(ENCRYPTED)
            .with_context(|| format!("{name} does not say what is encrypted where it used to"))?;
        fs::write(self.path(name), format!("{before} {{}}\n{after}"))?;
        Ok(())
    }
}

/// Whether networks between nodes can be encrypted here.
pub fn kernel_encrypts() -> bool {
    run(Command::new("zgrep").args(["-q", "CONFIG_INET_ESP=[ym]", "/proc/config.gz"])).is_ok()
}
