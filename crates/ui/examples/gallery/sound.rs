//! A sound for the gallery's player: a slow arpeggio as 8-bit PCM in WAV.

const RATE: u32 = 8000;
const SECONDS: u32 = 40;

/// The whole WAV file.
pub fn wav() -> Vec<u8> {
    let samples = RATE * SECONDS;
    let mut out = Vec::with_capacity(44 + samples as usize);
    out.extend(b"RIFF");
    out.extend((36 + samples).to_le_bytes());
    out.extend(b"WAVEfmt ");
    out.extend(16_u32.to_le_bytes());
    // Format 1 (PCM), one channel.
    out.extend(1_u16.to_le_bytes());
    out.extend(1_u16.to_le_bytes());
    out.extend(RATE.to_le_bytes());
    out.extend(RATE.to_le_bytes());
    out.extend(1_u16.to_le_bytes());
    out.extend(8_u16.to_le_bytes());
    out.extend(b"data");
    out.extend(samples.to_le_bytes());
    let notes = [220.0_f32, 277.2, 329.6, 440.0, 329.6, 277.2];
    for at in 0..samples {
        let beat = at / (RATE / 3);
        let fade = 1.0 - (at % (RATE / 3)) as f32 / (RATE / 3) as f32;
        let wave =
            (at as f32 / RATE as f32 * notes[beat as usize % notes.len()] * std::f32::consts::TAU)
                .sin();
        out.push((128.0 + wave * fade * 60.0) as u8);
    }
    out
}

/// `bytes=a-b` or `bytes=a-` as a half-open span of a file so long.
pub fn span(range: Option<&str>, length: usize) -> Option<std::ops::Range<usize>> {
    let (from, to) = range?.strip_prefix("bytes=")?.split_once('-')?;
    let to = to
        .parse::<usize>()
        .map_or(length, |last| (last + 1).min(length));
    let from = from.parse().ok()?;
    (from < to).then_some(from..to)
}
