//! `cargo xtask ci`: what the build server runs.
//!
//! Without a stage: every check and every test. With one: that stage of the
//! pipeline from a push to a release, which `Jenkinsfile` calls one by one and
//! [`all`] runs by hand. What one stage leaves for the next is in [`artifacts`].
//! Decisions are here and not in the `Jenkinsfile`, which only says where a stage
//! runs and with which credentials.

mod all;
mod approve;
mod artifacts;
mod build;
mod catalogue;
mod changed;
mod checks;
mod deploy;
mod docker;
mod git;
mod graph;
#[cfg(test)]
mod jenkinsfile;
mod lock;
mod notice;
mod plan;
mod receiver;
mod rollback;
mod rollout;
mod slack;
mod smoke;
mod stack;
mod swarm;
mod target;
mod web;

use anyhow::Result;
use clap::Subcommand;

use crate::process::Session;

#[derive(clap::Args)]
pub struct Args {
    #[command(subcommand)]
    stage: Option<Stage>,
}

/// A stage of the pipeline; without one, every check and every test.
#[derive(Subcommand)]
enum Stage {
    /// Check format, dependencies, types, clippy, documentation
    Lint,
    /// Run every test and write JUnit reports to target/nextest
    Test,
    /// Print the images that changed since a revision
    Changed(changed::Args),
    /// Build the images that changed
    Images(build::Args),
    /// Push what was built to the registry
    Push,
    /// Bring what was pushed to qa or prod, service by service
    Deploy(deploy::Args),
    /// Visit a deployed site
    Smoke(smoke::Args),
    /// Take the last deployment back
    Rollback(rollback::Args),
    /// Ask somebody whether the release may go on
    Approve(approve::Args),
    /// Notify Slack of how it goes
    Notice(notice::Args),
    /// Stand in for Slack: print the notices that arrive
    Receiver(receiver::Args),
    /// Run the whole pipeline from here
    All(all::Args),
}

/// # Errors
/// When the stage fails.
pub fn run(args: &Args, session: &Session) -> Result<()> {
    let Some(stage) = &args.stage else {
        return checks::everything(session);
    };
    match stage {
        Stage::Lint => checks::lint(session),
        Stage::Test => checks::tests(session),
        Stage::Changed(args) => changed::run(args),
        Stage::Images(args) => build::images(args, session),
        Stage::Push => build::push(session),
        Stage::Deploy(args) => deploy::run(args, session),
        Stage::Smoke(args) => smoke::run(args, session),
        Stage::Rollback(args) => rollback::run(args, session),
        Stage::Approve(args) => approve::run(args, session),
        Stage::Notice(args) => {
            notice::run(args);
            Ok(())
        }
        Stage::Receiver(args) => receiver::run(args, session),
        Stage::All(args) => all::run(args, session),
    }
}

/// The images that the pipeline knows.
#[cfg(test)]
pub fn image_names() -> Result<std::collections::BTreeSet<String>> {
    let root = crate::workspace::root();
    let graph = graph::Graph::read(&root)?;
    let images = catalogue::images(&graph, &root)?;
    Ok(images.into_iter().map(|image| image.name).collect())
}
