//! Tags read, cleaned, and written into downloads.

use crate::common::{Bench, KINDS, analyse, code, music, wav};
use wing_audio::{Cover, Tags, read_tags, recognise, tag_download};

/// A complete PNG file of one pixel.
const PIXEL: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0\x1f\x15\xc4\x89\
    \0\0\0\x0dIDAT\x78\x9c\x63\xf8\xcf\xc0\xf0\x1f\0\x05\0\x01\xff\x89\x99\x3d\x1d\0\0\0\0IEND\xae\x42\x60\x82";

fn sample_tags() -> Tags {
    Tags {
        title: Some("밤의 노래 / Night Song".into()),
        artist: Some("The Paper Lanterns".into()),
        album: Some("Seven Small Rooms".into()),
        track_number: Some(7),
        genre: Some("Folk".into()),
        year: Some(2024),
        date: Some("2024-05-17".into()),
        lyrics: Some("first line\nsecond line\n\n셋째 줄".into()),
        cover: Cover::new(PIXEL.to_vec()),
    }
}

#[test]
fn a_download_of_each_format_carries_tags_and_cover_and_the_same_audio() {
    let bench = Bench::new();
    let samples = music(44_100, 2, 3.0);
    for kind in &KINDS {
        let original = bench.code(kind, 44_100, 2, &samples);
        let copy = bench.path("copy");
        let expected = sample_tags();
        tag_download(&original, &copy, &expected).unwrap();
        assert_eq!(recognise(&copy).unwrap(), kind.format());
        assert_eq!(read_tags(&copy).unwrap(), expected, "{}", kind.name);
        let (before, after) = (analyse(&original).unwrap(), analyse(&copy).unwrap());
        assert_eq!(after.duration_ms, before.duration_ms, "{}", kind.name);
        assert_eq!(after.waveform, before.waveform, "{}", kind.name);
        assert_eq!(after.loudness_lufs, before.loudness_lufs, "{}", kind.name);
    }
}

#[test]
fn a_download_can_be_read_by_ffmpeg() {
    let bench = Bench::new();
    let samples = music(44_100, 2, 1.0);
    for kind in &KINDS {
        let copy = bench.path("copy");
        tag_download(
            &bench.code(kind, 44_100, 2, &samples),
            &copy,
            &sample_tags(),
        )
        .unwrap();
        let run = |args: &[&str]| {
            let output = std::process::Command::new(crate::common::FFMPEG.program())
                .args(["-nostdin", "-v", "error", "-i"])
                .arg(&copy)
                .args(args)
                .output()
                .unwrap();
            assert!(
                output.status.success() && output.stderr.is_empty(),
                "{}: {output:?}",
                kind.name
            );
            output.stdout
        };
        run(&["-map", "0:a", "-f", "null", "-"]);
        // Ogg keeps its tags with the stream.
        let from = if kind.mime == "audio/ogg" {
            "0:s:a:0"
        } else {
            "0"
        };
        let output = run(&["-map_metadata", from, "-f", "ffmetadata", "-"]);
        let output = String::from_utf8(output).unwrap().to_lowercase();
        assert!(
            output.contains("title=밤의 노래"),
            "{}: {output}",
            kind.name
        );
    }
}

#[test]
fn tags_of_the_original_do_not_leak_into_the_download() {
    let bench = Bench::new();
    let source = wav(44_100, 2, &music(44_100, 2, 1.0));
    let old = [
        "-metadata",
        "title=Old",
        "-metadata",
        "comment=private",
        "-write_id3v1",
        "1",
    ];
    for kind in &KINDS {
        let more = if kind.name == "mp3" {
            &old[..]
        } else {
            &old[..4]
        };
        let original = bench.code_with(kind, &source, more);
        let copy = bench.path("copy");
        let tags = Tags {
            title: Some("New".into()),
            ..Tags::default()
        };
        tag_download(&original, &copy, &tags).unwrap();
        assert_eq!(read_tags(&copy).unwrap(), tags, "{}", kind.name);
        let bytes = std::fs::read(&copy).unwrap();
        assert!(
            !bytes.windows(7).any(|seven| seven == b"private"),
            "{}",
            kind.name
        );
    }
}

#[test]
fn absurd_tags_come_out_short_and_clean() {
    let bench = Bench::new();
    let samples = music(44_100, 2, 1.0);
    let absurd = Tags {
        title: Some(format!("\u{202e}evil\u{7}\n{}", "가".repeat(1_000_000))),
        artist: Some("<script>alert(1)</script>\u{2066}".into()),
        album: Some("\u{200b} \u{202a}".into()),
        track_number: Some(4_000_000_000),
        genre: Some("x".repeat(5_000)),
        date: Some("-1-99-99".into()),
        lyrics: Some("la\u{0}la\r\n".repeat(100_000)),
        ..Tags::default()
    };
    for kind in &KINDS {
        let copy = bench.path("copy");
        let original = bench.code(kind, 44_100, 2, &samples);
        // MP4 keeps track numbers in 16 bits and refuses others.
        tag_download(
            &original,
            &copy,
            &Tags {
                track_number: Some(9),
                ..absurd.clone()
            },
        )
        .unwrap();
        let found = read_tags(&copy).unwrap();
        let title = found.title.unwrap();
        assert!(title.starts_with("evil 가가"), "{}", kind.name);
        assert_eq!(title.chars().count(), 200, "{}", kind.name);
        assert_eq!(found.artist.as_deref(), Some("<script>alert(1)</script>"));
        assert_eq!(found.album, None, "{}", kind.name);
        assert_eq!(found.genre.unwrap().chars().count(), 100);
        assert_eq!((found.year, found.date), (None, None));
        assert!(
            found
                .lyrics
                .is_none_or(|text| text.chars().count() <= 20_000)
        );
        assert!(analyse(&copy).is_ok(), "{}", kind.name);
    }
}

