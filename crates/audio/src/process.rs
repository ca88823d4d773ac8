//! A child process that can neither hang, nor flood, nor outlive its use.

use std::io::{self, ErrorKind, Read};
use std::os::fd::{AsFd, BorrowedFd};
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, PidfdFlags, pidfd_open, setpriority_process};

use crate::AudioError;
use crate::ffmpeg::Input;

/// Kept of what the child complains about, in bytes.
const LOG_TAIL: usize = 4096;
/// How often a waiting parent looks whether it should stop.
const GLANCE: Duration = Duration::from_millis(100);
/// Audio work yields to requests.
const NICENESS: i32 = 10;

/// What a child said on its standard error.
#[derive(Debug, Default)]
pub(crate) struct Log {
    /// The end of it.
    pub(crate) tail: String,
    /// How many lines there were.
    pub(crate) lines: u64,
}

/// A running child whose standard output is read here. Dropping it kills the child.
pub(crate) struct Process<'a> {
    child: Child,
    stdout: ChildStdout,
    log: Option<JoinHandle<Log>>,
    deadline: Instant,
    limit: Duration,
    cancel: &'a AtomicBool,
}

impl<'a> Process<'a> {
    /// Starts `command` at low priority, with `input` on its standard input. It is killed when `limit` has passed or `cancel` is set.
    pub(crate) fn start(
        mut command: Command,
        input: Input,
        limit: Duration,
        cancel: &'a AtomicBool,
    ) -> Result<Self, AudioError> {
        if input.is_some() {
            command.stdin(Stdio::piped());
        }
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        // Failing to be nice is no reason to fail.
        let _ = setpriority_process(Some(Pid::from_child(&child)), NICENESS);
        let (Some(stdout), Some(stderr)) = (child.stdout.take(), child.stderr.take()) else {
            return Err(io::Error::other("the child has no pipes").into());
        };
        if let (Some(mut input), Some(mut stdin)) = (input, child.stdin.take()) {
            // It ends with the child, whose end of the pipe is then closed. A child that has
            // enough before the end of the input is no fault of anybody's.
            std::thread::spawn(move || io::copy(&mut input, &mut stdin));
        }
        let log = std::thread::spawn(move || drain(stderr));
        let deadline = Instant::now() + limit;
        Ok(Process {
            child,
            stdout,
            log: Some(log),
            deadline,
            limit,
            cancel,
        })
    }

    /// Reads some of the child's output; 0 at its end.
    pub(crate) fn read(&mut self, buf: &mut [u8]) -> Result<usize, AudioError> {
        loop {
            wait_readable(self.stdout.as_fd(), self.deadline, self.limit, self.cancel)?;
            match self.stdout.read(buf) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                result => return Ok(result?),
            }
        }
    }

    /// Waits for the child to end and gives its status and what it complained about.
    pub(crate) fn finish(mut self) -> Result<(ExitStatus, Log), AudioError> {
        let pid = Pid::from_child(&self.child);
        if let Ok(handle) = pidfd_open(pid, PidfdFlags::empty()) {
            wait_readable(handle.as_fd(), self.deadline, self.limit, self.cancel)?;
        }
        let status = self.child.wait()?;
        let log = self
            .log
            .take()
            .and_then(|thread| thread.join().ok())
            .unwrap_or_default();
        Ok((status, log))
    }
}

impl Drop for Process<'_> {
    fn drop(&mut self) {
        // Both do nothing once the child was waited for.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn wait_readable(
    fd: BorrowedFd<'_>,
    deadline: Instant,
    limit: Duration,
    cancel: &AtomicBool,
) -> Result<(), AudioError> {
    loop {
        if cancel.load(Ordering::Relaxed) {
            return Err(AudioError::Cancelled);
        }
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(AudioError::TimedOut { limit });
        }
        let wait = left.min(GLANCE);
        let wait = Timespec {
            tv_sec: 0,
            tv_nsec: wait.subsec_nanos().into(),
        };
        match poll(
            &mut [PollFd::from_borrowed_fd(fd, PollFlags::IN)],
            Some(&wait),
        ) {
            Ok(0) | Err(rustix::io::Errno::INTR) => {}
            Ok(_) => return Ok(()),
            Err(error) => return Err(io::Error::from(error).into()),
        }
    }
}

/// Reads to the end so that the child never blocks on a full pipe; remembers only the tail.
fn drain(mut stderr: impl Read) -> Log {
    let (mut tail, mut lines) = (Vec::new(), 0);
    let mut buf = [0; LOG_TAIL];
    loop {
        match stderr.read(&mut buf) {
            Ok(0) => break,
            Ok(read) => {
                lines += buf[..read].iter().filter(|b| **b == b'\n').count() as u64;
                tail.extend_from_slice(&buf[..read]);
                let excess = tail.len().saturating_sub(LOG_TAIL);
                tail.drain(..excess);
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(_) => break,
        }
    }
    Log {
        tail: String::from_utf8_lossy(&tail).into_owned(),
        lines,
    }
}
