//! The operator's commands about events, the same in every program.

use anyhow::Context as _;
use clap::Subcommand;
use wing_broker::Broker;
use wing_contracts::EventId;
use wing_kit::events::Repair;
use wing_kit::{Clock, Config, Db};

/// `… events …`
#[derive(Subcommand)]
pub enum Events {
    /// Show the events that a consumer gave up
    Parked,
    /// Have parked events delivered again, to the consumer that parked them, once what
    /// they failed at is mended
    Retry {
        /// Only this one
        event: Option<EventId>,
        /// Only those of this consumer
        #[arg(long)]
        consumer: Option<String>,
    },
    /// Drop a parked event: its consumer will never act on it
    Drop {
        /// The event
        event: EventId,
        /// The consumer that parked it
        #[arg(long)]
        consumer: String,
    },
    /// Have everything published again that happened here lately, for a broker that
    /// lost what it had stored; consumers that acted on it do nothing
    Resend {
        /// How far back
        #[arg(long, default_value_t = 24, value_parser = clap::value_parser!(u16).range(1..=168))]
        hours: u16,
    },
    /// Have a consumer read everything again that the broker keeps, for a database
    /// that was restored; what it has acted on changes nothing
    Reread {
        /// The consumer's name, such as music.bookkeeper
        consumer: String,
    },
}

/// Carries `command` out on the database that `open` opens; other processes know
/// this program as `process`.
///
/// # Errors
/// When database or broker cannot be reached.
pub fn run(
    config: &Config,
    process: &'static str,
    open: impl FnOnce(&Config) -> anyhow::Result<Db>,
    command: Events,
) -> anyhow::Result<()> {
    let clock = Clock::system();
    let repair = || anyhow::Ok(Repair::new(open(config)?, clock.clone()));
    match command {
        Events::Parked => {
            let parked = repair()?.parked()?;
            for one in &parked {
                let state = match one.retry_requested_at {
                    Some(_) => "  to be delivered again",
                    None => "",
                };
                println!(
                    "{}  {}  {}{state}\n    {}\n    {}",
                    one.event,
                    one.consumer,
                    utc(one.parked_at),
                    one.error,
                    one.payload
                );
            }
            println!("{} parked", parked.len());
        }
        Events::Retry { event, consumer } => {
            let count = repair()?.retry(consumer.as_deref(), event)?;
            println!("{count} will be delivered again");
        }
        Events::Drop { event, consumer } => {
            let dropped = repair()?.drop_parked(&consumer, event)?;
            anyhow::ensure!(dropped, "{consumer} has not parked {event}");
            println!("dropped");
        }
        Events::Resend { hours } => {
            let since = clock.now().plus_seconds(-3600 * i64::from(hours));
            let count = repair()?.resend(since)?;
            println!("{count} will be published again");
        }
        Events::Reread { consumer } => {
            anyhow::ensure!(
                !config.nats_url.is_empty(),
                "WING_NATS_URL is not set: here events are delivered within the process, by `resend`"
            );
            tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()?
                .block_on(async {
                    let broker = Broker::connect(config, process).await?;
                    broker.reread(&consumer).await.context(consumer)
                })?;
            println!("it reads everything again");
        }
    }
    Ok(())
}

/// Milliseconds since 1970 as people write a time.
fn utc(ms: i64) -> String {
    jiff::Timestamp::from_millisecond(ms).map_or_else(
        |_| ms.to_string(),
        |at| at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string(),
    )
}
