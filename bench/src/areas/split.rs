//! The services behind nginx, against the monolith behind the same nginx.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use rustix::process::{Pid, Signal, kill_process};

use super::api::LIST;
use super::streaming::put_sound;
use crate::bench::Bench;
use crate::client::Client;
use crate::nginx::Nginx;
use crate::process::{memory, mib};
use crate::report::{Bars, Section};
use crate::seed::sound_key;
use crate::series::{Contender, Series, in_turns};
use crate::shapes::Shape;
use crate::wrk::{Load, Request};

const CONNECTIONS: usize = 16;
const MIB: f64 = 1_048_576.0;
/// Milliseconds that a page may wait for a neighbour.
const DEADLINE: f64 = 500.0;

/// What is asked of both shapes.
struct Question {
    name: &'static str,
    requests: Vec<Request>,
    /// Whether another domain is asked for it.
    neighbour: bool,
}

pub fn measure(bench: &Bench) -> Result<Section> {
    let sound = put_sound(bench, bench.catalogue.tracks[0], 0)?;
    let monolith = Shape::monolith(bench)?;
    let split = Shape::split(bench)?;
    let mut section = Section::new(
        "Split",
        &format!(
            "The services behind nginx, with NATS, against the monolith behind an nginx of the same \
             configuration: all of it on one core, each program with one worker. {CONNECTIONS} \
             connections; {} rounds of {} s.",
            rounds(bench),
            bench.seconds()
        ),
    );
    let mut bars = Bars::default();
    let token = Client::new(monolith.base())?
        .sign_up("split-fan", "fan")?
        .token;
    let own = Client::new(split.base())?
        .sign_up("split-fan", "fan")?
        .token;
    let mut rows = Vec::new();
    for question in questions(bench) {
        let both = [
            contender(bench, &monolith, "monolith", &question, &token)?,
            contender(bench, &split, "split", &question, &own)?,
        ];
        let series = in_turns(&both, rounds(bench), bench.seconds())?;
        judge(&mut bars, &question, &series[0], &series[1]);
        rows.extend(series);
    }
    section.loads(&rows.iter().collect::<Vec<_>>());

    let (theirs, ours) = media(bench, &split)?;
    section.say(
        "A published track's file of 10 MB in ranges of 1 MiB: through the edge, which asks music \
         each time and sends what it keeps, against nginx on the file itself, with `sendfile` and \
         `tcp_nopush`.",
    );
    section.loads(&[&theirs, &ours]);
    bars.at_least(
        "media, requests/s against nginx on the file",
        ours.ratio(&theirs, |f| f.per_second),
        0.9,
        "x",
    );
    drop(sound);

    held(bench, &mut section, &mut bars)?;
    hanging(bench, &split, &mut section, &mut bars)?;
    section.bars(&bars);
    Ok(section)
}

/// More than elsewhere: both sides are so alike that few rounds show the
/// machine's moods instead.
fn rounds(bench: &Bench) -> usize {
    2 * bench.rounds() + 1
}

fn questions(bench: &Bench) -> Vec<Question> {
    let artists = |path: &dyn Fn(usize) -> String| -> Vec<Request> {
        (1..=400).map(|n| Request::get(path(n * 6))).collect()
    };
    let tracks = bench.catalogue.tracks.iter().step_by(50);
    vec![
        Question {
            name: "list of 20 tracks",
            requests: vec![Request::get(LIST)],
            neighbour: false,
        },
        Question {
            name: "single track",
            requests: tracks
                .map(|track| Request::get(format!("/api/v1/tracks/{track}")))
                .collect(),
            neighbour: false,
        },
        Question {
            name: "page of the latest",
            requests: vec![Request::get("/latest")],
            neighbour: false,
        },
        Question {
            name: "own account",
            requests: vec![Request::get("/api/v1/users/me")],
            neighbour: false,
        },
        Question {
            name: "artists' pages, with who manages them",
            requests: artists(&|n| format!("/artists/artist-{n}")),
            neighbour: true,
        },
    ]
}

fn contender(
    bench: &Bench,
    shape: &Shape,
    name: &str,
    question: &Question,
    token: &str,
) -> Result<Contender> {
    let file = format!("split-{name}");
    let load = match &question.requests[..] {
        [one] => Load::one(bench.home(), shape.url(&one.path), CONNECTIONS)?,
        many => Load::drawn(bench.home(), &file, shape.base(), CONNECTIONS, many)?,
    };
    let load = match question.name {
        "own account" => load.with(format!("Authorization: Bearer {token}")),
        _ => load,
    };
    Ok(Contender {
        name: format!("{}, {name}", question.name),
        load,
        servers: shape.ids(),
    })
}

