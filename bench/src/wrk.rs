//! Load as fast as the server takes it, made by wrk.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, ensure};

use crate::bench::CLIENT_CORE;
use crate::process::cpu_seconds;

/// What is asked for, over how many connections at once.
#[derive(Clone, Debug)]
pub struct Load {
    /// Scheme and address, or the one address all requests go to.
    pub url: String,
    /// `Name: value`.
    pub headers: Vec<String>,
    /// Connections, each with one request under way.
    pub connections: usize,
    script: PathBuf,
}

/// One request of a mixture.
#[derive(Clone, Debug)]
pub struct Request {
    /// `GET` or `POST`.
    pub method: &'static str,
    /// Path and query.
    pub path: String,
    /// One more header, `Name` and `value`.
    pub header: Option<(&'static str, String)>,
    /// Sent as JSON.
    pub body: Option<String>,
}

impl Request {
    /// A plain GET.
    pub fn get(path: impl Into<String>) -> Self {
        Self {
            method: "GET",
            path: path.into(),
            header: None,
            body: None,
        }
    }
}

/// Prints the figures at the end in a form that is read back here.
const DONE: &str = "done = function(summary, latency)\n\
    io.write(string.format('FIGURES %d %d %d %d %d %d\\n', summary.duration, summary.requests, \
    summary.bytes, latency:percentile(50), latency:percentile(99), \
    summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout))\n\
    end\n";

impl Load {
    /// One address over and over.
    ///
    /// # Errors
    /// When the script cannot be written into `dir`.
    pub fn one(dir: &Path, url: impl Into<String>, connections: usize) -> Result<Self> {
        let script = dir.join("one.lua");
        fs::write(&script, DONE)?;
        Ok(Self {
            url: url.into(),
            headers: Vec::new(),
            connections,
            script,
        })
    }

    /// Requests drawn from a list, which wrk prepares before it begins.
    ///
    /// # Errors
    /// When the script cannot be written into `dir`.
    pub fn drawn(
        dir: &Path,
        name: &str,
        base: &str,
        connections: usize,
        requests: &[Request],
    ) -> Result<Self> {
        let mut script = String::from("local list = {}\ninit = function()\n");
        script.push_str("  local headers = {}\n");
        script.push_str("  local function add(method, path, name, value, body)\n");
        script
            .push_str("    local own = {}\n    for k, v in pairs(wrk.headers) do own[k] = v end\n");
        script.push_str("    if name then own[name] = value end\n");
        script.push_str("    if body then own['Content-Type'] = 'application/json' end\n");
        script.push_str("    list[#list + 1] = wrk.format(method, path, own, body)\n  end\n");
        // Lua bounds the constants of one function, so the list is data.
        let data = dir.join(format!("{name}.requests"));
        let lines: String = requests.iter().map(line).collect();
        fs::write(&data, lines)?;
        script.push_str(&format!(
            "  for line in io.lines('{}') do\n",
            data.display()
        ));
        script.push_str("    local part = {}\n    for piece in (line .. '\\t'):gmatch('(.-)\\t') do part[#part + 1] = piece ~= '' and piece or false end\n");
        script.push_str(
            "    add(part[1], part[2], part[3] or nil, part[4] or nil, part[5] or nil)\n  end\n",
        );
        script.push_str("  math.randomseed(7)\nend\n");
        script.push_str("request = function() return list[math.random(#list)] end\n");
        script.push_str(DONE);
        let path = dir.join(format!("{name}.lua"));
        fs::write(&path, script)?;
        Ok(Self {
            url: base.to_owned(),
            headers: Vec::new(),
            connections,
            script: path,
        })
    }

    /// The same with one more header, `Name: value`.
    pub fn with(mut self, header: impl Into<String>) -> Self {
        self.headers.push(header.into());
        self
    }

    /// Asks for some seconds, and charges the processor time of `servers` to
    /// the requests.
    ///
    /// # Errors
    /// When wrk fails.
    pub fn run(&self, seconds: u64, servers: &[u32]) -> Result<Figures> {
        let spent = || servers.iter().copied().map(cpu_seconds).sum::<f64>();
        let before = spent();
        let output = self.command(seconds).output().context("running wrk")?;
        let cpu = spent() - before;
        let text = String::from_utf8_lossy(&output.stdout);
        let figures = read(&text, cpu).with_context(|| {
            format!(
                "wrk printed no figures: {text}{}",
                String::from_utf8_lossy(&output.stderr)
            )
        })?;
        ensure!(figures.requests > 0, "no answer from {}", self.url);
        Ok(figures)
    }

    fn command(&self, seconds: u64) -> Command {
        let mut command = Command::new("setpriv");
        command.args([
            "--pdeathsig",
            "TERM",
            "taskset",
            "-c",
            &CLIENT_CORE.to_string(),
            "wrk",
            "-t1",
        ]);
        command.args([format!("-c{}", self.connections), format!("-d{seconds}s")]);
        command.arg("-s").arg(&self.script);
        for header in &self.headers {
            command.args(["-H", header]);
        }
        command.arg(&self.url).stdin(Stdio::null());
        command
    }
}

fn line(request: &Request) -> String {
    let (name, value) = request.header.clone().unwrap_or_default();
    let body = request.body.as_deref().unwrap_or_default();
    format!(
        "{}\t{}\t{name}\t{value}\t{body}\n",
        request.method, request.path
    )
}

/// What one measurement found.
#[derive(Clone, Copy, Debug)]
pub struct Figures {
    /// Answers.
    pub requests: u64,
    /// Answers a second.
    pub per_second: f64,
    /// Mebibytes a second, heads included.
    pub mib_per_second: f64,
    /// Milliseconds.
    pub p50: f64,
    /// Milliseconds.
    pub p99: f64,
    /// Microseconds of the server's processor time a request.
    pub cpu: f64,
    /// Answers from 400 on, and connections that failed.
    pub failed: u64,
}

fn read(text: &str, cpu: f64) -> Option<Figures> {
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix("FIGURES "))?;
    let numbers: Vec<u64> = line
        .split(' ')
        .map_while(|word| word.parse().ok())
        .collect();
    let [micros, requests, bytes, p50, p99, failed] = numbers[..] else {
        return None;
    };
    let seconds = micros as f64 / 1e6;
    Some(Figures {
        requests,
        per_second: requests as f64 / seconds,
        mib_per_second: bytes as f64 / 1_048_576.0 / seconds,
        p50: p50 as f64 / 1e3,
        p99: p99 as f64 / 1e3,
        cpu: cpu * 1e6 / requests.max(1) as f64,
        failed,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_read_between_other_lines() {
        let figures = read(
            "Running 1s test\nFIGURES 2000000 4000 2097152 150 900 3\n",
            0.5,
        )
        .unwrap();
        assert_eq!(figures.per_second, 2000.0);
        assert_eq!(figures.mib_per_second, 1.0);
        assert_eq!((figures.p50, figures.p99, figures.failed), (0.15, 0.9, 3));
        assert_eq!(figures.cpu, 125.0);
        assert!(read("Running\n", 0.0).is_none());
    }
}
