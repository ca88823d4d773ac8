//! Running programs, Docker's above all.

use std::io::Write as _;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

/// Runs a program to its end; what it printed.
pub fn run(command: &mut Command) -> Result<String> {
    let output = command
        .stdin(Stdio::null())
        .output()
        .with_context(|| name_of(command))?;
    ensure!(
        output.status.success(),
        "{}: {}",
        name_of(command),
        String::from_utf8_lossy(&output.stderr).trim()
    );
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Runs a program by its words, split at spaces.
pub fn sh(words: &str) -> Result<String> {
    let mut words = words.split_whitespace();
    let program = words.next().context("no program")?;
    run(Command::new(program).args(words))
}

/// Runs a program that reads `input`; what it printed.
pub fn feed(command: &mut Command, input: &[u8]) -> Result<String> {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| name_of(command))?;
    if let Some(mut stdin) = child.stdin.take() {
        stdin.write_all(input)?;
    }
    let output = child.wait_with_output()?;
    ensure!(
        output.status.success(),
        "{}: {}",
        name_of(command),
        String::from_utf8_lossy(&output.stderr).trim()
    );
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Docker's answer, a JSON value a line.
pub fn lines(command: &mut Command) -> Result<Vec<Value>> {
    let text = run(command)?;
    text.lines()
        .map(|line| serde_json::from_str(line).context("Docker's answer"))
        .collect()
}

/// Looks until `holds`; how long that took.
pub fn wait(
    what: &str,
    patience: Duration,
    mut holds: impl FnMut() -> Result<bool>,
) -> Result<Duration> {
    let began = Instant::now();
    let mut why = String::new();
    loop {
        match holds() {
            Ok(true) => return Ok(began.elapsed()),
            Ok(false) => {}
            Err(error) => why = format!(" ({error:#})"),
        }
        if began.elapsed() > patience {
            bail!("{what}: not within {} s{why}", patience.as_secs());
        }
        std::thread::sleep(Duration::from_millis(250));
    }
}

fn name_of(command: &Command) -> String {
    let mut name = command.get_program().to_string_lossy().into_owned();
    for word in command.get_args().take(8) {
        name.push(' ');
        name.push_str(&word.to_string_lossy());
    }
    name
}
