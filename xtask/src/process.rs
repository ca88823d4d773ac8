//! Starting programs so that Ctrl-C and `kill` leave nothing behind.

use std::ffi::OsStr;
use std::io::{self, IsTerminal};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, Command, ExitStatus};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

/// How long a program may take to leave after it was asked to.
///
/// Servers of this project promise ten seconds; two more for a busy machine.
pub const GRACE: Duration = Duration::from_secs(12);

/// How often a child is polled for its end.
const POLL_INTERVAL: Duration = Duration::from_millis(50);

/// Handles termination signals while it exists, so that an interrupted task can clean
/// up.
pub struct Session {
    signals: Receiver<i32>,
}

impl Session {
    /// Installs handlers of SIGINT, SIGTERM and SIGHUP.
    ///
    /// # Errors
    /// When the system refuses the signal handlers.
    pub fn start() -> Result<Self> {
        let mut arriving =
            Signals::new([SIGINT, SIGTERM, SIGHUP]).context("cannot listen for signals")?;
        let (sender, signals) = mpsc::channel();
        thread::spawn(move || {
            for signal in arriving.forever() {
                if sender.send(signal).is_err() {
                    return;
                }
            }
        });
        Ok(Self { signals })
    }

    /// Runs a program to its end.
    ///
    /// # Errors
    /// When it cannot be started, fails, or the user interrupts it.
    pub fn run(&self, command: &mut Command) -> Result<()> {
        let status = self.status(command)?;
        if !status.success() {
            bail!("{} failed: {status}", name_of(command));
        }
        Ok(())
    }

    /// Runs a program to its end and returns how it ended.
    ///
    /// It shares our process group, so that the terminal's Ctrl-C reaches it
    /// directly; a signal sent to this process alone is passed on.
    ///
    /// # Errors
    /// When it cannot be started or the user interrupts it.
    pub fn status(&self, command: &mut Command) -> Result<ExitStatus> {
        self.refuse_if_interrupted()?;
        let mut child = spawn(command)?;
        let Some(signal) = self.wait(&mut child)? else {
            return child.wait().context("lost track of a program");
        };
        let terminal_signalled_it = signal == SIGINT && io::stdin().is_terminal();
        if !terminal_signalled_it {
            send(&child, Signal::TERM);
        }
        finish(&mut child, GRACE)?;
        bail!("interrupted")
    }

    /// Runs a server until it ends by itself or the user interrupts; then
    /// stops it with SIGTERM, once, and waits up to [`GRACE`].
    ///
    /// `ready` is called about twenty times a second until it answers true.
    ///
    /// # Errors
    /// When the server cannot be started, fails, or has to be killed.
    pub fn serve(&self, command: &mut Command, mut ready: impl FnMut() -> bool) -> Result<()> {
        self.refuse_if_interrupted()?;
        // A group of its own: the terminal's Ctrl-C comes to us alone, and the
        // server hears of it exactly once.
        let mut child = spawn(command.process_group(0))?;
        let mut announced = false;
        loop {
            if let Some(status) = child.try_wait()? {
                if status.success() {
                    return Ok(());
                }
                bail!("{} ended: {status}", name_of(command));
            }
            announced = announced || ready();
            match self.signals.recv_timeout(POLL_INTERVAL) {
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => thread::sleep(POLL_INTERVAL),
                Ok(_) => break,
            }
        }
        eprintln!("Stopping…");
        send(&child, Signal::TERM);
        let status = finish(&mut child, GRACE)?;
        if status.signal() == Some(Signal::KILL.as_raw()) {
            bail!("{} did not stop and was killed", name_of(command));
        }
        Ok(())
    }

    /// Waits until the child ends (none) or a signal arrives (its number).
    fn wait(&self, child: &mut Child) -> Result<Option<i32>> {
        loop {
            if child.try_wait()?.is_some() {
                return Ok(None);
            }
            match self.signals.recv_timeout(POLL_INTERVAL) {
                Ok(signal) => return Ok(Some(signal)),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => thread::sleep(POLL_INTERVAL),
            }
        }
    }

    /// Waits a moment; whether the user interrupts.
    pub fn is_interrupted(&self) -> bool {
        match self.signals.recv_timeout(POLL_INTERVAL) {
            Ok(_) => true,
            Err(RecvTimeoutError::Timeout) => false,
            Err(RecvTimeoutError::Disconnected) => {
                thread::sleep(POLL_INTERVAL);
                false
            }
        }
    }

    /// # Errors
    /// When a signal arrived since the last program ended.
    pub fn refuse_if_interrupted(&self) -> Result<()> {
        if self.signals.try_recv().is_ok() {
            bail!("interrupted");
        }
        Ok(())
    }
}

/// Starts a program, naming it when that fails.
///
/// # Errors
/// When it does not exist or may not be started.
pub fn spawn(command: &mut Command) -> Result<Child> {
    command
        .spawn()
        .with_context(|| format!("cannot start {}", name_of(command)))
}

/// Sends a signal to a child that has not been waited for yet.
pub fn send(child: &Child, signal: Signal) {
    if let Some(pid) = i32::try_from(child.id()).ok().and_then(Pid::from_raw) {
        // The only failure is that it is gone, which is what we want.
        let _ = rustix::process::kill_process(pid, signal);
    }
}

/// Waits for a child that was asked to leave; kills it when `grace` is over.
///
/// # Errors
/// When the system loses track of the child.
pub fn finish(child: &mut Child, grace: Duration) -> Result<ExitStatus> {
    let deadline = Instant::now() + grace;
    while Instant::now() < deadline {
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        thread::sleep(POLL_INTERVAL);
    }
    child.kill()?;
    child.wait().context("lost track of a program")
}

/// A command whose process gets `signal` when this one is killed (`PR_SET_PDEATHSIG`). Where `setpriv` does not exist, a plain command.
pub fn dies_with_parent(signal: &str, program: impl AsRef<OsStr>) -> Command {
    if !crate::machine::on_path("setpriv") {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", signal]).arg(program);
    command
}

/// The program's name and first words, for messages.
fn name_of(command: &Command) -> String {
    let program = command.get_program().to_string_lossy();
    let mut words = vec![program.rsplit('/').next().unwrap_or(&program).to_owned()];
    words.extend(
        command
            .get_args()
            .take(3)
            .map(|word| word.to_string_lossy().into_owned()),
    );
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Stdio;

    #[test]
    fn a_failure_names_the_program_and_its_first_words() {
        let session = Session::start().unwrap();
        let error = session
            .run(Command::new("/bin/sh").args(["-c", "exit 3"]))
            .unwrap_err();
        assert_eq!(error.to_string(), "sh -c exit 3 failed: exit status: 3");
    }

    #[test]
    fn a_missing_program_is_named() {
        let session = Session::start().unwrap();
        let error = session
            .run(&mut Command::new("/nowhere/at-all"))
            .unwrap_err();
        assert_eq!(error.to_string(), "cannot start at-all");
    }

    #[test]
    fn a_child_that_ignores_the_request_is_killed() {
        let mut child = Command::new("sh")
            .args(["-c", "trap '' TERM; read never"])
            .stdin(Stdio::piped())
            .process_group(0)
            .spawn()
            .unwrap();
        let status = finish(&mut child, Duration::ZERO).unwrap();
        assert_eq!(status.signal(), Some(Signal::KILL.as_raw()));
    }
}
