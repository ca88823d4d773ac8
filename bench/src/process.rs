//! Child processes that end with us, and what they cost.

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use rustix::process::{Pid, Signal, kill_process};

/// A server of ours. Dropping it ends it.
pub struct Process {
    child: Child,
    name: String,
}

impl Process {
    /// Starts `program` on one core, its standard output going nowhere and its
    /// errors into `log`. Should this process die, that one is stopped.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn start(
        core: usize,
        program: &Path,
        log: &Path,
        with: impl FnOnce(&mut Command),
    ) -> Result<Self> {
        let mut command = Command::new("setpriv");
        command
            .args(["--pdeathsig", "TERM", "taskset", "-c", &core.to_string()])
            .arg(program);
        with(&mut command);
        command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(fs::File::create(log)?);
        let name = program.display().to_string();
        let child = command
            .spawn()
            .with_context(|| format!("starting {name}"))?;
        Ok(Self { child, name })
    }

    /// The process, which the programs in front of it have become.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Waits until `ready` says yes, asking about every two milliseconds.
    ///
    /// # Errors
    /// When the process ends before, or half a minute has passed.
    pub fn wait_until(&mut self, log: &Path, mut ready: impl FnMut() -> bool) -> Result<()> {
        let deadline = Instant::now() + Duration::from_secs(30);
        while !ready() {
            let ended = self.child.try_wait()?;
            if ended.is_some() || Instant::now() > deadline {
                let log = fs::read_to_string(log).unwrap_or_default();
                bail!("{} did not get ready: {}", self.name, log.trim());
            }
            std::thread::sleep(Duration::from_millis(2));
        }
        Ok(())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if let Some(pid) = i32::try_from(self.id()).ok().and_then(Pid::from_raw) {
            let _ = kill_process(pid, Signal::TERM);
        }
        let deadline = Instant::now() + Duration::from_secs(12);
        while Instant::now() < deadline {
            if !matches!(self.child.try_wait(), Ok(None)) {
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Processor seconds of a process with its children, running and finished.
pub fn cpu_seconds(pid: u32) -> f64 {
    let mut ticks =
        ticks_of(&format!("/proc/{pid}/stat")).map_or(0, |stat| stat.own + stat.finished);
    for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
        if let Some(stat) = ticks_of(&format!("{}/stat", entry.path().display()))
            && stat.parent == pid
        {
            ticks += stat.own + stat.finished;
        }
    }
    ticks as f64 / rustix::param::clock_ticks_per_second() as f64
}

struct Ticks {
    parent: u32,
    own: u64,
    finished: u64,
}

/// Fields 4 and 14 to 17 of a `stat` file, see proc(5).
fn ticks_of(path: &str) -> Option<Ticks> {
    let stat = fs::read_to_string(path).ok()?;
    let fields: Vec<&str> = stat.rsplit(')').next()?.split_whitespace().collect();
    let number = |index: usize| fields.get(index)?.parse::<u64>().ok();
    Some(Ticks {
        parent: fields.get(1)?.parse().ok()?,
        own: number(11)? + number(12)?,
        finished: number(13)? + number(14)?,
    })
}

/// What a process holds in memory, in bytes.
#[derive(Clone, Copy, Debug, Default)]
pub struct Memory {
    /// All that is resident.
    pub resident: u64,
    /// Of that, what is the process' own and not a mapped file.
    pub anonymous: u64,
    /// The most that was resident since [`forget_peak`].
    pub peak: u64,
}

/// What a process holds now.
pub fn memory(pid: u32) -> Memory {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let bytes = |name: &str| {
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
        let kib = line.and_then(|rest| rest.trim().strip_suffix(" kB")?.parse::<u64>().ok());
        kib.unwrap_or(0) * 1024
    };
    Memory {
        resident: bytes("VmRSS"),
        anonymous: bytes("RssAnon"),
        peak: bytes("VmHWM"),
    }
}

/// Makes the peak begin anew from what is resident now.
pub fn forget_peak(pid: u32) {
    let _ = fs::write(format!("/proc/{pid}/clear_refs"), "5");
}

/// Bytes as mebibytes with one digit.
pub fn mib(bytes: u64) -> String {
    format!("{:.1} MB", bytes as f64 / 1_048_576.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_costs_something_and_holds_something() {
        let id = std::process::id();
        let memory = memory(id);
        assert!(memory.resident > memory.anonymous && memory.anonymous > 0);
        assert!(memory.peak >= memory.anonymous);
        assert!(ticks_of(&format!("/proc/{id}/stat")).is_some_and(|stat| stat.parent > 0));
    }

    #[test]
    fn a_server_ends_with_its_handle() {
        let dir = tempfile::tempdir().unwrap();
        let log = dir.path().join("log");
        let server = Process::start(0, Path::new("sleep"), &log, |command| {
            command.arg("60");
        })
        .unwrap();
        let id = server.id();
        drop(server);
        assert!(!Path::new(&format!("/proc/{id}")).exists());
    }
}
