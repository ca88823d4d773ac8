//! What all this was measured on.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

/// The root of the source tree.
pub fn source_tree() -> PathBuf {
    let here = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    here.parent().map(PathBuf::from).unwrap_or(here)
}

/// Processor, memory, system, and the versions of what takes part.
pub fn description() -> String {
    let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
    let field = |text: &str, name: &str| {
        let line = text.lines().find(|line| line.starts_with(name))?;
        Some(
            line.split_once([':', '='])?
                .1
                .trim()
                .trim_matches('"')
                .to_owned(),
        )
    };
    let cpu = read("/proc/cpuinfo");
    let cores = cpu
        .lines()
        .filter(|line| line.starts_with("processor"))
        .count();
    let kib: u64 = field(&read("/proc/meminfo"), "MemTotal")
        .and_then(|text| text.split(' ').next()?.parse().ok())
        .unwrap_or(0);
    let unknown = || "unknown".to_owned();
    format!(
        "Machine: {} ({cores} cores), {} GB memory, Linux {}, {}. With {}.",
        field(&cpu, "model name").unwrap_or_else(unknown),
        kib / 1_048_576,
        read("/proc/sys/kernel/osrelease").trim(),
        field(&read("/etc/os-release"), "PRETTY_NAME").unwrap_or_else(unknown),
        [
            version("rustc", &["--version"], 2),
            version("nginx", &["-v"], 3),
            version("wrk", &["-v"], 2),
            version("ffmpeg", &["-version"], 3),
        ]
        .join(", "),
    )
}

/// How busy the machine is: processes that run or want to, over the last minute.
pub fn load_average() -> String {
    let text = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').next().unwrap_or_default().to_owned()
}

/// The first words of what a program says of itself, on either output.
fn version(program: &str, args: &[&str], words: usize) -> String {
    let Ok(output) = Command::new(program).args(args).output() else {
        return format!("no {program}");
    };
    let text = [output.stdout, output.stderr].concat();
    let text = String::from_utf8_lossy(&text);
    text.split_whitespace()
        .take(words)
        .collect::<Vec<_>>()
        .join(" ")
}
