//! How one test's site is set up.

use wing_edge::{SERVICES, Service};

use crate::App;
use crate::split::domain_names;

/// Settings that differ from those of most tests, by variable.
#[derive(Clone, Debug, Default)]
pub struct Options {
    pub(crate) settings: Vec<(String, String)>,
    services: Option<Vec<&'static str>>,
    visualized: bool,
}

impl Options {
    /// Sets a variable of [`Config`](wing_kit::Config), such as `WING_LOGIN_LIMIT`.
    pub fn set(mut self, variable: &str, value: impl ToString) -> Self {
        self.settings.push((variable.to_owned(), value.to_string()));
        self
    }

    /// Has the split show `/visualizer`, too, which the monolith always does.
    pub fn visualized(mut self) -> Self {
        self.visualized = true;
        self
    }

    /// Has the split start these services alone, with those that they call; every
    /// service that has a domain, where a test does not say. The monolith always
    /// does all.
    pub fn services(mut self, names: &[&'static str]) -> Self {
        self.services = Some(names.to_vec());
        self
    }

    /// What the split starts, each after those that it calls.
    pub(crate) fn started_services(&self) -> Vec<Service> {
        let mut names = self.services.clone().unwrap_or_else(domain_names);
        if self.visualized {
            names.push("visualizer");
        }
        for name in &names {
            assert!(
                wing_edge::service(name).is_some(),
                "there is no service {name}"
            );
        }
        wing_edge::with_dependencies(SERVICES, &names)
    }

    /// What this test alone sets.
    pub(crate) fn own(&self, variable: &str) -> Option<String> {
        let set = self.settings.iter().rev();
        set.into_iter()
            .find(|(name, _)| name == variable)
            .map(|(_, value)| value.clone())
    }

    /// The settings of a test's site: limits nobody meets, unless set otherwise.
    pub(crate) fn lookup(&self, variable: &str) -> Option<String> {
        if let Some(value) = self.own(variable) {
            return Some(value);
        }
        let value = match variable {
            "WING_RATE_LIMIT"
            | "WING_LOGIN_LIMIT"
            | "WING_SIGNUP_LIMIT"
            | "WING_ANONYMOUS_PLAYS" => "1000000",
            "WING_WORKERS" | "WING_PASSWORD_CHECKS" => "2",
            "WING_DATABASE_CONNECTIONS" => "4",
            "WING_STOP_SECONDS" => "5",
            _ => return None,
        };
        Some(value.to_owned())
    }

    /// Every variable that has a value here.
    pub(crate) fn variables(&self) -> Vec<(String, String)> {
        let presets = [
            "WING_RATE_LIMIT",
            "WING_LOGIN_LIMIT",
            "WING_SIGNUP_LIMIT",
            "WING_ANONYMOUS_PLAYS",
            "WING_WORKERS",
            "WING_PASSWORD_CHECKS",
            "WING_DATABASE_CONNECTIONS",
            "WING_STOP_SECONDS",
        ];
        let own = self.settings.iter().map(|(name, _)| name.as_str());
        presets
            .into_iter()
            .chain(own)
            .filter_map(|name| Some((name.to_owned(), self.lookup(name)?)))
            .collect()
    }

    /// Starts a site with these settings and waits until it is ready.
    pub async fn spawn(self) -> App {
        App::start(self).await
    }
}
