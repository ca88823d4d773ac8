//! `cargo xtask setup`: installs whatever the other tasks need, at once.

use anyhow::Result;

use crate::process::Session;
use crate::{assets, machine, tools};

/// # Errors
/// When something cannot be installed; the message says what to type.
pub fn run(session: &Session) -> Result<()> {
    machine::provide(
        session,
        machine::BUILD
            .iter()
            .chain(&machine::NODE)
            .chain(&machine::TEST)
            .chain(&machine::BENCH),
    )?;
    tools::provide(session, &tools::NEXTEST)?;
    tools::provide(session, &tools::MACHETE)?;
    assets::install(session)?;
    eprintln!("Everything is here.");
    Ok(())
}
