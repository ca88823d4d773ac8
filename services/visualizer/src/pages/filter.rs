use serde::Deserialize;
use wing_ui::Lang;

use crate::history::HistoryEvent;
use crate::view::{Group, Task, View};

/// What the reader wants to see, from the page's query string.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Filter {
    /// Words that have to be there.
    #[serde(default)]
    pub q: String,
    /// The name of a service.
    #[serde(default)]
    pub service: String,
    /// The name of a [`Group`] of states.
    #[serde(default)]
    pub state: String,
}

/// How much of a word is read; more never matches anything.
const LONGEST: usize = 100;

impl Filter {
    /// Whether it leaves anything out.
    pub fn is_set(&self) -> bool {
        !(self.q.trim().is_empty() && self.service.is_empty() && self.state.is_empty())
    }

    /// Whether it keeps a task.
    pub fn keeps_task(&self, view: &View, lang: Lang, task: &Task) -> bool {
        let service = view
            .service(&task.service)
            .map_or("", |service| &service.name);
        let node = task.node.as_deref().and_then(|id| view.node(id));
        let state = crate::t(lang, &format!("state.{}", task.state.code()));
        self.keeps_service(service)
            && Group::parse(&self.state).is_none_or(|group| task.state.group() == group)
            && self.finds(&[
                &task.name,
                service,
                &task.version,
                node.map_or("", |node| &node.name),
                task.error.as_deref().unwrap_or_default(),
                state.as_str(),
            ])
    }

    /// Whether it keeps a service of this name, whatever its tasks are like.
    pub fn keeps_service(&self, name: &str) -> bool {
        self.service.is_empty() || self.service == name
    }

    /// Whether it keeps an event of the history; `text` is how it is shown.
    pub fn keeps_event(&self, view: &View, one: &HistoryEvent, text: &str) -> bool {
        let service = one.service.as_deref().and_then(|id| view.service(id));
        let name = service.map_or("", |service| &service.name);
        self.keeps_service(name)
            && self.finds(&[text, name, one.detail.as_deref().unwrap_or_default()])
    }

    /// Whether each word is somewhere in `texts`.
    fn finds(&self, texts: &[&str]) -> bool {
        let wanted: String = self.q.chars().take(LONGEST).collect();
        let wanted = wanted.to_lowercase();
        wanted
            .split_whitespace()
            .all(|word| texts.iter().any(|text| text.to_lowercase().contains(word)))
    }
}
