//! A Docker Swarm, through the API of one of its managers.
//!
//! Requested are `/version` once, then `/nodes`, `/services` and `/tasks` at each
//! poll, and the stream `/events`. The Swarm reports changes of services and nodes
//! there, but not those of tasks on other nodes; hence the polls.
//!
//! It knows what a task may use and not what it does use. Our own programs report
//! that at `/metrics`, to clients in their network.

mod read;
#[cfg(test)]
mod tests;
mod usage;

use std::collections::HashMap;
use std::pin::Pin;
use std::time::Duration;

use bollard::errors::Error;
use bollard::query_parameters::{EventsOptionsBuilder, ListServicesOptionsBuilder};
use bollard::{API_DEFAULT_VERSION, Docker};
use futures_util::{Stream, StreamExt as _};
use tokio::time::Instant;

use self::usage::TaskUsage;
use super::SourceError;
use crate::view::View;

/// The timeout of one request to the API, in seconds …
const REQUEST_SECONDS: u64 = 4;
/// … and of a whole poll.
const POLL_TIMEOUT: Duration = Duration::from_secs(5);
/// The least time between two connections to the API's event stream.
const RECONNECT_DELAY: Duration = Duration::from_secs(2);

/// What happens to containers, services and nodes that can change the view.
const EVENT_ACTIONS: [&str; 5] = ["create", "update", "remove", "start", "die"];

/// The API's events. What they say does not matter: each leads to a poll.
type EventStream = Pin<Box<dyn Stream<Item = Result<(), Error>> + Send>>;

/// A Docker Swarm.
pub struct Swarm {
    url: String,
    /// The client, once it has negotiated the version of the API.
    docker: Option<Docker>,
    events: Option<EventStream>,
    /// The event stream is not opened again before this.
    listen_at: Instant,
    usage: TaskUsage,
}

impl Swarm {
    /// The Swarm whose API is at `url`: `http://HOST:PORT` or `unix:///PATH`.
    pub fn at(url: &str) -> anyhow::Result<Self> {
        anyhow::ensure!(
            ["http://", "unix://"]
                .iter()
                .any(|scheme| url.starts_with(scheme)),
            "it begins neither with http:// nor with unix://"
        );
        Ok(Self {
            url: url.trim_end_matches('/').to_owned(),
            docker: None,
            events: None,
            listen_at: Instant::now(),
            usage: TaskUsage::new()?,
        })
    }

    /// What runs at `now`.
    pub async fn poll(&mut self, now: i64) -> Result<View, SourceError> {
        let response = tokio::time::timeout(POLL_TIMEOUT, self.request()).await;
        let result = response
            .map_err(|_| SourceError::Late)
            .and_then(|response| {
                response.map_err(|error| {
                    let trouble = trouble(&error);
                    tracing::debug!(%error, ?trouble, "the Swarm cannot be read");
                    trouble
                })
            });
        let answers = match result {
            Ok(answers) => answers,
            Err(trouble) => {
                // Negotiate again: another engine may answer next time.
                self.docker = None;
                return Err(trouble);
            }
        };
        let (mut view, ours) = answers.view(now);
        self.usage.add_to(&mut view, &ours).await;
        Ok(view)
    }

    async fn request(&mut self) -> Result<read::Answers, Error> {
        let docker = match &self.docker {
            Some(docker) => docker,
            None => {
                let docker = connect(&self.url)?.negotiate_version().await?;
                self.docker.insert(docker)
            }
        };
        let options = ListServicesOptionsBuilder::new().status(true).build();
        let (nodes, services, tasks) = tokio::try_join!(
            docker.list_nodes(None),
            docker.list_services(Some(options)),
            docker.list_tasks(None),
        )?;
        Ok(read::Answers {
            nodes,
            services,
            tasks,
        })
    }

    /// Waits until the manager reports an event or the event stream ends, since events
    /// may have been missed then. Cancel-safe.
    pub async fn changed(&mut self) {
        let Some(docker) = &self.docker else {
            // The next poll connects.
            return std::future::pending().await;
        };
        if self.events.is_none() {
            tokio::time::sleep_until(self.listen_at).await;
            self.listen_at = Instant::now() + RECONNECT_DELAY;
        }
        let events = self.events.get_or_insert_with(|| listen(docker));
        match events.next().await {
            Some(Ok(())) => return,
            Some(Err(error)) => tracing::debug!(%error, "the manager reports no events"),
            None => {}
        }
        self.events = None;
    }
}

fn connect(url: &str) -> Result<Docker, Error> {
    if url.starts_with("unix://") {
        Docker::connect_with_unix(url, REQUEST_SECONDS, API_DEFAULT_VERSION)
    } else {
        Docker::connect_with_http(url, REQUEST_SECONDS, API_DEFAULT_VERSION)
    }
}

fn listen(docker: &Docker) -> EventStream {
    let filters = HashMap::from([
        ("type", vec!["container", "service", "node"]),
        ("event", EVENT_ACTIONS.to_vec()),
    ]);
    let options = EventsOptionsBuilder::new().filters(&filters).build();
    Box::pin(docker.events(Some(options)).map(|events| events.map(drop)))
}

/// The kind of an error, for operators.
fn trouble(error: &Error) -> SourceError {
    match error {
        Error::DockerResponseServerError { status_code, .. } => match status_code {
            401 | 403 | 404 | 405 => SourceError::Refused,
            406 | 503 => SourceError::NoManager,
            _ => SourceError::Unreadable,
        },
        Error::RequestTimeoutError => SourceError::Late,
        Error::JsonDataError { .. }
        | Error::JsonSerdeError { .. }
        | Error::APIVersionParseError { .. } => SourceError::Unreadable,
        _ => SourceError::Unreachable,
    }
}
