//! Programs that go on after this one, and that a later run of it ends.

use std::fs::{self, File};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result};
use rustix::process::{Pid, Signal, kill_process};

use crate::docker::wait;

/// Starts it; `name`.log and `name`.pid lie in `dir`.
pub fn start(dir: &Path, name: &str, command: &mut Command) -> Result<()> {
    let log = File::create(dir.join(format!("{name}.log")))?;
    let child = command
        .stdin(Stdio::null())
        .stdout(log.try_clone()?)
        .stderr(log)
        .process_group(0)
        .spawn()
        .with_context(|| name.to_owned())?;
    let id = i32::try_from(child.id())?;
    let since = since(id).with_context(|| format!("{name} ended at once"))?;
    fs::write(dir.join(format!("{name}.pid")), format!("{id} {since}"))?;
    Ok(())
}

/// Asks it by `signal` to end, and ends it when it has not after `patience`.
pub fn stop(dir: &Path, name: &str, signal: Signal, patience: Duration) {
    let Some((pid, since_then)) = noted(dir, name) else {
        return;
    };
    // A process of that number may be somebody else's, since a restart.
    let runs = || since(pid.as_raw_nonzero().get()).as_ref() == Some(&since_then);
    if !runs() {
        return;
    }
    let _ = kill_process(pid, signal);
    if wait("it ends", patience, || Ok(!runs())).is_err() {
        let _ = kill_process(pid, Signal::KILL);
    }
}

/// What [`start`] wrote down: the process and since when it runs.
fn noted(dir: &Path, name: &str) -> Option<(Pid, String)> {
    let text = fs::read_to_string(dir.join(format!("{name}.pid"))).ok()?;
    let (id, since) = text.split_once(' ')?;
    Some((Pid::from_raw(id.parse().ok()?)?, since.to_owned()))
}

/// When this process began, in clock ticks since this machine did, with the
/// machine's own id; `None` when it runs no more (proc(5), `starttime`).
fn since(id: i32) -> Option<String> {
    let stat = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    // After the name in parentheses, which may hold anything: state, then the rest.
    let mut rest = stat.rsplit_once(") ")?.1.split(' ');
    let state = rest.next()?;
    let ticks = rest.nth(18)?;
    let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    (state != "Z").then(|| format!("{ticks} {}", boot.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_process_that_was_started_is_ended() {
        let dir = tempfile::tempdir().unwrap();
        let sleep = || Command::new("sleep").arg("600").spawn().unwrap();
        start(dir.path(), "mine", Command::new("sleep").arg("600")).unwrap();
        let (mine, since_then) = noted(dir.path(), "mine").unwrap();
        let mine = mine.as_raw_nonzero().get();
        assert_eq!(since(mine).as_ref(), Some(&since_then));

        let mut other = sleep();
        let note = format!("{} {since_then}0", other.id());
        fs::write(dir.path().join("other.pid"), note).unwrap();
        let patience = Duration::from_secs(30);
        stop(dir.path(), "other", Signal::TERM, patience);
        assert!(
            other.try_wait().unwrap().is_none(),
            "it was somebody else's"
        );
        other.kill().unwrap();
        other.wait().unwrap();

        stop(dir.path(), "mine", Signal::TERM, patience);
        assert_eq!(since(mine), None);
        stop(dir.path(), "never", Signal::TERM, patience);
    }
}
