//! Runs several servers at once, restarts those that end, and shows their logs together.

use std::io::{BufRead, BufReader, Read};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Result;
use rustix::process::Signal;

use crate::process::{self, GRACE, Session};

/// A server to run, by name.
pub struct Program {
    name: String,
    make: Box<dyn Fn() -> Command>,
}

impl Program {
    /// The server that the command of `make` starts.
    pub fn new(name: String, make: Box<dyn Fn() -> Command>) -> Self {
        Self { name, make }
    }
}

struct Running {
    program: Program,
    child: Child,
    /// Once it has ended: when it is restarted.
    restart_at: Option<Instant>,
}

/// The servers that run. Dropping it stops them.
#[derive(Default)]
pub struct Supervisor(Vec<Running>);

/// How long after its end a server is restarted.
const RESTART_DELAY: Duration = Duration::from_secs(1);

impl Supervisor {
    /// Starts one more.
    ///
    /// # Errors
    /// When the program cannot be started.
    pub fn start(&mut self, program: Program) -> Result<()> {
        let child = begin(&program)?;
        self.0.push(Running {
            program,
            child,
            restart_at: None,
        });
        Ok(())
    }

    /// Runs them until the user interrupts. One that ends is restarted, as an orchestrator
    /// would.
    ///
    /// `ready` is called now and then until it answers true.
    ///
    /// # Errors
    /// When a program cannot be started again.
    pub fn run(mut self, session: &Session, mut ready: impl FnMut() -> bool) -> Result<()> {
        let mut announced = false;
        while !session.is_interrupted() {
            for one in &mut self.0 {
                one.restart_if_ended()?;
            }
            announced = announced || ready();
        }
        eprintln!("Stopping…");
        Ok(())
    }
}

impl Running {
    fn restart_if_ended(&mut self) -> Result<()> {
        match self.restart_at {
            Some(at) if Instant::now() >= at => {
                self.child = begin(&self.program)?;
                self.restart_at = None;
            }
            Some(_) => {}
            None => {
                if let Some(status) = self.child.try_wait()? {
                    eprintln!(
                        "{} ended ({status}) and is started again",
                        self.program.name
                    );
                    self.restart_at = Some(Instant::now() + RESTART_DELAY);
                }
            }
        }
        Ok(())
    }
}

impl Drop for Supervisor {
    fn drop(&mut self) {
        // The edge first, so that it sends no request to a server that is stopping.
        for one in self.0.iter_mut().rev() {
            process::send(&one.child, Signal::TERM);
        }
        for one in self.0.iter_mut().rev() {
            if let Err(error) = process::finish(&mut one.child, GRACE) {
                eprintln!("{} may still run: {error:#}", one.program.name);
            }
        }
    }
}

fn begin(program: &Program) -> Result<Child> {
    let mut command = (program.make)();
    // A group of its own: the terminal's Ctrl-C comes to us alone.
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0);
    let mut child = process::spawn(&mut command)?;
    show(&program.name, child.stdout.take());
    show(&program.name, child.stderr.take());
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