/// A FLAC file with `count` pictures of 15 MB in front of its audio.
fn flac_with_pictures(plain: &[u8], count: usize) -> Vec<u8> {
    // 8 bytes of STREAMINFO's own head and 34 of its body; the last bit goes to the pictures.
    let (mut file, audio) = (plain[..42].to_vec(), plain[42..].to_vec());
    file[4] &= 0x7f;
    let size = 15_000_000_u32;
    for _ in 0..count {
        let whole = 4 + 4 + 9 + 4 + 16 + 4 + size;
        file.extend((6 << 24 | whole).to_be_bytes());
        file.extend(3_u32.to_be_bytes());
        file.extend(9_u32.to_be_bytes());
        file.extend(b"image/png");
        file.extend(0_u32.to_be_bytes());
        file.extend([0; 16]);
        file.extend(size.to_be_bytes());
        let start = file.len();
        file.extend(PIXEL);
        file.resize(start + size as usize, 0);
    }
    file.extend(audio);
    file
}

#[test]
fn one_large_cover_is_read_and_a_pile_of_them_is_not() {
    let bench = Bench::new();
    let samples = music(44_100, 1, 1.0);
    let plain = std::fs::read(bench.code(&KINDS[0], 44_100, 1, &samples)).unwrap();
    let one = bench.put("one", &flac_with_pictures(&plain, 1));
    let cover = read_tags(&one).unwrap().cover.expect("its cover");
    assert_eq!(cover.bytes.len(), 15_000_000);
    let pile = bench.put("pile", &flac_with_pictures(&plain, 4));
    assert_eq!(read_tags(&pile).unwrap(), Tags::default());
    assert_eq!(analyse(&pile).unwrap().duration_ms, 1000, "it is sound");
}

/// A compressed frame of a few kilobytes may unfold to gigabytes.
#[test]
fn compressed_frames_are_not_unpacked() {
    let bench = Bench::new();
    let mp3 = KINDS.iter().find(|kind| kind.name == "mp3").unwrap();
    let audio = std::fs::read(bench.code(mp3, 44_100, 1, &music(44_100, 1, 1.0))).unwrap();
    let text = b"\x03Unpacked";
    // RFC 1950 and 1951: one stored block, and the Adler-32 of what is in it.
    let (mut a, mut b) = (1_u32, 0_u32);
    for byte in text {
        a += u32::from(*byte);
        b += a;
    }
    let mut packed = vec![
        0x78,
        0x01,
        0x01,
        text.len() as u8,
        0,
        !(text.len() as u8),
        0xff,
    ];
    packed.extend(text);
    packed.extend((b << 16 | a).to_be_bytes());
    // ID3v2.4: compressed, and with the length that it unfolds to.
    let mut frame = b"TIT2\0\0\0".to_vec();
    frame.push(packed.len() as u8 + 4);
    frame.extend([0, 0x09, 0, 0, 0, text.len() as u8]);
    frame.extend(packed);
    let mut file = b"ID3\x04\0\0\0\0\0".to_vec();
    file.push(frame.len() as u8);
    file.extend(frame);
    file.extend(audio);
    let path = bench.put("packed", &file);
    assert_eq!(read_tags(&path).unwrap().title, None);
    assert!(analyse(&path).is_ok());
}

#[test]
fn a_file_without_tags_has_none() {
    let bench = Bench::new();
    for kind in &KINDS {
        let plain = bench.code(kind, 44_100, 2, &music(44_100, 2, 1.0));
        assert_eq!(read_tags(&plain).unwrap(), Tags::default(), "{}", kind.name);
    }
    assert_eq!(
        code(read_tags(&bench.put("text", b"hello there"))),
        "not_audio"
    );
}

#[test]
fn covers_are_judged_by_their_content() {
    assert_eq!(Cover::new(PIXEL.to_vec()).unwrap().mime, "image/png");
    assert_eq!(
        Cover::new(b"\xff\xd8\xff\xe0".to_vec()).unwrap().mime,
        "image/jpeg"
    );
    assert_eq!(Cover::new(b"<svg onload=alert(1)>".to_vec()), None);
    let mut large = PIXEL.to_vec();
    large.resize(wing_audio::MAX_COVER_BYTES + 1, 0);
    assert_eq!(Cover::new(large), None);
}

#[test]
fn a_failed_download_leaves_nothing_behind() {
    let bench = Bench::new();
    let copy = bench.path("copy");
    let text = bench.put("text", b"no audio at all");
    assert_eq!(
        code(tag_download(&text, &copy, &Tags::default())),
        "not_audio"
    );
    assert!(!copy.exists());
}
