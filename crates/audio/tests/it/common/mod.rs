//! Sound files made on the spot: our own samples in WAV, everything else coded by ffmpeg.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;
use std::sync::atomic::AtomicBool;

use wing_audio::{Analysis, AudioError, Codec, Container, Ffmpeg, Format, Limits};

/// The ffmpeg the tests need.
pub static FFMPEG: LazyLock<Ffmpeg> = LazyLock::new(|| {
    Ffmpeg::find(None).expect("these tests need ffmpeg: install the package `ffmpeg`")
});

/// A kind of file to make: how ffmpeg codes it, and what it must be recognised as.
pub struct Kind {
    pub name: &'static str,
    pub args: &'static [&'static str],
    pub container: Container,
    pub codec: Codec,
    pub mime: &'static str,
    pub extension: &'static str,
}

impl Kind {
    pub fn format(&self) -> Format {
        Format {
            container: self.container,
            codec: self.codec,
        }
    }
}

const fn kind(
    name: &'static str,
    args: &'static [&'static str],
    (container, codec): (Container, Codec),
    mime: &'static str,
    extension: &'static str,
) -> Kind {
    Kind {
        name,
        args,
        container,
        codec,
        mime,
        extension,
    }
}

/// Every format that is accepted.
pub const KINDS: [Kind; 9] = [
    kind(
        "flac",
        &["-c:a", "flac", "-f", "flac"],
        (Container::Flac, Codec::Flac),
        "audio/flac",
        "flac",
    ),
    kind(
        "wav",
        &["-c:a", "pcm_s24le", "-f", "wav"],
        (Container::Wav, Codec::Pcm),
        "audio/wav",
        "wav",
    ),
    kind(
        "aiff",
        &["-c:a", "pcm_s16be", "-f", "aiff"],
        (Container::Aiff, Codec::Pcm),
        "audio/aiff",
        "aiff",
    ),
    kind(
        "mp3",
        &["-c:a", "libmp3lame", "-b:a", "128k", "-f", "mp3"],
        (Container::Mpeg, Codec::Mp3),
        "audio/mpeg",
        "mp3",
    ),
    kind(
        "adts",
        &["-c:a", "aac", "-b:a", "128k", "-f", "adts"],
        (Container::Adts, Codec::Aac),
        "audio/aac",
        "aac",
    ),
    kind(
        "aac_m4a",
        &["-c:a", "aac", "-b:a", "128k", "-f", "ipod"],
        (Container::Mp4, Codec::Aac),
        "audio/mp4",
        "m4a",
    ),
    kind(
        "alac_m4a",
        &["-c:a", "alac", "-f", "ipod"],
        (Container::Mp4, Codec::Alac),
        "audio/mp4",
        "m4a",
    ),
    kind(
        "vorbis",
        &["-c:a", "libvorbis", "-q:a", "5", "-f", "ogg"],
        (Container::Ogg, Codec::Vorbis),
        "audio/ogg",
        "ogg",
    ),
    kind(
        "opus",
        &["-c:a", "libopus", "-b:a", "128k", "-f", "ogg"],
        (Container::Ogg, Codec::Opus),
        "audio/ogg",
        "opus",
    ),
];

/// Samples of `seconds` of something like music: chords with an envelope and some noise.
pub fn music(rate: u32, channels: usize, seconds: f64) -> Vec<f32> {
    let mut noise = 1u32;
    let frames = (f64::from(rate) * seconds).round() as usize;
    let mut samples = Vec::with_capacity(frames * channels);
    for n in 0..frames {
        let t = n as f64 / f64::from(rate);
        let beat = 1.0 - (t * 2.0).fract();
        for channel in 0..channels {
            noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let hiss = f64::from(noise >> 16) / 65_536.0 - 0.5;
            let tone: f64 = [220.0, 277.2, 329.6, 1318.5]
                .iter()
                .map(|f| (std::f64::consts::TAU * f * t + channel as f64).sin())
                .sum();
            samples.push((0.12 * tone + 0.1 * hiss * beat.powi(4)) as f32);
        }
    }
    samples
}

/// A sine on every channel; `amplitude` of full scale.
pub fn sine(rate: u32, channels: usize, seconds: f64, frequency: f64, amplitude: f64) -> Vec<f32> {
    (0..(f64::from(rate) * seconds).round() as usize)
        .flat_map(|n| {
            let at = std::f64::consts::TAU * frequency * n as f64 / f64::from(rate);
            std::iter::repeat_n((amplitude * at.sin()) as f32, channels)
        })
        .collect()
}

/// A WAV file of 32-bit floating point samples.
pub fn wav(rate: u32, channels: usize, samples: &[f32]) -> Vec<u8> {
    let data: Vec<u8> = samples
        .iter()
        .flat_map(|sample| sample.to_le_bytes())
        .collect();
    let align = channels as u16 * 4;
    let mut file = b"RIFF".to_vec();
    file.extend((36 + data.len() as u32).to_le_bytes());
    file.extend(b"WAVEfmt \x10\0\0\0\x03\0");
    file.extend((channels as u16).to_le_bytes());
    file.extend(rate.to_le_bytes());
    file.extend((rate * u32::from(align)).to_le_bytes());
    file.extend(align.to_le_bytes());
    file.extend(b"\x20\0data");
    file.extend((data.len() as u32).to_le_bytes());
    file.extend(data);
    file
}

/// A directory that goes away with the test.
pub struct Bench {
    dir: tempfile::TempDir,
}

impl Bench {
    pub fn new() -> Self {
        Bench {
            dir: tempfile::tempdir().expect("a temporary directory"),
        }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Writes a file.
    pub fn put(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, bytes).expect("room for a file");
        path
    }

    /// Codes samples as `kind`, into a file whose name says nothing.
    pub fn code(&self, kind: &Kind, rate: u32, channels: usize, samples: &[f32]) -> PathBuf {
        self.code_with(kind, &wav(rate, channels, samples), &[])
    }

    /// As [`Bench::code`], from a WAV file, with further arguments for ffmpeg.
    pub fn code_with(&self, kind: &Kind, wav: &[u8], more: &[&str]) -> PathBuf {
        let source = self.put("source", wav);
        let target = self.path(kind.name);
        ffmpeg(&source, kind.args, more, &target);
        target
    }
}

fn ffmpeg(source: &Path, args: &[&str], more: &[&str], target: &Path) {
    let status = Command::new(FFMPEG.program())
        .args(["-nostdin", "-v", "error", "-y", "-f", "wav", "-i"])
        .arg(source)
        .args(more)
        .args(args)
        .arg(target)
        .status()
        .expect("ffmpeg runs");
    assert!(status.success(), "ffmpeg could not make {args:?}");
}

/// Analyses with the limits of the product.
pub fn analyse(path: &Path) -> Result<Analysis, AudioError> {
    analyse_within(path, &Limits::default())
}

/// Analyses with other limits.
pub fn analyse_within(path: &Path, limits: &Limits) -> Result<Analysis, AudioError> {
    wing_audio::analyse(
        path,
        limits,
        Some(&FFMPEG),
        &mut |_| {},
        &AtomicBool::new(false),
    )
}

/// The code of the error; panics when there is none.
pub fn code<T: std::fmt::Debug>(result: Result<T, AudioError>) -> &'static str {
    result.expect_err("it should have been refused").code()
}
