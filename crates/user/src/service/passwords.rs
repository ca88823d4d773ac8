//! Hashing passwords: argon2id as OWASP recommends (19 MiB, two passes, one
//! lane), off the async threads, a bounded number at once.

use std::sync::Arc;
use std::time::{Duration, Instant};

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use argon2::{Algorithm, Argon2, Params, Version};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use parking_lot::Mutex;
use tokio::sync::{Semaphore, oneshot};
use wing_kit::threads;

use super::idle_threads::IdleThreads;
use crate::Error;
use crate::model::{GivenPassword, NewPassword};

const PARAMS: Params = match Params::new(19 * 1024, 2, 1, None) {
    Ok(params) => params,
    Err(_) => panic!("argon2 takes these parameters"),
};
/// How many may wait for each that runs: at 20 ms each nobody waits longer than
/// about a second, and then is refused with when to come back.
const WAITING: usize = 48;
/// After how long without an answer the processors are taken to be busy.
const STARVING: Duration = Duration::from_millis(250);
/// And for how long that is believed.
const STARVED: Duration = Duration::from_secs(10);

/// Hashes and checks passwords.
pub(super) struct Passwords {
    turns: Arc<Semaphore>,
    /// As many again may have been left behind where nothing is idle.
    idle: Arc<Semaphore>,
    idle_threads: IdleThreads,
    queue: Semaphore,
    /// Checked when there is no account, so that this takes as long as when
    /// there is one. Nobody knows its password.
    nobody: Arc<str>,
    /// When last no processor was idle for a password.
    starved: Mutex<Option<Instant>>,
}

/// What a check found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Checked {
    /// The password is the account's.
    pub good: bool,
    /// The hash was made with other parameters than today's.
    pub outdated: bool,
}

impl Passwords {
    /// At most `at_once` run at the same time, each taking 19 MiB.
    pub fn new(at_once: usize) -> anyhow::Result<Self> {
        let at_once = at_once.clamp(1, 1024);
        // Nothing hashes to a drawn hash; checking against it costs what any
        // check does, and making it costs nothing.
        let drawn = |bytes: [u8; 32], length: usize| STANDARD_NO_PAD.encode(&bytes[..length]);
        let (salt, hash) = (drawn(rand::random(), 16), drawn(rand::random(), 32));
        let nobody = format!(
            "$argon2id$v=19$m={},t={},p={}${salt}${hash}",
            PARAMS.m_cost(),
            PARAMS.t_cost(),
            PARAMS.p_cost()
        );
        Ok(Self {
            turns: Arc::new(Semaphore::new(at_once)),
            idle: Arc::new(Semaphore::new(at_once)),
            idle_threads: IdleThreads::start("password", at_once)?,
            queue: Semaphore::new(at_once * (WAITING + 1)),
            nobody: nobody.into(),
            starved: Mutex::default(),
        })
    }

    /// The PHC string of a password, with a salt of its own.
    pub async fn hash(&self, password: NewPassword) -> Result<String, Error> {
        self.run(move || hash(password.as_str())).await?
    }

    /// Whether `password` belongs to `hash`. Without a hash the work is the
    /// same and the answer no.
    pub async fn check(
        &self,
        password: GivenPassword,
        hash: Option<String>,
    ) -> Result<Checked, Error> {
        let nobody = Arc::clone(&self.nobody);
        self.run(move || {
            let stored = hash.as_deref().unwrap_or(&nobody);
            let checked = check(password.as_str(), stored);
            Checked {
                good: checked.good && hash.is_some(),
                ..checked
            }
        })
        .await
    }

