//! `cargo xtask ci deploy`: a release onto a Swarm.
//!
//! When the stack's files changed in more than images, they are deployed first. Then
//! each service whose image is new is updated, one after the other, each before the
//! services that call it. The first that fails ends the deployment, and everything it
//! changed is rolled back.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use super::artifacts::{self, Changed, Deployed, Deployment, Release};
use super::catalogue::version_of;
use super::docker::Docker;
use super::notice::{self, Event};
use super::plan::{Plan, Replacement};
use super::rollout::{Backoff, Outcome, Rollout};
use super::stack::Stack;
use super::swarm::{self, Service, Update};
use super::target::{Environment, Target};
use crate::process::Session;

/// How many polls in a row must find the stack settled, since Swarm begins an update a
/// moment after the command.
const SETTLED_POLLS: u32 = 3;

#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    pub target: Target,
    /// Hand Swarm the stack's files again, even when none of them changed
    #[arg(long)]
    pub redeploy: bool,
    /// How long each service may take, in seconds
    #[arg(long, default_value_t = 600, value_name = "SECONDS")]
    pub patience: u64,
}

/// # Errors
/// When the release did not reach its target; then everything of it that was
/// there is taken back.
pub fn run(args: &Args, session: &Session) -> Result<()> {
    let release: Release = artifacts::read(&artifacts::release())?
        .context("there is no release yet: run `cargo xtask ci images`")?;
    let changed: Option<Changed> = artifacts::read(&artifacts::changed())?;
    let variables = args.target.place.variables()?;
    let name = args.target.stack(&variables);
    let docker = Docker::with(variables)?;
    let deploy = Deploy {
        stack: Stack::read(&docker, session, &args.target)?,
        name,
        environment: args.target.place.environment,
        rollout: Rollout {
            docker: &docker,
            session,
            patience: Duration::from_secs(args.patience),
        },
    };
    let running = swarm::services(&docker, session, &deploy.name)?;
    let plan = Plan::of(&deploy.stack, &release, &running)?;
    if plan.is_first {
        return deploy.first(&plan);
    }
    if args.redeploy || !plan.new.is_empty() || changed.is_some_and(|changed| changed.stack) {
        deploy.apply_stack_files(&plan)?;
    }
    deploy.roll(&plan.updates)
}

struct Deploy<'a> {
    stack: Stack,
    name: String,
    environment: Environment,
    rollout: Rollout<'a>,
}

