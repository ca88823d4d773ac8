//! The ffmpeg program: finding it, and the arguments every call shares.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use crate::Container;
use crate::process::Process;
use crate::recognise::Survey;

/// A working ffmpeg, found once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ffmpeg {
    program: PathBuf,
    version: String,
    /// Whether it can be started so that it does not outlive us.
    leashed: bool,
}

/// A program that has not printed its version by then does not work; from a cold disk
/// it takes seconds.
const TIMEOUT: Duration = Duration::from_secs(20);
/// The most that is read of a program's version, in bytes.
const OUTPUT_LIMIT: usize = 64 * 1024;

/// Part of every Linux system (util-linux): starts a program that the kernel kills when the thread
/// that started it ends, as all do when a process is killed.
const DIE_WITH_PARENT: [&str; 3] = ["setpriv", "--pdeathsig", "KILL"];

impl Ffmpeg {
    /// Finds ffmpeg: at `path` when given, else on the `PATH`. `None` when there is none or it
    /// does not run. Blocks, for 20 seconds at most for each program it asks.
    pub fn find(path: Option<&Path>) -> Option<Ffmpeg> {
        let mut command = Command::new(DIE_WITH_PARENT[0]);
        command.args(&DIE_WITH_PARENT[1..]).arg("true");
        let mut found = Ffmpeg {
            program: path.unwrap_or(Path::new("ffmpeg")).to_path_buf(),
            version: String::new(),
            leashed: printed(command).is_some(),
        };
        let mut command = found.command();
        command
            .args(["-nostdin", "-hide_banner", "-version"])
            .env_remove("FFREPORT");
        printed(command)?
            .strip_prefix("ffmpeg version ")?
            .split_whitespace()
            .next()?
            .clone_into(&mut found.version);
        Some(found)
    }

    /// The program, about to be started by a thread that stays until it ends.
    fn command(&self) -> Command {
        if !self.leashed {
            return Command::new(&self.program);
        }
        let mut command = Command::new(DIE_WITH_PARENT[0]);
        command.args(&DIE_WITH_PARENT[1..]).arg(&self.program);
        command
    }

    /// The version it prints, e.g. `5.1.6-0+deb12u1`.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The program that is run.
    pub fn program(&self) -> &Path {
        &self.program
    }

    /// A command that reads `src` as surveyed, from this file and nothing else, on one thread,
    /// without a terminal, a network or a guess.
    ///
    /// Where the audio is one stretch of the file, ffmpeg is shown that stretch and nothing else:
    /// a hundred thousand tags, which it would sort through for hours, never reach it.
    pub(crate) fn reading(&self, src: &Path, survey: &Survey) -> io::Result<(Command, Input)> {
        let mut command = self.command();
        let (input, from) = match survey.format.container {
            // Their parts are found by looking around in the file.
            Container::Mp4 | Container::Ogg => (None, file_url(src)),
            Container::Flac
            | Container::Wav
            | Container::Aiff
            | Container::Mpeg
            | Container::Adts => {
                let span = &survey.span;
                let mut file = File::open(src)?;
                file.seek(SeekFrom::Start(span.start))?;
                let audio = file.take(span.end - span.start);
                let whole = io::Cursor::new(span.prefix.clone()).chain(audio);
                (
                    Some(Box::new(whole) as Box<dyn Read + Send>),
                    "pipe:0".into(),
                )
            }
        };
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
            .args(["-f", survey.format.demuxer(), "-i"])
            .arg(from)
            .args([
                "-map",
                "0:a:0",
                "-map_metadata",
                "-1",
                "-map_chapters",
                "-1",
            ]);
        Ok((command, input))
    }
}

/// What a program says on its standard output, when it ends well and in time.
fn printed(mut command: Command) -> Option<String> {
    let never = AtomicBool::new(false);
    command.stdin(Stdio::null());
    let mut process = Process::start(command, None, TIMEOUT, &never).ok()?;
    let mut text = Vec::new();
    let mut buf = [0; 4096];
    loop {
        let read = process.read(&mut buf).ok()?;
        if read == 0 {
            break;
        }
        text.extend_from_slice(&buf[..read]);
        if text.len() > OUTPUT_LIMIT {
            return None;
        }
    }
    let (status, _) = process.finish().ok()?;
    status
        .success()
        .then(|| String::from_utf8_lossy(&text).into_owned())
}

/// What is written into a program's standard input, if anything.
pub(crate) type Input = Option<Box<dyn Read + Send>>;

/// A path that ffmpeg can take for nothing but a file name, whatever characters it holds.
pub(crate) fn file_url(path: &Path) -> OsString {
    let mut url = OsString::from("file:");
    url.push(path);
    url
}
