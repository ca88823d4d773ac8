//! What git knows: revisions, who wrote them, which files differ.

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

/// How much of a revision people read and images carry.
const SHORT: &str = "--short=12";

/// A source tree under git.
pub struct Git<'a> {
    root: &'a Path,
}

impl<'a> Git<'a> {
    pub fn at(root: &'a Path) -> Self {
        Self { root }
    }

    /// The full name of a revision; none when it is not known here, as after a
    /// shallow clone or a rewritten history.
    ///
    /// # Errors
    /// When git cannot be started.
    pub fn revision(&self, name: &str) -> Result<Option<String>> {
        let commit = format!("{name}^{{commit}}");
        let output = self
            .command(&["rev-parse", "--verify", "--quiet", "--end-of-options"])
            .arg(commit)
            .output()
            .context("cannot start git")?;
        let revision = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        Ok((output.status.success() && !revision.is_empty()).then_some(revision))
    }

    /// The beginning of the checked-out revision.
    ///
    /// # Errors
    /// When there is none.
    pub fn short_head(&self) -> Result<String> {
        Ok(self.ask(&["rev-parse", SHORT, "HEAD"])?.trim().to_owned())
    }

    /// Who wrote the checked-out revision.
    ///
    /// # Errors
    /// When there is none.
    pub fn author(&self) -> Result<String> {
        Ok(self.ask(&["log", "-1", "--format=%an"])?.trim().to_owned())
    }

    /// The files that differ between two revisions, from the root of the tree.
    /// One that moved counts twice: where it was and where it is.
    ///
    /// # Errors
    /// When git refuses.
    pub fn changed_files(&self, since: &str, until: &str) -> Result<Vec<String>> {
        let names = self.ask(&[
            "diff",
            "--name-only",
            "--no-renames",
            "--no-ext-diff",
            "-z",
            since,
            until,
            "--",
        ])?;
        Ok(names
            .split('\0')
            .filter(|name| !name.is_empty())
            .map(str::to_owned)
            .collect())
    }

    /// A file as it was at a revision; none when it was not there.
    ///
    /// # Errors
    /// When git cannot be started, or the file is not text.
    pub fn file_at(&self, revision: &str, path: &str) -> Result<Option<String>> {
        let output = self
            .command(&["show", "--end-of-options"])
            .arg(format!("{revision}:{path}"))
            .stderr(Stdio::null())
            .output()
            .context("cannot start git")?;
        if !output.status.success() {
            return Ok(None);
        }
        String::from_utf8(output.stdout)
            .map(Some)
            .with_context(|| format!("{path} is not text"))
    }

    fn ask(&self, words: &[&str]) -> Result<String> {
        let output = self.command(words).output().context("cannot start git")?;
        if !output.status.success() {
            bail!(
                "git {}: {}",
                words.first().unwrap_or(&""),
                String::from_utf8_lossy(&output.stderr).trim()
            );
        }
        String::from_utf8(output.stdout).context("git's answer is not text")
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new("git");
        command
            .current_dir(self.root)
            .args(words)
            .stdin(Stdio::null());
        command
    }
}