impl Deploy<'_> {
    /// Brings up a stack of which nothing runs yet.
    fn first(&self, plan: &Plan) -> Result<()> {
        println!("{} does not run yet: deploying all of it", self.name);
        let start = Instant::now();
        self.deploy_stack_files(plan)?;
        let seconds = start.elapsed().as_secs_f64();
        let services = self.stack.services().into_iter();
        self.report(
            services
                .filter_map(|(service, _)| {
                    Some(Deployed {
                        service: service.to_owned(),
                        before: None,
                        after: plan.images.get(service)?.clone(),
                        seconds,
                        released: true,
                        outcome: "new".to_owned(),
                    })
                })
                .collect(),
        )
    }

    /// Applies the stack's files to a running stack, except for images.
    fn apply_stack_files(&self, plan: &Plan) -> Result<()> {
        println!("{}: deploying the stack's files", self.name);
        self.deploy_stack_files(plan)
    }

    fn deploy_stack_files(&self, plan: &Plan) -> Result<()> {
        let Rollout {
            docker, session, ..
        } = self.rollout;
        self.stack
            .deploy(docker, session, &self.name, &plan.images)?;
        let mut wait = Backoff::new(session, self.rollout.patience);
        let mut settled = 0;
        while settled < SETTLED_POLLS {
            let services = swarm::services(docker, session, &self.name)?;
            if let Some(what) = failed_update(&services) {
                notice::notify(Event::Rollback, Some(self.environment), Some(&what));
                bail!("{what}");
            }
            let replicas = swarm::replicas(docker, session, &self.name)?;
            let unsettled = unsettled(&services, &replicas);
            settled = if unsettled.is_empty() { settled + 1 } else { 0 };
            if settled < SETTLED_POLLS && !wait.a_moment()? {
                bail!(
                    "{} is not up within {} s: {}",
                    self.name,
                    self.rollout.patience.as_secs(),
                    self.why(&unsettled, &plan.images)
                );
            }
        }
        Ok(())
    }

    /// What is said of services that are not up, with what their tasks ended of.
    fn why(&self, unsettled: &[Unsettled], images: &BTreeMap<String, String>) -> String {
        let Rollout {
            docker, session, ..
        } = self.rollout;
        let mut words = Vec::new();
        for Unsettled { service, what } in unsettled {
            words.push(format!("{service} {what}"));
            let image = images.get(service).map_or("", String::as_str);
            let complaints = swarm::complaints(docker, session, &self.full_name(service), image);
            // Without them the message is shorter, but there is one.
            words.extend(complaints.unwrap_or_default());
        }
        words.join("; ")
    }

    /// Gives each service its new image; when one fails, all get their old image again.
    fn roll(&self, updates: &[Replacement]) -> Result<()> {
        if updates.is_empty() {
            println!("{}: no service has a new image", self.name);
        }
        let mut done: Vec<Deployed> = Vec::new();
        for update in updates {
            println!(
                "{}: {} → {}",
                update.service,
                version_of(&update.before),
                version_of(&update.after)
            );
            let start = Instant::now();
            let outcome = self
                .rollout
                .update(&self.full_name(&update.service), &update.after)?;
            let failure = match &outcome {
                Outcome::Released => None,
                Outcome::Refused(reason) => Some(format!("not begun: {reason}")),
                Outcome::RolledBack(reason) => Some(format!("rolled back: {reason}")),
                Outcome::Stuck(reason) => Some(format!("stuck: {reason}")),
            };
            done.push(Deployed {
                service: update.service.clone(),
                before: Some(update.before.clone()),
                after: update.after.clone(),
                seconds: start.elapsed().as_secs_f64(),
                released: failure.is_none(),
                outcome: failure.clone().unwrap_or_else(|| "released".to_owned()),
            });
            if let Some(failure) = failure {
                self.roll_back(&mut done)?;
                let what = format!("{}: {failure}", self.full_name(&update.service));
                notice::notify(Event::Rollback, Some(self.environment), Some(&what));
                self.report(done)?;
                bail!("{what}");
            }
        }
        self.report(done)
    }

    /// Rolls back what was released before the failure, the last first: an environment
    /// runs one release, never parts of two.
    fn roll_back(&self, done: &mut [Deployed]) -> Result<()> {
        for line in done.iter_mut().rev().filter(|line| line.released) {
            println!("{}: taking it back", line.service);
            let outcome = self
                .rollout
                .roll_back(&self.full_name(&line.service), "another service failed")?;
            line.released = false;
            line.outcome = match outcome {
                Outcome::RolledBack(reason) => format!("rolled back: {reason}"),
                Outcome::Refused(reason) | Outcome::Stuck(reason) => format!("stuck: {reason}"),
                Outcome::Released => "stuck: it still has the new image".to_owned(),
            };
        }
        Ok(())
    }

    fn full_name(&self, service: &str) -> String {
        format!("{}_{service}", self.name)
    }

    fn report(&self, services: Vec<Deployed>) -> Result<()> {
        print!("{}", table(&services));
        let deployment = Deployment {
            stack: self.name.clone(),
            services,
        };
        artifacts::write(&artifacts::deployment(self.environment), &deployment)
    }
}

/// The first service whose update by the stack's files Swarm stopped or rolled back.
fn failed_update(services: &BTreeMap<String, Service>) -> Option<String> {
    services
        .iter()
        .find_map(|(name, service)| match service.update {
            Update::Paused | Update::RolledBack | Update::RollbackPaused => Some(format!(
                "{name} does not come up as the stack's files describe it now: {}",
                service.message
            )),
            _ => None,
        })
}

/// A service whose tasks are not all up.
struct Unsettled {
    service: String,
    what: String,
}

/// The services of a stack that are not settled, each with what is missing.
fn unsettled(
    services: &BTreeMap<String, Service>,
    replicas: &BTreeMap<String, (u64, u64)>,
) -> Vec<Unsettled> {
    services
        .iter()
        .filter_map(|(name, service)| {
            let moving = matches!(service.update, Update::Updating | Update::RollingBack);
            let what = match replicas.get(name) {
                Some((running, wanted)) if running == wanted && !moving => return None,
                Some((running, wanted)) => format!("{running}/{wanted}"),
                None => "has no tasks".to_owned(),
            };
            Some(Unsettled {
                service: name.clone(),
                what,
            })
        })
        .collect()
}

/// What a deployment did, a line for each service.
fn table(services: &[Deployed]) -> String {
    let mut text = String::new();
    for line in services {
        let before = line.before.as_deref().map_or("–", version_of);
        text.push_str(&format!(
            "{:<16} {:<20} {:<20} {:>6.1} s  {}\n",
            line.service,
            before,
            version_of(&line.after),
            line.seconds,
            line.outcome
        ));
    }
    text
}
