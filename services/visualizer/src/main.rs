//! `wing-visualizer`: what of Win:G runs where, for those who operate it.

use std::net::TcpListener;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Parser, Subcommand};
use wing_wiring::cli;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Shows what of Win:G, an indie-music platform, runs where.
#[derive(Parser)]
#[command(name = "wing-visualizer", version, about, after_long_help = cli::settings())]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Serve the page until asked to stop
    Serve,
    /// Ask a running server whether it is ready; for container healthchecks
    Healthcheck,
}

fn main() -> ExitCode {
    let command = Cli::parse().command.unwrap_or(Command::Serve);
    cli::run("wing-visualizer", |config| match command {
        Command::Serve => cli::serve(config, |config, clock, stop| async move {
            let listener = TcpListener::bind(config.addr)
                .with_context(|| format!("listening on {}", config.addr))?;
            wing_visualizer_service::serve_on(listener, config, clock, stop).await
        }),
        Command::Healthcheck => cli::healthcheck(&config),
    })
}
