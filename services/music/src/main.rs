//! `wing-music`: the music of Win:G, in a process of its own.

use std::net::TcpListener;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Parser, Subcommand};
use wing_wiring::cli;
use wing_wiring::events::{self, Events};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The music of Win:G, an indie-music platform.
#[derive(Parser)]
#[command(name = "wing-music", version, about, after_long_help = cli::settings())]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Serve pages and API of music until asked to stop
    Serve(cli::Serve),
    /// Inspect and repair the delivery of events
    #[command(subcommand)]
    Events(Events),
    /// Ask a running server whether it is up and was ready once; for container healthchecks
    Healthcheck,
    /// Print the OpenAPI document
    Openapi,
}

fn main() -> ExitCode {
    let command = Cli::parse()
        .command
        .unwrap_or(Command::Serve(cli::Serve::default()));
    cli::run("wing-music", |config| match command {
        Command::Serve(serve) => cli::serve(config, |config, clock, stop| async move {
            let listener = TcpListener::bind(config.addr)
                .with_context(|| format!("listening on {}", config.addr))?;
            wing_music_service::serve_on(listener, config, clock, serve.demo, stop).await
        }),
        Command::Events(command) => events::run(
            &config,
            wing_music_service::DOMAIN.name,
            wing_music_service::open_database,
            command,
        ),
        Command::Healthcheck => cli::healthcheck(&config),
        Command::Openapi => {
            println!("{}", wing_music_service::openapi().to_pretty_json()?);
            Ok(())
        }
    })
}
