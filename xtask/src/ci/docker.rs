//! Runs Docker's command line, with a timeout and until the user interrupts.

use std::env;
use std::ffi::OsStr;
use std::io::Read;
use std::os::unix::fs::symlink;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use tempfile::TempDir;

use super::target::Variables;
use crate::process::{self, Session};

/// How long one answer may take. The longest asks a registry what a tag stands
/// for.
const TIMEOUT: Duration = Duration::from_secs(120);

/// Names a file with what `docker login` would write: the registry's credentials.
const AUTH: &str = "WING_REGISTRY_AUTH_FILE";

/// Docker's command line. Which engine it speaks to is said by `DOCKER_HOST`.
pub struct Docker {
    /// Stands in for `~/.docker`, so that credentials come from the file alone.
    config: Option<TempDir>,
    /// The variables of a stack's files.
    variables: Variables,
}

impl Docker {
    /// Docker with the credentials that the environment names, or with the user's
    /// own where it names none. `variables` are those of a stack's files.
    ///
    /// # Errors
    /// When the file of the credentials is not there.
    pub fn with(variables: Variables) -> Result<Self> {
        let Some(file) = env::var_os(AUTH).filter(|file| !file.is_empty()) else {
            return Ok(Self {
                config: None,
                variables,
            });
        };
        let file = std::fs::canonicalize(&file)
            .with_context(|| format!("{AUTH} names {}", file.display()))?;
        let config = tempfile::tempdir()?;
        // A link, so that no second copy of a secret stays behind.
        symlink(file, config.path().join("config.json"))?;
        Ok(Self {
            config: Some(config),
            variables,
        })
    }

    /// Runs a command whose output is for the user, however long it takes.
    ///
    /// # Errors
    /// When it fails or the user interrupts it.
    pub fn run<S: AsRef<OsStr>>(
        &self,
        session: &Session,
        words: impl IntoIterator<Item = S>,
    ) -> Result<()> {
        session.run(self.command().args(words))
    }

    /// Runs a command for what it prints.
    ///
    /// # Errors
    /// When it fails (with what it said), takes too long, or the user interrupts it.
    pub fn ask<S: AsRef<OsStr>>(
        &self,
        session: &Session,
        words: impl IntoIterator<Item = S>,
    ) -> Result<String> {
        let mut command = self.command();
        command
            .args(words)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = process::spawn(&mut command)?;
        let stdout = reader(child.stdout.take());
        let stderr = reader(child.stderr.take());
        let deadline = Instant::now() + TIMEOUT;
        let status = loop {
            if let Some(status) = child.try_wait()? {
                break status;
            }
            let interrupted = session.is_interrupted();
            if interrupted || Instant::now() > deadline {
                child.kill()?;
                child.wait()?;
                if interrupted {
                    bail!("interrupted");
                }
                bail!("Docker did not answer within {} s", TIMEOUT.as_secs());
            }
        };
        let stdout = stdout.join().unwrap_or_default();
        let stderr = stderr.join().unwrap_or_default();
        if !status.success() {
            bail!("docker: {}", String::from_utf8_lossy(&stderr).trim());
        }
        String::from_utf8(stdout).context("Docker's answer is not text")
    }

    fn command(&self) -> Command {
        let mut command = Command::new("docker");
        command.envs(&self.variables);
        if let Some(config) = &self.config {
            command.env("DOCKER_CONFIG", config.path());
        }
        command
    }
}

/// Reads a pipe to its end, so that the program never waits for us to.
fn reader(pipe: Option<impl Read + Send + 'static>) -> thread::JoinHandle<Vec<u8>> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut pipe) = pipe {
            // What was read before an error is worth showing.
            let _ = pipe.read_to_end(&mut bytes);
        }
        bytes
    })
}