fn judge(bars: &mut Bars, question: &Question, monolith: &Series, split: &Series) {
    let name = question.name;
    let (least, what) = if question.neighbour {
        (0.5, "p50")
    } else {
        (0.9, "p99")
    };
    bars.at_least(
        &format!("{name}, requests/s against the monolith"),
        split.ratio(monolith, |f| f.per_second),
        least,
        "x",
    );
    let (most, ratio) = if question.neighbour {
        (2.5, split.ratio(monolith, |f| f.p50))
    } else {
        (1.2, split.ratio(monolith, |f| f.p99))
    };
    bars.at_most(
        &format!("{name}, {what} against the monolith"),
        ratio,
        most,
        "x",
    );
}

fn media(bench: &Bench, split: &Shape) -> Result<(Series, Series)> {
    let track = bench.catalogue.tracks[0];
    let nginx = Nginx::start(bench.home(), &bench.data().join("media"))?;
    let range = "Range: bytes=1048576-2097151";
    let theirs = format!("{}/{}", nginx.base(), sound_key(track, "opus"));
    let ours = split.url(&format!("/api/v1/tracks/{track}/stream?format=opus"));
    let load = |url: String| anyhow::Ok(Load::one(bench.home(), url, CONNECTIONS)?.with(range));
    let both = [
        Contender {
            name: "nginx on the file".into(),
            load: load(theirs)?,
            servers: vec![nginx.id()],
        },
        Contender {
            name: "through the edge".into(),
            load: load(ours)?,
            servers: split.ids(),
        },
    ];
    let mut series = in_turns(&both, rounds(bench), bench.seconds())?.into_iter();
    series.next().zip(series.next()).context("two series")
}

/// How long each program takes to get ready, and what it holds when nobody asks.
fn held(bench: &Bench, section: &mut Section, bars: &mut Bars) -> Result<()> {
    let shape = Shape::split(bench)?;
    std::thread::sleep(Duration::from_secs(2));
    let mut rows = Vec::new();
    for program in &shape.programs {
        let name = program.name;
        let held = memory(program.id());
        let took = program.took.as_secs_f64();
        rows.push(vec![
            name.to_owned(),
            format!("{took:.2} s"),
            mib(held.resident),
            mib(held.anonymous),
        ]);
        bars.at_most(&format!("{name}, start to ready"), took, 1.0, " s");
        bars.at_most(
            &format!("{name}, resident when idle"),
            held.resident as f64 / MIB,
            35.0,
            " MB",
        );
    }
    section.say("Each service on its copy of the catalogue, two seconds after its start:");
    section.table(&["", "ready after", "resident", "own"], &rows);
    Ok(())
}

/// What it costs a page that accounts hang.
fn hanging(bench: &Bench, split: &Shape, section: &mut Section, bars: &mut Bars) -> Result<()> {
    let client = Client::new(split.base())?;
    let pages = bench.rounds() * 8;
    // Other artists than those asked for before, whose managers are remembered.
    let page = |n: usize| format!("/artists/artist-{}", 2401 - n);
    let timed = |path: String| -> Result<f64> {
        let began = Instant::now();
        client.get(&path, None)?;
        Ok(began.elapsed().as_secs_f64() * 1000.0)
    };
    let before = median((0..pages).map(|n| timed(page(n))).collect::<Result<_>>()?);
    let user = split.program("user")?.id();
    let user = i32::try_from(user).ok().and_then(Pid::from_raw);
    let user = user.context("a process")?;
    kill_process(user, Signal::STOP)?;
    let during: Result<Vec<f64>> = (pages..2 * pages).map(|n| timed(page(n))).collect();
    kill_process(user, Signal::CONT)?;
    let during = during?;
    let slowest = during.iter().copied().fold(0.0, f64::max);
    let slow = during.iter().filter(|ms| **ms > DEADLINE / 2.0).count();
    let later = median(during[pages / 2..].to_vec());
    section.say(&format!(
        "Accounts stopped in the middle of everything, as a process does that hangs: of {pages} pages \
         one after the other that name who manages an artist, {slow} waited for them, the slowest \
         {slowest:.0} ms; those of the second half took {later:.1} ms, before the stop {before:.1} ms."
    ));
    bars.at_most(
        "a page whose neighbour hangs",
        slowest,
        DEADLINE + 50.0,
        " ms",
    );
    bars.at_most(
        "pages while the circuit is open, against before",
        later / before,
        1.5,
        "x",
    );
    Ok(())
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}
