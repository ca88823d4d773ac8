//! Several servers that run beside each other, their logs in one view.

use std::io::{BufRead, BufReader, Read};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Result;
use rustix::process::Signal;

use crate::process::{self, GRACE, Session};

/// A server by name.
pub struct Member {
    name: String,
    make: Box<dyn Fn() -> Command>,
}

impl Member {
    /// The server that the command of `make` starts.
    pub fn new(name: String, make: Box<dyn Fn() -> Command>) -> Self {
        Self { name, make }
    }
}

struct Running {
    member: Member,
    child: Child,
    /// Not started again before this moment, once it has ended.
    again: Option<Instant>,
}

/// All of them. Dropping it stops whoever still runs.
#[derive(Default)]
pub struct Supervisor(Vec<Running>);

/// How long one that ended stays away.
const PAUSE: Duration = Duration::from_secs(1);

impl Supervisor {
    /// Starts one more.
    ///
    /// # Errors
    /// When the program cannot be started.
    pub fn start(&mut self, member: Member) -> Result<()> {
        let child = begin(&member)?;
        self.0.push(Running {
            member,
            child,
            again: None,
        });
        Ok(())
    }

    /// Runs them until the user interrupts. One that ends is started again, as an
    /// orchestrator would do elsewhere.
    ///
    /// `ready` is called now and then until it answers true.
    ///
    /// # Errors
    /// When a program cannot be started again.
    pub fn work(mut self, session: &Session, mut ready: impl FnMut() -> bool) -> Result<()> {
        let mut announced = false;
        while !session.is_interrupted() {
            for one in &mut self.0 {
                one.look_after()?;
            }
            announced = announced || ready();
        }
        eprintln!("Stopping…");
        Ok(())
    }
}

impl Running {
    fn look_after(&mut self) -> Result<()> {
        match self.again {
            Some(at) if Instant::now() >= at => {
                self.child = begin(&self.member)?;
                self.again = None;
            }
            Some(_) => {}
            None => {
                if let Some(status) = self.child.try_wait()? {
                    eprintln!("{} ended ({status}) and is started again", self.member.name);
                    self.again = Some(Instant::now() + PAUSE);
                }
            }
        }
        Ok(())
    }
}

impl Drop for Supervisor {
    fn drop(&mut self) {
        // The edge first, so that nobody is sent to who is leaving.
        for one in self.0.iter_mut().rev() {
            process::send(&one.child, Signal::TERM);
        }
        for one in self.0.iter_mut().rev() {
            if let Err(error) = process::finish(&mut one.child, GRACE) {
                eprintln!("{} may still run: {error:#}", one.member.name);
            }
        }
    }
}

fn begin(member: &Member) -> Result<Child> {
    let mut command = (member.make)();
    // A group of its own: the terminal's Ctrl-C comes to us alone.
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0);
    let mut child = process::spawn(&mut command)?;
    show(&member.name, child.stdout.take());
    show(&member.name, child.stderr.take());
    Ok(child)
}

/// Prints every line with the name in front.
fn show(name: &str, output: Option<impl Read + Send + 'static>) {
    let Some(output) = output else { return };
    let name = name.to_owned();
    thread::spawn(move || {
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            println!("{name:<8} │ {line}");
        }
    });
}
