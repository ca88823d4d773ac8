//! One service's rolling update, and the gate it has to pass.
//!
//! Swarm replaces a service's tasks step by step and watches the new ones; this module
//! polls it until the update has ended. An update that fails is rolled back, by Swarm
//! or, where it stopped halfway, from here.

use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use super::catalogue::without_digest;
use super::docker::Docker;
use super::swarm::{self, Service, Update};
use crate::process::Session;

/// The first and the longest delay between two polls of Swarm.
const POLL_DELAYS: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(2));

/// How an update ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Every task runs the new image and stayed up.
    Released,
    /// Docker did not take the update for this reason: nothing changed.
    Refused(String),
    /// The service has its old image again, for this reason.
    RolledBack(String),
    /// The service needs an operator: it is not certain which image it runs.
    Stuck(String),
}

/// Updates services one after the other.
pub struct Rollout<'a> {
    pub docker: &'a Docker,
    pub session: &'a Session,
    /// The timeout of an update, and of its rollback.
    pub patience: Duration,
}

impl Rollout<'_> {
    /// Gives a service another image and waits until it is settled.
    ///
    /// # Errors
    /// When Docker cannot be asked, or the user interrupts; the service is then
    /// as Swarm goes on to make it.
    pub fn update(&self, service: &str, image: &str) -> Result<Outcome> {
        let asked = self.docker.ask(
            self.session,
            [
                "service",
                "update",
                "--detach",
                "--with-registry-auth",
                "--image",
                image,
                service,
            ],
        );
        if let Err(error) = asked {
            self.session.refuse_if_interrupted()?;
            return Ok(Outcome::Refused(format!("{error:#}")));
        }
        let settled = self.wait_until_settled(service)?;
        let Some(now) = settled else {
            let reason = format!("not done within {} s", self.patience.as_secs());
            return self.roll_back(service, &self.with_complaints(reason, service, image));
        };
        match now.update {
            Update::Completed | Update::None if is(&now, image) => Ok(Outcome::Released),
            Update::Completed | Update::None => Ok(Outcome::Stuck(format!(
                "somebody else gave it {}",
                without_digest(&now.image)
            ))),
            Update::RolledBack => Ok(Outcome::RolledBack(self.reason(service, image, &now))),
            Update::RollbackPaused => Ok(Outcome::Stuck(self.reason(service, image, &now))),
            Update::Paused | Update::Unknown | Update::Updating | Update::RollingBack => {
                let reason = self.reason(service, image, &now);
                self.roll_back(service, &reason)
            }
        }
    }

    /// Rolls back a service's last update.
    ///
    /// # Errors
    /// When Docker cannot be asked, or the user interrupts.
    pub fn roll_back(&self, service: &str, reason: &str) -> Result<Outcome> {
        let asked = self
            .docker
            .ask(self.session, ["service", "rollback", "--detach", service]);
        if let Err(error) = asked {
            self.session.refuse_if_interrupted()?;
            return Ok(Outcome::Stuck(format!(
                "{reason}; taking it back was refused: {error:#}"
            )));
        }
        Ok(
            match self.wait_until_settled(service)?.map(|now| now.update) {
                Some(Update::RolledBack) => Outcome::RolledBack(reason.to_owned()),
                Some(_) => Outcome::Stuck(format!("{reason}; taking it back failed")),
                None => Outcome::Stuck(format!(
                    "{reason}; taking it back is not done within {} s",
                    self.patience.as_secs()
                )),
            },
        )
    }

    /// Waits until the service's update or rollback has ended. Returns its state then, or
    /// none at the timeout.
    ///
    /// # Errors
    /// When Docker cannot be asked, or the user interrupts.
    pub fn wait_until_settled(&self, service: &str) -> Result<Option<Service>> {
        let mut wait = Backoff::new(self.session, self.patience);
        let mut cause = None;
        loop {
            let mut now = swarm::service(self.docker, self.session, service)?;
            let moves = match now.update {
                // Right after a change Swarm has no state yet.
                Update::None => !now.is_idle,
                Update::Updating => true,
                Update::RollingBack => {
                    if cause.is_none() {
                        // A rollback has the whole timeout again.
                        wait = Backoff::new(self.session, self.patience);
                        // Said only while it goes back.
                        cause = Some(std::mem::take(&mut now.message));
                    }
                    true
                }
                Update::Completed
                | Update::Paused
                | Update::RolledBack
                | Update::RollbackPaused
                | Update::Unknown => false,
            };
            if !moves {
                if let Some(cause) = cause {
                    now.message = cause;
                }
                return Ok(Some(now));
            }
            if !wait.a_moment()? {
                return Ok(None);
            }
        }
    }

    /// What Swarm says, and why the new tasks ended.
    fn reason(&self, service: &str, image: &str, now: &Service) -> String {
        let reason = match now.message.as_str() {
            "" => format!("Swarm says {:?}", now.update),
            message => message.to_owned(),
        };
        self.with_complaints(reason, service, image)
    }

    fn with_complaints(&self, mut reason: String, service: &str, image: &str) -> String {
        // Without them the reason is shorter, but there is one.
        let complaints = swarm::complaints(self.docker, self.session, service, image);
        for complaint in complaints.unwrap_or_default() {
            reason.push_str("; ");
            reason.push_str(&complaint);
        }
        reason
    }
}

/// Whether a service has an image, whatever digest Swarm found for it.
pub fn is(service: &Service, image: &str) -> bool {
    service.image == image || without_digest(&service.image) == image
}

/// Delays between polls, each longer than the last, until a deadline.
pub struct Backoff<'a> {
    session: &'a Session,
    deadline: Instant,
    delay: Duration,
}

impl<'a> Backoff<'a> {
    pub fn new(session: &'a Session, patience: Duration) -> Self {
        Self {
            session,
            deadline: Instant::now() + patience,
            delay: POLL_DELAYS.0,
        }
    }

    /// Waits a little; false when there is no time left.
    ///
    /// # Errors
    /// When the user interrupts.
    pub fn a_moment(&mut self) -> Result<bool> {
        let now = Instant::now();
        if now >= self.deadline {
            return Ok(false);
        }
        let until = self.deadline.min(now + self.delay);
        while Instant::now() < until {
            if self.session.is_interrupted() {
                bail!("interrupted; Swarm goes on with the update");
            }
        }
        self.delay = (self.delay * 2).min(POLL_DELAYS.1);
        Ok(true)
    }
}
