//! Log-ins: how many a core makes, and what readers notice of a storm.

use anyhow::Result;
use serde_json::json;

use super::api::LIST;
use crate::bench::Bench;
use crate::client::PASSWORD;
use crate::paced::Paced;
use crate::report::{Bars, Section};
use crate::series::{Contender, Spread, in_turns};
use crate::site::Site;
use crate::wrk::{Load, Request};

const CONNECTIONS: usize = 16;
/// Lists a second beside the storm.
const PACE: u32 = 500;

pub fn measure(bench: &Bench) -> Result<Section> {
    let site = Site::start(bench)?;
    let client = site.client()?;
    let mut logins = Vec::new();
    for n in 0..8 {
        let account = client.sign_up(&format!("login-{n}"), "fan")?;
        logins.push(Request {
            method: "POST",
            path: "/api/v1/sessions".into(),
            header: None,
            body: Some(json!({"email": account.email, "password": PASSWORD}).to_string()),
        });
    }
    let storm = Load::drawn(bench.home(), "logins", site.base(), CONNECTIONS, &logins)?;
    let contender = Contender {
        name: "log-in".into(),
        load: storm.clone(),
        servers: vec![site.id()],
    };
    let series = in_turns(&[contender], bench.rounds(), bench.seconds())?;

    let list = Paced::new(site.base(), LIST, PACE);
    let (mut alone, mut beside) = (Vec::new(), Vec::new());
    let measure = |into: &mut Vec<(f64, f64)>| -> Result<()> {
        let mut times = list.run(bench.seconds())?;
        into.push((times.percentile(0.5), times.percentile(0.99)));
        Ok(())
    };
    measure(&mut Vec::new())?;
    for _ in 0..bench.rounds() {
        measure(&mut alone)?;
        std::thread::scope(|scope| -> Result<()> {
            let storming = scope.spawn(|| storm.run(bench.seconds() + 1, &[site.id()]));
            std::thread::sleep(std::time::Duration::from_millis(500));
            measure(&mut beside)?;
            storming
                .join()
                .map_err(|_| anyhow::anyhow!("the storm broke"))?
                .map(drop)
        })?;
    }

    let mut section = Section::new(
        "Log-in",
        &format!(
            "`POST /api/v1/sessions` with the right password: argon2id at 19 MiB, t=2, p=1, then a new \
             session in the database (one synced transaction each). {CONNECTIONS} connections, {} rounds \
             of {} s.",
            bench.rounds(),
            bench.seconds()
        ),
    );
    section.loads(&series.iter().collect::<Vec<_>>());
    section.say(&format!(
        "The list of 20 tracks {PACE} times a second at a steady pace, alone and during such a storm."
    ));
    let spread =
        |of: &[(f64, f64)], pick: fn(&(f64, f64)) -> f64| Spread::of(of.iter().map(pick).collect());
    let row = |name: &str, of: &[(f64, f64)]| {
        vec![
            name.to_owned(),
            spread(of, |t| t.0).to_string(),
            spread(of, |t| t.1).to_string(),
        ]
    };
    section.table(
        &["", "p50, ms", "p99, ms"],
        &[row("the list alone", &alone), row("in the storm", &beside)],
    );
    let mut bars = Bars::default();
    bars.at_least(
        "log-ins a second and core",
        series[0].spread(|f| f.per_second).median,
        40.0,
        "",
    );
    let ratio = spread(&beside, |t| t.1).median / spread(&alone, |t| t.1).median;
    bars.at_most(
        "p99 of the list in the storm, against alone",
        ratio,
        2.0,
        "x",
    );
    section.bars(&bars);
    Ok(section)
}
