//! The list of 20 tracks and a single track, against fixed answers of the same
//! bytes from the same process through the same gate.

use anyhow::{Context as _, Result};

use crate::bench::Bench;
use crate::client::Client;
use crate::report::{Bars, Section};
use crate::seed::{self, TRACKS};
use crate::series::{Contender, Series, in_turns};
use crate::site::Site;
use crate::wrk::{Load, Request};

/// The path of the list.
pub const LIST: &str = "/api/v1/tracks?sort=latest&limit=20";
const CONNECTIONS: usize = 16;
/// Lists to draw from, many more than are remembered.
const PAGES: usize = 1_000;
/// What Mirlo 1.x was measured at on a machine of two cores, lists a second.
const MIRLO_LISTS: f64 = 125.0;
/// And the milliseconds of its p99.
const MIRLO_P99: f64 = 205.0;

pub fn measure(bench: &Bench) -> Result<Section> {
    let site = Site::start(bench)?;
    let client = site.client()?;
    let fan = client.sign_up("api-fan", "fan")?;
    let mut section = Section::new(
        "API",
        &format!(
            "{TRACKS} published tracks on SQLite; the list joins tracks, artists and albums. Against \
             a fixed answer of the same bytes, given by the same process behind the same gate. \
             {CONNECTIONS} connections; {} rounds of {} s. Single tracks are drawn from one in ten of \
             all. What visitors get of a track, and the lists requested last, are cached for \
             two seconds while nothing is written. Read from the database each time are single tracks \
             with a token, which of a list's tracks the bearer of a token likes, and nearly all of the \
             lists that are drawn from {PAGES} pages one after the other.",
            bench.rounds(),
            bench.seconds()
        ),
    );
    let mut bars = Bars::default();
    let series = compare(bench, &site, &client, &fan.token)?;
    section.loads(&series.iter().collect::<Vec<_>>());
    let [fixed, list, fixed_known, list_known, fixed_track, track, ..] = &series[..] else {
        anyhow::bail!("a series is missing");
    };
    bars.at_least(
        "list, requests/s against fixed",
        list.ratio(fixed, |f| f.per_second),
        0.13,
        "x",
    );
    bars.at_least(
        "list, the aim beyond the bar",
        list.ratio(fixed, |f| f.per_second),
        0.20,
        "x",
    );
    bars.at_most(
        "list, p99 against fixed",
        list.ratio(fixed, |f| f.p99),
        3.5,
        "x",
    );
    bars.at_least(
        "list with a token, requests/s against fixed",
        list_known.ratio(fixed_known, |f| f.per_second),
        0.13,
        "x",
    );
    bars.at_most(
        "list with a token, p99 against fixed",
        list_known.ratio(fixed_known, |f| f.p99),
        3.5,
        "x",
    );
    bars.at_least(
        "single track, requests/s against fixed",
        track.ratio(fixed_track, |f| f.per_second),
        0.30,
        "x",
    );
    let (lists, p99) = (
        list.spread(|f| f.per_second).median,
        list.spread(|f| f.p99).median,
    );
    bars.at_least(
        "list, requests/s against Mirlo's 125",
        lists / MIRLO_LISTS,
        20.0,
        "x",
    );
    bars.at_most(
        "list, p99 against Mirlo's 205 ms",
        p99 / MIRLO_P99,
        0.2,
        "x",
    );
    drop(site);

    match std::env::var("WING_BENCH_POSTGRES") {
        Ok(url) => {
            let series = on_postgres(bench, &url)?;
            section.say(
                "The same on PostgreSQL, whose own processes run on either core and are not counted \
                 in the processor time; no bar is set for it.",
            );
            section.loads(&series.iter().collect::<Vec<_>>());
        }
        Err(_) => section.say("PostgreSQL was not measured: no server was given."),
    }
    section.say(
        "Mirlo's figures are from an earlier measurement of its own stack on another machine of two \
         cores, not from this run.",
    );
    section.bars(&bars);
    Ok(section)
}

fn compare(bench: &Bench, site: &Site, client: &Client, token: &str) -> Result<Vec<Series>> {
    let one = format!("/api/v1/tracks/{}", bench.catalogue.tracks[TRACKS / 2]);
    let fixed_list = site.fix(client, "list", LIST, None)?;
    let fixed_known = site.fix(client, "list-known", LIST, Some(token))?;
    let fixed_track = site.fix(client, "track", &one, None)?;
    let any: Vec<Request> = bench
        .catalogue
        .tracks
        .iter()
        .step_by(10)
        .map(|track| Request::get(format!("/api/v1/tracks/{track}")))
        .collect();
    let known = format!("Authorization: Bearer {token}");
    let load = |path: &str| Load::one(bench.home(), site.url(path), CONNECTIONS);
    let drawn = Load::drawn(bench.home(), "tracks", site.base(), CONNECTIONS, &any)?;
    let pages = pages(client)?;
    let pages = Load::drawn(bench.home(), "pages", site.base(), CONNECTIONS, &pages)?;
    let loads = [
        ("fixed, as the list", load(&fixed_list)?),
        ("list of 20", load(LIST)?),
        (
            "fixed, with a token",
            load(&fixed_known)?.with(known.clone()),
        ),
        ("list of 20, with a token", load(LIST)?.with(known.clone())),
        ("fixed, as a track", load(&fixed_track)?),
        ("single track", drawn.clone()),
        ("single track, with a token", drawn.with(known)),
        ("one track that many look at", load(&one)?),
        ("lists of 20, drawn", pages),
    ];
    let contenders = loads.map(|(name, load)| Contender {
        name: name.into(),
        load,
        servers: vec![site.id()],
    });
    in_turns(&contenders, bench.rounds(), bench.seconds())
}

/// The list's pages from the first on.
fn pages(client: &Client) -> Result<Vec<Request>> {
    let mut pages = vec![Request::get(LIST)];
    while pages.len() < PAGES {
        let last = pages.last().map_or(LIST, |page| &page.path);
        let page = client.get_json(last, None)?;
        let next = page["next"].as_str().context("no further page")?;
        pages.push(Request::get(format!("{LIST}&cursor={next}")));
    }
    Ok(pages)
}

fn on_postgres(bench: &Bench, url: &str) -> Result<Vec<Series>> {
    let data = bench.home().join("data-postgres");
    let catalogue = seed::fill(&data, Some(url))?;
    let site = Site::start_on(bench.home(), &data, Some(url))?;
    let client = site.client()?;
    let fixed = site.fix(&client, "list-postgres", LIST, None)?;
    let any: Vec<Request> = catalogue
        .tracks
        .iter()
        .step_by(10)
        .map(|track| Request::get(format!("/api/v1/tracks/{track}")))
        .collect();
    let load = |path: &str| Load::one(bench.home(), site.url(path), CONNECTIONS);
    let loads = [
        ("fixed, as the list", load(&fixed)?),
        ("list of 20, PostgreSQL", load(LIST)?),
        (
            "single track, PostgreSQL",
            Load::drawn(bench.home(), "tracks-pg", site.base(), CONNECTIONS, &any)?,
        ),
    ];
    let contenders = loads.map(|(name, load)| Contender {
        name: name.into(),
        load,
        servers: vec![site.id()],
    });
    in_turns(&contenders, bench.rounds().min(3), bench.seconds())
}
