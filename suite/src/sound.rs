//! Short pieces of real sound, made by ffmpeg once and kept for all tests.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Every format that uploads may have: file name, name on the wire, whether
/// nothing is lost in it, and how much longer than [`SECONDS`] it may be by the
/// encoder's own padding, in milliseconds.
pub const FORMATS: [(&str, &str, bool, u64); 8] = [
    ("short.flac", "FLAC", true, 0),
    ("short.wav", "WAV", true, 0),
    ("short.aiff", "AIFF", true, 0),
    ("short.mp3", "MP3", false, 60),
    ("short-aac.m4a", "AAC (M4A)", false, 60),
    ("short-alac.m4a", "Apple Lossless (M4A)", true, 0),
    ("short.ogg", "Ogg Vorbis", false, 30),
    ("short.opus", "Opus", false, 30),
];

/// How long the short pieces are.
pub const SECONDS: u64 = 2;

/// How each file is made: the length in seconds, and what is passed to ffmpeg.
fn recipe(name: &str) -> (f64, Vec<&'static str>) {
    let short = SECONDS as f64;
    let (seconds, arguments) = match name {
        "short.flac" => (short, "-c:a flac"),
        "short.wav" => (short, "-c:a pcm_s16le"),
        "short.aiff" => (short, "-c:a pcm_s16be"),
        "short.mp3" => (short, "-c:a libmp3lame -b:a 128k"),
        "short-aac.m4a" => (short, "-c:a aac -b:a 128k"),
        "short-alac.m4a" => (short, "-c:a alac"),
        "short.ogg" => (short, "-c:a libvorbis -q:a 3"),
        "short.opus" => (short, "-c:a libopus -b:a 96k"),
        // Long enough that a kill in the middle of its processing is in the middle.
        "minutes.flac" => (240.0, "-c:a flac -compression_level 0"),
        other => panic!("nobody knows how to make {other}"),
    };
    (seconds, arguments.split(' ').collect())
}

/// The bytes of a file by name: one of [`FORMATS`], or `minutes.flac`. Its tags
/// have a title, an artist and a track number.
pub fn file(name: &str) -> Vec<u8> {
    let path = directory().join(name);
    if !path.is_file() {
        make(name, &path);
    }
    std::fs::read(&path).expect("a generated file")
}

fn make(name: &str, path: &Path) {
    let (seconds, arguments) = recipe(name);
    // Tests run beside each other: each makes its own, one stays.
    let temporary = directory().join(format!("{}-{name}", uuid::Uuid::now_v7().simple()));
    let tone = format!(
        "aevalsrc=0.3*sin(2*PI*220*t)*(1-mod(t\\,0.5))|0.3*sin(2*PI*277*t):s=44100:d={seconds}"
    );
    let made = Command::new("ffmpeg")
        .args([
            "-nostdin",
            "-loglevel",
            "error",
            "-y",
            "-f",
            "lavfi",
            "-i",
            &tone,
        ])
        .args([
            "-metadata",
            "title=Tagged Title",
            "-metadata",
            "artist=Tagged Artist",
        ])
        .args([
            "-metadata",
            "track=7",
            "-metadata",
            "genre=Folk",
            "-fflags",
            "+bitexact",
        ])
        .args(arguments)
        .arg(&temporary)
        .stdin(Stdio::null())
        .status()
        .expect("ffmpeg: the tests need it; `cargo xtask setup` installs it");
    assert!(made.success(), "ffmpeg could not make {name}");
    std::fs::rename(&temporary, path).expect("a generated file");
}

/// A FLAC of silence that unfolds to `seconds` although it is small, in mono at
/// 8 kHz; its header does not say how long it is (RFC 9639).
pub fn endless_flac(seconds: u32) -> Vec<u8> {
    const BLOCK: u32 = 32_768;
    let mut file = b"fLaC\x80\0\0\x22".to_vec();
    // Block sizes, unknown frame sizes, 8 kHz, mono, 16 bits, unknown total, no MD5.
    file.extend([
        0x80, 0, 0x80, 0, 0, 0, 0, 0, 0, 0, 0x01, 0xf4, 0x00, 0xf0, 0, 0, 0, 0,
    ]);
    file.extend([0; 16]);
    for number in 0..(seconds * 8_000).div_ceil(BLOCK) {
        let start = file.len();
        file.extend([0xff, 0xf8, 0xf4, 0x08]);
        let mut coded = [0; 4];
        let number = char::from_u32(number).expect("few enough frames");
        file.extend(number.encode_utf8(&mut coded).as_bytes());
        let sum = crc(&file[start..], 0x07, 8);
        file.push(sum.to_le_bytes()[0]);
        // One constant subframe: every sample is 0.
        file.extend([0, 0, 0]);
        let sum = crc(&file[start..], 0x8005, 16);
        file.extend(sum.to_be_bytes());
    }
    file
}

/// The checksums of FLAC frames: 8 bits of their headers, 16 of the whole.
fn crc(bytes: &[u8], polynomial: u16, bits: u32) -> u16 {
    let top = 1_u16 << (bits - 1);
    let mask = u16::MAX >> (16 - bits);
    bytes.iter().fold(0, |sum, byte| {
        let start = sum ^ (u16::from(*byte) << (bits - 8));
        (0..8).fold(start, |sum, _| {
            let next = sum << 1;
            (if sum & top == 0 {
                next
            } else {
                next ^ polynomial
            }) & mask
        })
    })
}

/// Beside the test programs, so that it goes with them.
fn directory() -> PathBuf {
    let program = std::env::current_exe().expect("this program");
    let target = program.ancestors().nth(2).expect("a target directory");
    let dir = target.join("suite-sound");
    std::fs::create_dir_all(&dir).expect("a directory for sound");
    dir
}
