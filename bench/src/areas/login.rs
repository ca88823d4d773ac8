//! Log-ins: how many a core makes, and what readers notice of a storm.

use anyhow::Result;
use serde_json::json;

use crate::bench::Bench;
use crate::client::PASSWORD;
use crate::readers::{PACE, Readers};
use crate::report::{Bars, Section};
use crate::series::{Contender, in_turns};
use crate::site::Site;
use crate::wrk::{Load, Request};

const CONNECTIONS: usize = 16;

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

    let mut readers = Readers::new(bench, &site, &client)?;
    for _ in 0..bench.rounds() {
        readers.alone()?;
        let seconds = readers.seconds() + 1;
        std::thread::scope(|scope| -> Result<()> {
            let storming = scope.spawn(|| storm.run(seconds, &[site.id()]));
            std::thread::sleep(std::time::Duration::from_millis(500));
            readers.beside()?;
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
        "Answers {PACE} times a second at a steady pace, alone and during such a storm."
    ));
    let mut bars = Bars::default();
    bars.at_least(
        "log-ins a second and core",
        series[0].spread(|f| f.per_second).median,
        40.0,
        "",
    );
    readers.report("in the storm", &mut section, &mut bars);
    section.bars(&bars);
    Ok(section)
}
