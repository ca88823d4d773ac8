//! Programs as children of this one, foremost the real one.

use std::io::{BufRead as _, BufReader};
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use rustix::process::{Pid, Signal, kill_process};

use crate::{Client, Musician, Options, wait_for, wait_until};

/// A running `wing`; killed when dropped.
#[derive(Debug)]
pub struct SpawnedProcess {
    /// `http://127.0.0.1:PORT`
    pub base_url: String,
    child: Child,
    output: Arc<Mutex<String>>,
}

impl SpawnedProcess {
    /// Starts it on the data and the database of before, on a free port unless
    /// `WING_ADDR` is among the options, and waits until it is ready.
    pub async fn start(data: &Path, database_url: &str, options: &Options) -> Self {
        Self::start_with(Command::new(binary()), data, database_url, options).await
    }

    /// [`SpawnedProcess::start`] through a program that starts its last
    /// argument, such as `prlimit`.
    pub async fn start_with(
        mut command: Command,
        data: &Path,
        database_url: &str,
        options: &Options,
    ) -> Self {
        let mut child = command
            .arg("serve")
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env(
                "WING_LOG",
                "debug,h2=info,hyper=info,mio=info,symphonia=info,symphonia_core=info",
            )
            .env("WING_ADDR", "127.0.0.1:0")
            .envs(options.variables())
            .env("WING_DATA", data)
            .env("WING_DATABASE_URL", database_url)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .expect("the program starts");
        let output = Arc::new(Mutex::new(String::new()));
        let stdout = child.stdout.take().expect("its output");
        std::thread::spawn({
            let output = Arc::clone(&output);
            move || {
                for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                    let mut output = output.lock().unwrap_or_else(PoisonError::into_inner);
                    output.push_str(&line);
                    output.push('\n');
                }
            }
        });
        let mut process = Self {
            base_url: String::new(),
            child,
            output,
        };
        process.base_url = wait_for("the program listens", || {
            assert!(
                !process.has_ended(),
                "the program ended:\n{}",
                process.output()
            );
            let address = address_in(&process.output());
            async move { address }
        })
        .await;
        process.wait_until_ready().await;
        process
    }

    async fn wait_until_ready(&self) {
        let http = reqwest::Client::new();
        let url = format!("{}/readyz", self.base_url);
        wait_until("the program is ready", || {
            let request = http.get(&url).send();
            async move { request.await.is_ok_and(|answer| answer.status() == 200) }
        })
        .await;
    }

    /// What it has logged so far.
    pub fn output(&self) -> String {
        self.output
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Somebody without an account.
    pub fn nobody(&self) -> Client {
        Client::nobody(&self.base_url)
    }

    /// A musician who is logged in.
    pub async fn musician(&self) -> Musician {
        Musician::new(Client::signed_up(&self.base_url, "musician").await)
    }

    /// The same account, at where the program answers now.
    pub async fn again(&self, client: &Client) -> Musician {
        let mut moved = Client::nobody(&self.base_url);
        moved.email.clone_from(&client.email);
        moved.id.clone_from(&client.id);
        moved.log_in().await;
        Musician::new(moved)
    }

    /// `kill -9`: it gets no chance to tidy up.
    pub fn kill(mut self) {
        self.child.kill().expect("killed");
        self.child.wait().expect("it ended");
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// The most memory it has held at once so far, in bytes (`VmHWM`).
    pub fn peak_memory(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()));
        status
            .expect("the state of the program")
            .lines()
            .find_map(|line| {
                let kilobytes = line.strip_prefix("VmHWM:")?.trim().strip_suffix("kB")?;
                Some(kilobytes.trim().parse::<u64>().ok()? * 1024)
            })
            .expect("the peak of its memory")
    }

    /// The processes it has started and that run, by name.
    pub fn children(&self, name: &str) -> Vec<u32> {
        let stat = |entry: std::fs::DirEntry| {
            let pid: u32 = entry.file_name().to_str()?.parse().ok()?;
            let stat = std::fs::read_to_string(entry.path().join("stat")).ok()?;
            let (head, rest) = stat.rsplit_once(')')?;
            let parent = rest.split_whitespace().nth(1)?.parse::<u32>().ok()?;
            let named = head.split_once('(')?.1 == name;
            (named && parent == self.child.id()).then_some(pid)
        };
        let all = std::fs::read_dir("/proc").expect("the processes");
        all.flatten().filter_map(stat).collect()
    }

    /// SIGTERM.
    pub fn ask_to_stop(&self) {
        let pid = i32::try_from(self.child.id())
            .ok()
            .and_then(Pid::from_raw)
            .expect("a process");
        kill_process(pid, Signal::TERM).expect("asked");
    }

    /// Waits for its end.
    pub async fn ended(&mut self) -> ExitStatus {
        let child = &mut self.child;
        wait_for("the program ended", || {
            let status = child.try_wait().expect("a child");
            async move { status }
        })
        .await
    }

    fn has_ended(&self) -> bool {
        let pid = i32::try_from(self.child.id())
            .ok()
            .and_then(Pid::from_raw)
            .expect("a process");
        // A child that ended and was not waited for still counts as there; what
        // it was doing does not.
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero()));
        stat.map_or(true, |stat| {
            stat.rsplit(')')
                .next()
                .is_some_and(|rest| rest.starts_with(" Z"))
        })
    }
}

impl Drop for SpawnedProcess {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The address in the line that says it listens.
fn address_in(output: &str) -> Option<String> {
    output.lines().find_map(|line| {
        let line: serde_json::Value = serde_json::from_str(line).ok()?;
        let address = line["address"].as_str()?;
        (line["message"] == "listening").then(|| format!("http://{address}"))
    })
}

/// The program: `WING_TEST_BIN`, else the one beside the tests, built when it
/// is not there.
pub fn binary() -> PathBuf {
    if let Some(given) = std::env::var_os("WING_TEST_BIN") {
        return given.into();
    }
    program("wing", "wing-monolith")
}

/// A program of this workspace, beside the tests, built when it is not there.
pub(crate) fn program(name: &str, package: &str) -> PathBuf {
    let this = std::env::current_exe().expect("this program");
    let path = this
        .ancestors()
        .nth(2)
        .expect("a target directory")
        .join(name);
    if !path.is_file() {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let built = Command::new(cargo)
            .args(["build", "--quiet", "--package", package, "--bin", name])
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .status()
            .expect("cargo");
        assert!(built.success(), "the program does not build");
    }
    path
}

/// A program that is killed when dropped.
#[derive(Debug)]
pub struct Killed(Child);

impl Killed {
    /// Starts a program that ends with this one, however this one ends.
    pub(crate) fn start(program: &str, arguments: impl FnOnce(&mut Command)) -> Self {
        let mut command = Command::new("setpriv");
        arguments(command.args(["--pdeathsig", "KILL", program]));
        let child = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        Self(child.unwrap_or_else(|error| panic!("{command:?}: {error}")))
    }
}

impl Drop for Killed {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A port for a program that cannot be given an open socket. Below those that
/// the system gives to others, and apart from those of tests beside this one.
pub fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let mine = u16::try_from(std::process::id() % 2200).unwrap_or_default() * 10;
    (0..1000)
        .map(|_| 10_000 + (mine + NEXT.fetch_add(1, Ordering::Relaxed)) % 22_000)
        .find(|port| TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok())
        .expect("a free port")
}
