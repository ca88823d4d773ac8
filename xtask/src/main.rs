//! Every task of a developer and of the build server: `cargo xtask --help`.
//!
//! One file per subcommand, and beside them what several share: where things
//! lie ([`workspace`]), which programs are here ([`machine`], [`tools`]),
//! running them so that Ctrl-C leaves nothing behind ([`process`]), and a
//! temporary PostgreSQL server ([`postgres`]).
//!
//! Nothing of the product may live here, and nothing here may be needed to
//! use the product: `cargo build` works without it.

mod admin;
mod assets;
mod bench;
mod ci;
mod cluster;
#[cfg(test)]
mod complete;
mod edge;
mod images;
mod lab;
mod machine;
mod monitoring;
mod postgres;
mod process;
mod run;
mod sbom;
mod setup;
mod split;
mod stack;
mod stamps;
mod steps;
mod supervisor;
mod test;
mod tools;
mod with_postgres;
mod workspace;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Builds, runs and checks Win:G.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", version)]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Build the site and run it at 127.0.0.1:8080
    Run(run::Args),
    /// Build the services and run them behind nginx at 127.0.0.1:8080
    Split(split::Args),
    /// Write what follows from the table of services: nginx, Prometheus, Grafana
    Edge,
    /// Write the stack files of a Swarm from the list of services
    Stack,
    /// Build the container images
    Images(images::Args),
    /// Run the stack on a Swarm of three nodes on this machine: up, test, down
    Lab(lab::Args),
    /// Make an account of a running or stopped site an admin
    Admin(admin::Args),
    /// Run every test, on SQLite and on PostgreSQL
    Test(test::Args),
    /// Run one command beside a PostgreSQL server to throw away
    WithPostgres(with_postgres::Args),
    /// Run every check and every test as the build server does, or a stage of its pipeline
    Ci(ci::Args),
    /// Install what the pages need from npm and build scripts and styles
    Assets,
    /// Measure speed and memory; arguments go to the package wing-bench
    Bench(bench::Args),
    /// Install whatever the other tasks need
    Setup,
}

fn main() -> ExitCode {
    let task = Cli::parse().task;
    match process::Session::start().and_then(|session| perform(task, &session)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn perform(task: Task, session: &process::Session) -> anyhow::Result<()> {
    match task {
        Task::Run(args) => run::run(&args, session),
        Task::Split(args) => split::run(&args, session),
        Task::Edge => edge::run(),
        Task::Stack => stack::run(),
        Task::Images(args) => images::run(&args, session),
        Task::Lab(args) => lab::run(&args, session),
        Task::Admin(args) => admin::run(&args, session),
        Task::Test(args) => test::run(&args, session),
        Task::WithPostgres(args) => with_postgres::run(&args, session),
        Task::Ci(args) => ci::run(&args, session),
        Task::Assets => assets::run(session),
        Task::Bench(args) => bench::run(&args, session),
        Task::Setup => setup::run(session),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
    }

    #[test]
    fn words_after_the_dashes_become_the_test_filter() {
        let cli = Cli::parse_from(["cargo xtask", "test", "--", "-E", "test(login)"]);
        let Task::Test(args) = cli.task else {
            panic!("expected the test task");
        };
        assert_eq!(args.filter, ["-E", "test(login)"]);
    }

    #[test]
    fn bench_passes_unknown_options_on() {
        let cli = Cli::parse_from(["cargo xtask", "bench", "stream", "--seconds", "5"]);
        let Task::Bench(args) = cli.task else {
            panic!("expected the bench task");
        };
        assert_eq!(args.rest, ["stream", "--seconds", "5"]);
    }
}
