//! The ffmpeg program: finding it, and the arguments every call shares.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::Format;

/// A working ffmpeg, found once at start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ffmpeg {
    program: PathBuf,
    version: String,
}

impl Ffmpeg {
    /// Finds ffmpeg: at `path` when given, else on the `PATH`. `None` when there is none or it
    /// does not run.
    pub fn find(path: Option<&Path>) -> Option<Ffmpeg> {
        let program = path.unwrap_or(Path::new("ffmpeg")).to_path_buf();
        let output = Command::new(&program)
            .args(["-nostdin", "-hide_banner", "-version"])
            .env_remove("FFREPORT")
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .output()
            .ok()
            .filter(|output| output.status.success())?;
        let text = String::from_utf8_lossy(&output.stdout);
        let version = text
            .strip_prefix("ffmpeg version ")?
            .split_whitespace()
            .next()?
            .to_owned();
        Some(Ffmpeg { program, version })
    }

    /// The version it tells, e.g. `5.1.6-0+deb12u1`.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The program that is run.
    pub fn program(&self) -> &Path {
        &self.program
    }

    /// A command that reads `src` as `format`, from this file and nothing else, on one thread,
    /// without a terminal, a network or a guess.
    pub(crate) fn reading(&self, src: &Path, format: &Format) -> Command {
        let mut command = Command::new(&self.program);
        command
            .env_remove("FFREPORT")
            .stdin(Stdio::null())
            .args(["-nostdin", "-hide_banner", "-nostats", "-v", "error"])
            .args([
                "-protocol_whitelist",
                "file,pipe",
                "-threads",
                "1",
                "-filter_threads",
                "1",
            ])
            .args(["-f", format.demuxer(), "-i"])
            .arg(file_url(src))
            .args([
                "-map",
                "0:a:0",
                "-map_metadata",
                "-1",
                "-map_chapters",
                "-1",
            ]);
        command
    }
}

/// A path that ffmpeg can take for nothing but a file name, whatever characters it holds.
pub(crate) fn file_url(path: &Path) -> OsString {
    let mut url = OsString::from("file:");
    url.push(path);
    url
}
