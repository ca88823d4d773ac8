//! Songs to upload: real files with chords, tags and a cover, made by ffmpeg.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

/// A directory of songs that goes with the test.
pub struct Songs {
    dir: TempDir,
}

/// What a file says of itself.
pub struct Tags<'a> {
    pub title: &'a str,
    pub artist: &'a str,
    pub track: u32,
}

/// Four broken chords, a note each quarter of a second, over a bass that sways.
fn tune(seconds: u32) -> String {
    let step = "(mod(floor(t*4)*7\\,12)+5*mod(floor(t/2)\\,4))";
    let note = format!("0.25*sin(2*PI*220*t*pow(2\\,{step}/12))*exp(-6*mod(t\\,0.25))");
    let bass = "0.2*sin(2*PI*55*t)*(1+0.3*sin(2*PI*0.5*t))";
    format!("aevalsrc={note}+{bass}|{note}*0.8+{bass}:s=44100:d={seconds}")
}

impl Songs {
    pub fn new() -> Self {
        let dir = tempfile::Builder::new().prefix("wing-songs-").tempdir();
        Self {
            dir: dir.expect("a directory for songs"),
        }
    }

    /// A song with a cover, of the kind its name ends with: `.flac` or `.mp3`.
    pub fn song(&self, name: &str, seconds: u32, tags: &Tags<'_>) -> PathBuf {
        let codec: &[&str] = match Path::new(name).extension().and_then(|end| end.to_str()) {
            Some("flac") => &["-c:a", "flac"],
            Some("mp3") => &["-c:a", "libmp3lame", "-b:a", "192k", "-id3v2_version", "3"],
            _ => panic!("nobody knows how to make {name}"),
        };
        let tune = tune(seconds);
        let tags = [
            format!("title={}", tags.title),
            format!("artist={}", tags.artist),
            format!("track={}", tags.track),
            "genre=Electronica".to_owned(),
        ];
        let mut arguments = vec![
            "-f",
            "lavfi",
            "-i",
            &tune,
            "-f",
            "lavfi",
            "-i",
            "gradients=s=600x600:d=1",
        ];
        arguments.extend([
            "-map",
            "0:a",
            "-map",
            "1:v",
            "-frames:v",
            "1",
            "-c:v",
            "mjpeg",
        ]);
        arguments.extend(["-disposition:v:0", "attached_pic"]);
        for tag in &tags {
            arguments.extend(["-metadata", tag]);
        }
        arguments.extend(codec);
        self.make(name, &arguments)
    }

    /// A WAV file of about 10 MB a minute.
    pub fn long_wav(&self, name: &str, minutes: u32) -> PathBuf {
        let tone = format!("anoisesrc=a=0.1:c=pink:r=44100:d={}", minutes * 60);
        self.make(
            name,
            &["-f", "lavfi", "-i", &tone, "-ac", "2", "-c:a", "pcm_s16le"],
        )
    }

    fn make(&self, name: &str, arguments: &[&str]) -> PathBuf {
        let path = self.dir.path().join(name);
        let made = Command::new("ffmpeg")
            .args(["-nostdin", "-loglevel", "error", "-y"])
            .args(arguments)
            .arg(&path)
            .stdin(Stdio::null())
            .status()
            .expect("ffmpeg: the tests need it; `cargo xtask setup` installs it");
        assert!(made.success(), "ffmpeg could not make {name}");
        path
    }
}
