//! Grooves, fills, crashes.

use super::Writer;
use super::harmony::{Bar, Chart};
use super::style::{Groove, Line};
use crate::synth::{Drum, Hit, Instrument, Voice};

pub(super) fn write(writer: &mut Writer<'_>, chart: &Chart) {
    let steps = writer.clock.steps_per_bar;
    for (number, bar) in chart.bars.iter().enumerate() {
        let Some(groove) = writer
            .style
            .grooves
            .iter()
            .find(|groove| bar.is_in(groove.when))
        else {
            continue;
        };
        let start = number * steps;
        let fill = fill_for(writer, chart, number, bar);
        // A fill replaces the last beat.
        let until = if fill.is_some() { steps - 4 } else { steps };
        for &(drum, pattern) in groove.lines {
            // Noise rises into the next section only.
            if drum == Drum::Riser && bar.index + 2 < bar.of {
                continue;
            }
            let bars = (pattern.len() / steps).max(1);
            let offset = (bar.index % bars) * steps;
            for step in 0..until {
                strike(writer, drum, pattern, offset + step, start + step);
            }
        }
        for &(drum, pattern) in fill.into_iter().flatten() {
            for step in 0..4 {
                strike(writer, drum, pattern, step, start + until + step);
            }
        }
        if bar.index == 0 && number > 0 {
            open_section(writer, groove, start);
        }
    }
}

/// A fill ends most sections, and now and then four bars.
fn fill_for(
    writer: &mut Writer<'_>,
    chart: &Chart,
    number: usize,
    bar: &Bar,
) -> Option<&'static [Line]> {
    let fills = writer.style.fills;
    let turning = bar.is_last() && number + 1 < chart.bars.len();
    let passing = bar.index % 4 == 3 && writer.rng.chance(0.3);
    (!fills.is_empty() && (turning || passing)).then(|| *writer.rng.pick(fills))
}

fn open_section(writer: &mut Writer<'_>, groove: &Groove, start: usize) {
    if groove.crash {
        strike(writer, Drum::Crash, "x", 0, start);
    }
}

fn strike(writer: &mut Writer<'_>, drum: Drum, pattern: &str, at: usize, step: usize) {
    let force = match pattern.as_bytes().get(at) {
        Some(b'X') => 1.0,
        Some(b'x') => 0.72,
        Some(b'o') => 0.3,
        _ => return,
    };
    let force = (force + writer.rng.signed() * 0.08f32).clamp(0.05, 1.0);
    let loose = f64::from(
        writer.rng.signed() * writer.style.loose * 0.6 * crate::synth::SAMPLE_RATE as f32,
    );
    let frame = (writer.clock.frame(step) + loose).max(0.0) as usize;
    if matches!(drum, Drum::KickDance | Drum::Kick) {
        writer.ducks.push(frame);
    }
    let (level, pan) = seat(drum);
    writer.hits.push(Hit {
        frame,
        voice: Voice {
            instrument: Instrument::Kit(drum),
            pitch: drum as i32,
            gate: 0,
            touch: super::touch(force),
            // Several takes: no two strokes of a hand are alike.
            take: writer.rng.below(3) as u8,
        },
        level: level * force * force.sqrt(),
        pan,
        strip: 0,
    });
}

/// The level and place of a drum, heard from the audience.
fn seat(drum: Drum) -> (f32, f32) {
    match drum {
        Drum::KickDance => (1.0, 0.0),
        Drum::Kick => (0.95, 0.0),
        Drum::KickSoft => (0.7, 0.0),
        Drum::Stomp => (0.7, 0.05),
        Drum::Snare => (0.62, 0.04),
        Drum::SnareDusty => (0.62, 0.02),
        Drum::Rim => (0.32, 0.15),
        Drum::Clap => (0.5, -0.06),
        Drum::Snap => (0.36, 0.1),
        Drum::BrushTap => (0.3, 0.1),
        Drum::BrushSweep => (0.14, -0.1),
        Drum::Hat => (0.2, 0.28),
        Drum::HatOpen => (0.2, 0.28),
        Drum::HatFoot => (0.16, 0.28),
        Drum::Ride => (0.22, -0.32),
        Drum::Crash => (0.3, -0.25),
        Drum::Tom => (0.6, 0.25),
        Drum::TomLow => (0.65, -0.3),
        Drum::Shaker => (0.16, -0.35),
        Drum::Tambourine => (0.13, 0.4),
        Drum::Riser => (0.2, 0.0),
    }
}
