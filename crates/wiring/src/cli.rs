//! What the programs' command lines have in common.

use std::future::Future;
use std::process::ExitCode;

use tokio_util::sync::CancellationToken;
use wing_kit::{Clock, Config};

/// How to serve.
#[derive(clap::Args, Clone, Copy, Debug, Default)]
pub struct Serve {
    /// Fill an empty instance with demo content first
    #[arg(long)]
    pub demo: bool,
}

/// The settings, for the end of `--help`.
pub fn settings() -> String {
    format!(
        "Settings, by environment; each also as …_FILE, the path of a file that holds the value:\n\n{}",
        Config::help()
    )
}

/// Runs `command` with the settings of the environment. What goes wrong is written
/// in the log and to the terminal.
pub fn run(name: &str, command: impl FnOnce(Config) -> anyhow::Result<()>) -> ExitCode {
    match Config::from_env().and_then(command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(error = format!("{error:#}"), "ended");
            eprintln!("{name}: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Starts the log and serves until asked to stop.
pub fn serve<F>(
    config: Config,
    serve: impl FnOnce(Config, Clock, CancellationToken) -> F,
) -> anyhow::Result<()>
where
    F: Future<Output = anyhow::Result<()>>,
{
    wing_kit::telemetry::logs::start(&config)?;
    let serving = serve(config, Clock::system(), CancellationToken::new());
    actix_web::rt::System::new().block_on(serving)
}

/// Asks the running server whether it is up and was ready once.
pub fn healthcheck(config: &Config) -> anyhow::Result<()> {
    wing_kit::http::health::ask(config.addr)
}
