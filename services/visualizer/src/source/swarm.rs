//! A Docker Swarm, through the API of one of its managers.
//!
//! Asked for: `/version` once, then `/nodes`, `/services` and `/tasks` at each
//! look, and `/events` for as long as it lasts. The Swarm reports at once when
//! services and nodes change; what becomes of tasks on other nodes it does not
//! report, so tasks are looked at again and again.
//!
//! It knows what a task may use and not what it does use. Our own programs report
//! that themselves, to whoever is in a network with them.

mod measure;
mod read;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::pin::Pin;
use std::time::Duration;

use bollard::errors::Error;
use bollard::query_parameters::{EventsOptionsBuilder, ListServicesOptionsBuilder};
use bollard::{API_DEFAULT_VERSION, Docker};
use futures_util::{Stream, StreamExt as _};
use tokio::time::Instant;

use self::measure::Measure;
use super::Trouble;
use crate::view::View;

/// One question to the API may take so many seconds …
const SECONDS: u64 = 4;
/// … and all of one look so long.
const PATIENCE: Duration = Duration::from_secs(5);
/// From one attempt to hear what happens to the next: one that lasted longer is
/// repeated at once.
const PAUSE: Duration = Duration::from_secs(2);

/// What happens to containers, services and nodes that can change the view.
const EVENTS: [&str; 5] = ["create", "update", "remove", "start", "die"];

/// Something was reported; what does not matter, since all is looked at then.
type News = Pin<Box<dyn Stream<Item = Result<(), Error>> + Send>>;

/// A Swarm to look at.
pub struct Swarm {
    url: String,
    /// Once it has reported which version of the API it speaks.
    docker: Option<Docker>,
    news: Option<News>,
    /// Not listened to again before.
    listen_at: Instant,
    measure: Measure,
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
            news: None,
            listen_at: Instant::now(),
            measure: Measure::new()?,
        })
    }

    /// What runs at `now`.
    pub async fn look(&mut self, now: i64) -> Result<View, Trouble> {
        let asked = tokio::time::timeout(PATIENCE, self.ask()).await;
        let result = asked.map_err(|_| Trouble::Late).and_then(|asked| {
            asked.map_err(|error| {
                let trouble = trouble(&error);
                tracing::debug!(%error, ?trouble, "the Swarm cannot be looked at");
                trouble
            })
        });
        let answers = match result {
            Ok(answers) => answers,
            Err(trouble) => {
                // Another engine may be there next time.
                self.docker = None;
                return Err(trouble);
            }
        };
        let (mut view, ours) = answers.view(now);
        self.measure.add_to(&mut view, &ours).await;
        Ok(view)
    }

    async fn ask(&mut self) -> Result<read::Answers, Error> {
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

    /// Waits until the manager reports something, or no longer reports what happens:
    /// what it has not reported is worth a look as well. May be given up at any moment.
    pub async fn changed(&mut self) {
        let Some(docker) = &self.docker else {
            // The next look finds out where it is.
            return std::future::pending().await;
        };
        if self.news.is_none() {
            tokio::time::sleep_until(self.listen_at).await;
            self.listen_at = Instant::now() + PAUSE;
        }
        let news = self.news.get_or_insert_with(|| listen(docker));
        match news.next().await {
            Some(Ok(())) => return,
            Some(Err(error)) => tracing::debug!(%error, "the manager reports no events"),
            None => {}
        }
        self.news = None;
    }
}

fn connect(url: &str) -> Result<Docker, Error> {
    if url.starts_with("unix://") {
        Docker::connect_with_unix(url, SECONDS, API_DEFAULT_VERSION)
    } else {
        Docker::connect_with_http(url, SECONDS, API_DEFAULT_VERSION)
    }
}

fn listen(docker: &Docker) -> News {
    let filters = HashMap::from([
        ("type", vec!["container", "service", "node"]),
        ("event", EVENTS.to_vec()),
    ]);
    let options = EventsOptionsBuilder::new().filters(&filters).build();
    Box::pin(docker.events(Some(options)).map(|news| news.map(drop)))
}

/// What an operator needs to know of an error.
fn trouble(error: &Error) -> Trouble {
    match error {
        Error::DockerResponseServerError { status_code, .. } => match status_code {
            401 | 403 | 404 | 405 => Trouble::Refused,
            406 | 503 => Trouble::NoManager,
            _ => Trouble::Unreadable,
        },
        Error::RequestTimeoutError => Trouble::Late,
        Error::JsonDataError { .. }
        | Error::JsonSerdeError { .. }
        | Error::APIVersionParseError { .. } => Trouble::Unreadable,
        _ => Trouble::Unreachable,
    }
}