    /// Runs `work` where it holds up nobody: on a processor that is idle, or,
    /// where none is, on a small share of one.
    async fn run<T: Send + 'static>(
        &self,
        work: impl Fn() -> T + Send + Sync + 'static,
    ) -> Result<T, Error> {
        let _place = self.queue.try_acquire().map_err(|_| Error::Busy)?;
        let turn = Arc::clone(&self.turns)
            .acquire_owned()
            .await
            .map_err(|_| Error::Busy)?;
        // One that is stuck on a full machine keeps its place among the idle, not
        // its turn: the next then takes a share from the beginning.
        let idle = Arc::clone(&self.idle).try_acquire_owned().ok();
        let work = Arc::new(work);
        let Some(idle) = idle.filter(|_| !self.is_starved()) else {
            let receiver = take_a_share(turn, work)?;
            return receiver.await.map_err(ended);
        };
        // Held by the work itself: a caller that hangs up frees no turn.
        let turn = Arc::new(Mutex::new(Some(turn)));
        let held = (idle, Arc::clone(&turn));
        let (task, mut first) = task(held, Arc::clone(&work));
        self.idle_threads.run(task);
        if let Ok(done) = tokio::time::timeout(STARVING, &mut first).await {
            return done.map_err(ended);
        }
        self.note_starved();
        let turn = turn.lock().take();
        let second = take_a_share(turn, work)?;
        let done = tokio::select! {
            done = first => done,
            done = second => done,
        };
        done.map_err(ended)
    }

    fn is_starved(&self) -> bool {
        let since = self.starved.lock();
        since.is_some_and(|since| since.elapsed() < STARVED)
    }

    fn note_starved(&self) {
        *self.starved.lock() = Some(Instant::now());
        tracing::debug!("no processor is idle: passwords take a share");
    }
}

/// Starts `work` on a thread of its own with a tenth of a processor beside work
/// that never pauses: its priority can be lowered but not raised again, and a
/// thread is a thousandth of the work. Who wakes beside it may wait for its time
/// slice.
fn take_a_share<T: Send + 'static>(
    held: impl Send + 'static,
    work: Arc<impl Fn() -> T + Send + Sync + 'static>,
) -> Result<oneshot::Receiver<T>, Error> {
    let (task, receiver) = task(held, work);
    std::thread::Builder::new()
        .name("password".into())
        .spawn(move || {
            threads::run_with_a_small_share();
            task();
        })
        .map_err(|error| Error::Internal(format!("hashing: {error}")))?;
    Ok(receiver)
}

/// `work`, and the receiver of its result; then what is `held` is let go.
fn task<T: Send + 'static>(
    held: impl Send + 'static,
    work: Arc<impl Fn() -> T + Send + Sync + 'static>,
) -> (impl FnOnce() + Send + 'static, oneshot::Receiver<T>) {
    let (sender, receiver) = oneshot::channel();
    let task = move || {
        let _ = sender.send(work());
        drop(held);
    };
    (task, receiver)
}

fn ended(error: oneshot::error::RecvError) -> Error {
    Error::Internal(format!("hashing: {error}"))
}

fn hash(password: &str) -> Result<String, Error> {
    Argon2::new(Algorithm::Argon2id, Version::V0x13, PARAMS)
        .hash_password(password.as_bytes())
        .map(|hash| hash.to_string())
        .map_err(|error| Error::Internal(format!("hashing: {error}")))
}

fn check(password: &str, stored: &str) -> Checked {
    let Ok(stored) = PasswordHash::new(stored) else {
        tracing::error!("a stored password hash cannot be read");
        return Checked {
            good: false,
            outdated: false,
        };
    };
    // The stored parameters decide how it is checked.
    let good = Argon2::default()
        .verify_password(password.as_bytes(), &stored)
        .is_ok();
    let today = stored.algorithm == Algorithm::Argon2id.ident()
        && Params::try_from(&stored).is_ok_and(|params| {
            (params.m_cost(), params.t_cost(), params.p_cost())
                == (PARAMS.m_cost(), PARAMS.t_cost(), PARAMS.p_cost())
        });
    Checked {
        good,
        outdated: !today,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_names_its_parameters_and_fits_only_its_password() {
        let stored = hash("correct horse").expect("a hash");
        assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert_ne!(stored, hash("correct horse").expect("another salt"));
        let (good, wrong) = (
            check("correct horse", &stored),
            check("Correct horse", &stored),
        );
        assert!(good.good && !good.outdated && !wrong.good);
        assert!(!check("correct horse", "no hash").good);
    }

    #[test]
    fn a_hash_of_weaker_parameters_is_good_and_outdated() {
        let weak = Params::new(8 * 1024, 1, 1, None).expect("parameters");
        let stored = Argon2::new(Algorithm::Argon2id, Version::V0x13, weak)
            .hash_password(b"correct horse")
            .expect("a hash")
            .to_string();
        let checked = check("correct horse", &stored);
        assert!(checked.good && checked.outdated);
    }

    #[tokio::test]
    async fn without_an_account_the_answer_is_no() {
        let passwords = Passwords::new(1).expect("passwords");
        let checked = passwords
            .check(GivenPassword::new("anything"), None)
            .await
            .expect("checked");
        assert!(!checked.good && !checked.outdated);
    }
}
