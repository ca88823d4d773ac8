//! `cargo xtask ci all`: the whole pipeline by hand, stage after stage as Jenkins
//! runs them. Each is a process of its own with the same words as there.

use std::env;
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};

use super::notice;
use super::target::Environment;
use crate::process::Session;

#[derive(clap::Args)]
pub struct Args {
    /// The registry the nodes pull from, with a prefix if it has one
    #[arg(long, env = "WING_REGISTRY", value_name = "HOST[/PREFIX]")]
    registry: String,
    /// Where notices go, for instance to `cargo xtask ci receiver`
    #[arg(long, value_name = "URL")]
    notice_url: Option<String>,
    /// The revision to compare with; without one everything is built
    #[arg(long)]
    since: Option<String>,
    /// Where the release ends
    #[arg(long, value_name = "ENVIRONMENT", default_value = "prod")]
    until: Environment,
    /// Approve without being asked
    #[arg(long)]
    yes: bool,
    /// Leave out checks and tests, which take longest
    #[arg(long)]
    skip_checks: bool,
    /// The address of qa [default: WING_QA_URL]
    #[arg(long, value_name = "URL")]
    qa_url: Option<String>,
    /// The address of prod [default: WING_PROD_URL]
    #[arg(long, value_name = "URL")]
    prod_url: Option<String>,
    /// PEM file with the authority of both addresses' certificates, when browsers do
    /// not know it
    #[arg(long, value_name = "FILE")]
    ca: Option<OsString>,
}

/// Which Swarm it goes to is said by `DOCKER_HOST`.
///
/// # Errors
/// When a stage fails. What the stage deployed is taken back then.
pub fn run(args: &Args, session: &Session) -> Result<()> {
    let pipeline = Pipeline::new(args, session)?;
    pipeline.stage(["notice", "start"])?;
    let released = pipeline.stages();
    let until = args.until.to_string();
    match &released {
        Ok(()) => pipeline.stage(["notice", "success", "--to", &until])?,
        Err(error) => {
            let details = format!("{error:#}");
            pipeline.stage(["notice", "failure", "--details", &details])?;
        }
    }
    released
}

struct Pipeline<'a> {
    args: &'a Args,
    session: &'a Session,
    program: PathBuf,
    environment: Vec<(&'static str, String)>,
}

impl<'a> Pipeline<'a> {
    fn new(args: &'a Args, session: &'a Session) -> Result<Self> {
        let mut environment = vec![
            notice::started_now(),
            ("WING_REGISTRY", args.registry.clone()),
        ];
        // In the environment, since everybody may read a program's arguments.
        environment.extend(args.notice_url.as_deref().map(notice::webhook_variable));
        environment.extend(args.qa_url.clone().map(|url| ("WING_QA_URL", url)));
        environment.extend(args.prod_url.clone().map(|url| ("WING_PROD_URL", url)));
        Ok(Self {
            args,
            session,
            program: env::current_exe().context("this program's own file")?,
            environment,
        })
    }

    fn stages(&self) -> Result<()> {
        if !self.args.skip_checks {
            self.stage(["lint"])?;
            self.stage(["test"])?;
        }
        match self.args.since.as_deref() {
            Some(since) => self.stage(["changed", "--since", since])?,
            None => self.stage(["changed", "--everything"])?,
        }
        self.stage(["images"])?;
        self.stage(["push"])?;
        self.release(Environment::Qa)?;
        if self.args.until == Environment::Prod {
            self.stage(["notice", "approval", "--to", "prod"])?;
            let yes = self.args.yes.then_some("--yes");
            self.stage(["approve", "--to", "prod"].into_iter().chain(yes))?;
            self.release(Environment::Prod)?;
        }
        Ok(())
    }

    /// Deploys to an environment and visits it; what disappoints is taken back.
    fn release(&self, environment: Environment) -> Result<()> {
        let to = environment.to_string();
        self.stage(["deploy", "--to", &to])?;
        let mut smoke: Vec<OsString> = ["smoke", "--to", &to].map(OsString::from).into();
        if let Some(ca) = &self.args.ca {
            smoke.extend(["--ca".into(), ca.clone()]);
        }
        let visited = self.stage(smoke);
        if visited.is_err() {
            self.stage(["rollback", "--to", &to])
                .context("taking back what did not answer as it should")?;
        }
        visited
    }

    fn stage<S: Into<OsString>>(&self, words: impl IntoIterator<Item = S>) -> Result<()> {
        let words: Vec<OsString> = words.into_iter().map(Into::into).collect();
        let shown: Vec<_> = words.iter().map(|word| word.to_string_lossy()).collect();
        let shown = shown.join(" ");
        eprintln!("\n══ cargo xtask ci {shown}");
        let mut command = Command::new(&self.program);
        command.arg("ci").args(&words);
        command.envs(self.environment.iter().cloned());
        self.session
            .run(&mut command)
            .with_context(|| format!("the stage {shown}"))
    }
}
