//! `cargo xtask ci rollback`: rolls back the last deployment, for instance when
//! the smoke test after it failed.

use std::time::Duration;

use anyhow::{Context, Result, bail};

use super::artifacts::{self, Deployment};
use super::catalogue::version_of;
use super::docker::Docker;
use super::notice::{self, Event};
use super::rollout::{Outcome, Rollout, is};
use super::swarm;
use super::target::{Environment, Variables};
use crate::process::Session;

#[derive(clap::Args)]
pub struct Args {
    /// The environment
    #[arg(long = "to", value_name = "ENVIRONMENT")]
    environment: Environment,
    /// How long each service may take, in seconds
    #[arg(long, default_value_t = 600, value_name = "SECONDS")]
    pub patience: u64,
}

/// Gives each service that the last deployment updated its image from before,
/// the last first. One that has another image by now is left alone.
///
/// # Errors
/// When there was no deployment, or a service does not come up with its old image.
pub fn run(args: &Args, session: &Session) -> Result<()> {
    let environment = args.environment;
    let path = artifacts::deployment(environment);
    let mut deployment: Deployment = artifacts::read(&path)?
        .with_context(|| format!("nothing was deployed to {environment} from here"))?;
    let docker = Docker::with(Variables::new())?;
    let rollout = Rollout {
        docker: &docker,
        session,
        patience: Duration::from_secs(args.patience),
    };
    let mut failed = Vec::new();
    let mut rolled_back = Vec::new();
    for line in deployment
        .services
        .iter_mut()
        .rev()
        .filter(|line| line.released)
    {
        let name = format!("{}_{}", deployment.stack, line.service);
        let Some(before) = &line.before else {
            println!("{name}: is new, there is nothing to go back to");
            continue;
        };
        if !is(&swarm::service(&docker, session, &name)?, &line.after) {
            println!("{name}: has another image by now");
            continue;
        }
        println!(
            "{name}: {} → {}",
            version_of(&line.after),
            version_of(before)
        );
        match rollout.update(&name, before)? {
            Outcome::Released => {
                line.released = false;
                line.outcome = "rolled back: by request".to_owned();
                rolled_back.push(name);
            }
            Outcome::Refused(reason) | Outcome::RolledBack(reason) | Outcome::Stuck(reason) => {
                failed.push(format!("{name}: {reason}"));
            }
        }
    }
    artifacts::write(&path, &deployment)?;
    if !rolled_back.is_empty() || !failed.is_empty() {
        let what = [rolled_back, failed.clone()].concat().join(", ");
        notice::notify(Event::Rollback, Some(environment), Some(&what));
    }
    if !failed.is_empty() {
        bail!("{}", failed.join("; "));
    }
    Ok(())
}
