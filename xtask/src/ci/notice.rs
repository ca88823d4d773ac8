//! `cargo xtask ci notice`: notifies the team's Slack of how a release goes.
//!
//! The webhook's address is a secret: whoever has it can write there. It comes
//! from a file or from the environment and is never printed. A notice that cannot
//! be sent is printed and fails nothing.

use std::env;
use std::fs;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, bail};

use super::artifacts::{self, Release};
use super::catalogue::version_of;
use super::git::Git;
use super::slack::Message;
use super::target::Environment;
use super::web;
use crate::steps::in_words;
use crate::workspace;

/// How long Slack may take.
const TIMEOUT: Duration = Duration::from_secs(10);
/// The webhook's address, or with `_FILE` behind it the file that holds it.
const URL: &str = "WING_NOTICE_URL";
/// When the pipeline began, in milliseconds since 1970, as Jenkins counts.
const STARTED: &str = "WING_CI_STARTED";

/// What a notice is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Event {
    /// The pipeline begins
    Start,
    /// A release waits for somebody's approval
    Approval,
    /// A release is out or, without an environment, everything went through
    Success,
    /// The pipeline ended without a release
    Failure,
    /// A release was taken back
    Rollback,
}

#[derive(clap::Args)]
pub struct Args {
    /// What happened
    event: Event,
    /// The environment it is about
    #[arg(long = "to", value_name = "ENVIRONMENT")]
    environment: Option<Environment>,
    /// What happened in detail
    #[arg(long)]
    details: Option<String>,
}

/// Never fails: what could not be sent is printed. `start` also removes the artifacts of
/// an earlier pipeline.
pub fn run(args: &Args) {
    if args.event == Event::Start
        && let Err(error) = artifacts::begin()
    {
        eprintln!("The artifacts of an earlier pipeline were not removed: {error:#}");
    }
    notify(args.event, args.environment, args.details.as_deref());
}

/// Notifies of an event. Never fails: what could not be sent is printed.
pub fn notify(event: Event, environment: Option<Environment>, details: Option<&str>) {
    let message = message(event, environment, details);
    match webhook().and_then(|url| send(url, &message)) {
        Ok(()) => eprintln!("Notified Slack: {}", message.headline),
        Err(error) => eprintln!("Could not notify Slack ({error:#}): {}", message.headline),
    }
}

fn message(event: Event, environment: Option<Environment>, details: Option<&str>) -> Message {
    let version = version();
    let place = environment.map_or(String::new(), |environment| format!(" to {environment}"));
    let (emoji, said) = match event {
        Event::Start => ("arrow_forward", format!("is on its way{place}")),
        Event::Approval => ("raised_hand", format!("waits for approval{place}")),
        Event::Success => (
            "white_check_mark",
            match environment {
                Some(environment) => format!("is released to {environment}"),
                None => "went through".to_owned(),
            },
        ),
        Event::Failure => ("x", "failed".to_owned()),
        Event::Rollback => (
            "leftwards_arrow_with_hook",
            match environment {
                Some(environment) => format!("was rolled back on {environment}"),
                None => "was rolled back".to_owned(),
            },
        ),
    };
    let mut fields = vec![("Version", version.clone())];
    if let Ok(author) = Git::at(&workspace::root()).author() {
        fields.push(("Author", author));
    }
    if let Some(branch) = setting("BRANCH_NAME") {
        fields.push(("Branch", branch));
    }
    if let Some(took) = duration().filter(|_| event != Event::Start) {
        fields.push(("Duration", in_words(took)));
    }
    Message {
        headline: format!("Win:G {version} {said}"),
        emoji,
        fields,
        details: details.map(str::to_owned),
        link: setting("BUILD_URL"),
    }
}

/// The version of what is released: that of its images or, before there are any,
/// the one they will have.
fn version() -> String {
    let release: Option<Release> = artifacts::read(&artifacts::release()).unwrap_or_default();
    let built = release.and_then(|release| release.images.into_iter().next());
    match built {
        Some(built) => version_of(&built.reference).to_owned(),
        None => match Git::at(&workspace::root()).short_head() {
            Ok(revision) => format!("{}-{revision}", env!("CARGO_PKG_VERSION")),
            Err(_) => env!("CARGO_PKG_VERSION").to_owned(),
        },
    }
}

fn duration() -> Option<Duration> {
    let started = Duration::from_millis(setting(STARTED)?.parse().ok()?);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).ok()?;
    now.checked_sub(started)
}

/// The environment in the form that [`STARTED`] wants for a pipeline that begins now.
pub fn started_now() -> (&'static str, String) {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    (STARTED, now.map_or(0, |now| now.as_millis()).to_string())
}

/// The environment variable that sets the webhook's address.
pub fn webhook_variable(url: &str) -> (&'static str, String) {
    (URL, url.to_owned())
}

fn webhook() -> Result<String> {
    let file = format!("{URL}_FILE");
    let url = match setting(&file) {
        Some(path) => fs::read_to_string(path).with_context(|| format!("reading {file}"))?,
        None => match setting(URL) {
            Some(url) => url,
            None => bail!("neither {file} nor {URL} is set"),
        },
    };
    let url = url.trim();
    if !url.starts_with("https://") && !url.starts_with("http://") {
        bail!("what {URL} says is no address of the web");
    }
    Ok(url.to_owned())
}

/// Errors name no address: what an HTTP library says of one may.
fn send(url: String, message: &Message) -> Result<()> {
    let body = serde_json::to_vec(&message.payload())?;
    let answer = web::agent(TIMEOUT, None)?
        .post(url)
        .content_type("application/json")
        .send(&body[..]);
    match answer {
        Ok(answer) if answer.status().is_success() => Ok(()),
        Ok(answer) => bail!("the webhook answered {}", answer.status().as_u16()),
        Err(error) => bail!("{}", web::in_words(&error)),
    }
}

fn setting(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}
