//! `wing`: all of Win:G in one process.

use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use tokio_util::sync::CancellationToken;
use wing_kit::{Clock, Config};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Win:G, an indie-music platform.
#[derive(Parser)]
#[command(name = "wing", version, about, after_long_help = settings())]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Serve the site and the API until asked to stop
    Serve(Serve),
    /// Make somebody an admin, or take it back
    #[command(subcommand)]
    Admin(Admin),
    /// Ask a running server whether it is ready; for container healthchecks
    Healthcheck,
    /// Print the OpenAPI document
    Openapi,
}

#[derive(Args, Default)]
struct Serve {
    /// Fill an empty instance with demo content first
    #[arg(long)]
    demo: bool,
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

fn settings() -> String {
    format!(
        "Settings, by environment; each also as …_FILE, the path of a file that holds the value:\n\n{}",
        Config::help()
    )
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    match run(cli.command.unwrap_or(Command::Serve(Serve::default()))) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(error = format!("{error:#}"), "ended");
            eprintln!("wing: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> anyhow::Result<()> {
    let config = Config::from_env()?;
    match command {
        Command::Serve(serve) => {
            wing_kit::telemetry::logs::start(&config)?;
            let stop = CancellationToken::new();
            actix_web::rt::System::new().block_on(wing_monolith::serve(
                config,
                Clock::system(),
                serve.demo,
                stop,
            ))
        }
        Command::Admin(admin) => {
            let db = wing_monolith::open_database(&config)?;
            let clock = Clock::system();
            let user = match admin {
                Admin::Grant { email } => wing_user::grant_admin(&db, &clock, &email)?,
                Admin::Revoke { email } => wing_user::revoke_admin(&db, &clock, &email)?,
            };
            println!("{} is {} now", user.display_name, user.role.as_str());
            Ok(())
        }
        Command::Healthcheck => wing_kit::http::health::ask(config.addr),
        Command::Openapi => {
            println!("{}", wing_monolith::openapi().to_pretty_json()?);
            Ok(())
        }
    }
}
