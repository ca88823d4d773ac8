//! `wing`: all of Win:G in one process.

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use wing_kit::{Clock, Config};
use wing_wiring::cli;
use wing_wiring::events::{self, Events};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Win:G, an indie-music platform.
#[derive(Parser)]
#[command(name = "wing", version, about, after_long_help = cli::settings())]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Serve the site and the API until asked to stop
    Serve(cli::Serve),
    /// Make somebody an admin, or take it back
    #[command(subcommand)]
    Admin(Admin),
    /// Inspect and repair the delivery of events
    #[command(subcommand)]
    Events(Events),
    /// Ask a running server whether it is up and was ready once; for container healthchecks
    Healthcheck,
    /// Print the OpenAPI document
    Openapi,
}

#[derive(Subcommand)]
enum Admin {
    /// Make the account of this address an admin
    Grant {
        /// The address it signed up with
        email: String,
    },
    /// Make the account of this address a musician again
    Revoke {
        /// The address it signed up with
        email: String,
    },
}

fn main() -> ExitCode {
    let command = Cli::parse()
        .command
        .unwrap_or(Command::Serve(cli::Serve::default()));
    cli::run("wing", |config| match command {
        Command::Serve(serve) => cli::serve(config, |config, clock, stop| {
            wing_monolith::serve(config, clock, serve.demo, stop)
        }),
        Command::Admin(admin) => change_admin(&config, admin),
        Command::Events(command) => {
            events::run(&config, "monolith", wing_monolith::open_database, command)
        }
        Command::Healthcheck => cli::healthcheck(&config),
        Command::Openapi => {
            println!("{}", wing_monolith::openapi().to_pretty_json()?);
            Ok(())
        }
    })
}

fn change_admin(config: &Config, admin: Admin) -> anyhow::Result<()> {
    let db = wing_monolith::open_database(config)?;
    let clock = Clock::system();
    let user = match admin {
        Admin::Grant { email } => wing_user::grant_admin(&db, &clock, &email)?,
        Admin::Revoke { email } => wing_user::revoke_admin(&db, &clock, &email)?,
    };
    println!("{} is {} now", user.display_name, user.role.as_str());
    Ok(())
}
