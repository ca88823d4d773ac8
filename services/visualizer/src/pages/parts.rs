//! The parts of the page, each rendered by itself.

use askama::Template;
use wing_ui::Lang;

use super::filter::Filter;
use super::units;
use super::view_models::{
    Bar, Card, Chip, Column, HistoryPart, Line, NodesPart, ServicesPart, TroublePart,
};
use crate::history::{EventKind, HOUR, HistoryEvent, Tone};
use crate::t;
use crate::view::{
    Amount, Availability, Kind, Node, NodeState, Role, Service, State, Task, UpdateState, View,
};
use crate::watch::Scene;

/// What is shown of the history at once.
const SHOWN: usize = 80;
/// How many colours services have.
const HUES: usize = 12;

/// The HTML of the parts.
pub struct Rendered {
    pub trouble: String,
    pub services: String,
    pub nodes: String,
    pub history: String,
}

impl Rendered {
    /// Each by its name, in the order of the page.
    pub fn named(self) -> [(&'static str, String); 4] {
        [
            ("trouble", self.trouble),
            ("services", self.services),
            ("nodes", self.nodes),
            ("history", self.history),
        ]
    }
}

/// All parts for one reader.
pub struct Parts<'a> {
    lang: Lang,
    scene: &'a Scene,
    filter: &'a Filter,
}

impl<'a> Parts<'a> {
    /// The parts of `scene` that `filter` leaves.
    pub fn new(lang: Lang, scene: &'a Scene, filter: &'a Filter) -> Self {
        Self {
            lang,
            scene,
            filter,
        }
    }

    /// The HTML of each.
    pub fn render(&self) -> Rendered {
        Rendered {
            trouble: html(&self.trouble()),
            services: html(&self.services()),
            nodes: html(&self.nodes()),
            history: html(&self.history()),
        }
    }

    fn view(&self) -> &'a View {
        &self.scene.view
    }

    fn trouble(&self) -> TroublePart {
        let view = self.view();
        let trouble = self.scene.trouble.map(|(trouble, since)| {
            let why = t(self.lang, &format!("trouble.{}", trouble.code())).into();
            (why, self.lang.iso(since))
        });
        TroublePart {
            lang: self.lang,
            trouble,
            seen: (view.taken_at > 0).then(|| self.lang.iso(view.taken_at)),
        }
    }

    fn services(&self) -> ServicesPart {
        let view = self.view();
        let kept = view
            .services
            .iter()
            .filter(|service| self.filter.keeps_service(&service.name));
        ServicesPart {
            lang: self.lang,
            services: kept.map(|service| self.chip(service)).collect(),
        }
    }

    fn chip(&self, service: &Service) -> Chip {
        let update = service.update.as_ref();
        let is_recent = |at: Option<i64>| at.is_some_and(|at| self.view().taken_at - at < HOUR);
        // One that went well long ago is no news.
        let shown = update
            .filter(|update| update.state != UpdateState::Completed || is_recent(update.ended_at));
        let under_way = update.is_some_and(|update| update.state.is_under_way());
        Chip {
            id: service.id.clone(),
            hue: hue(self.view(), &service.id),
            name: service.name.clone(),
            version: service.version.clone(),
            running: service.running,
            desired: service.desired,
            short: service.running < service.desired,
            update: shown.map(|update| {
                let word = t(self.lang, &format!("update.{}", update.state.code()));
                (word.into(), update.state.is_trouble())
            }),
            message: shown
                .filter(|update| update.state.is_trouble())
                .and_then(|update| update.message.clone()),
            progress: under_way.then(|| service.updated.min(service.desired)),
        }
    }

    fn nodes(&self) -> NodesPart {
        let view = self.view();
        let mut columns: Vec<Column> = view.nodes.iter().map(|node| self.column(node)).collect();
        let waiting = self.cards(None);
        if !waiting.0.is_empty() {
            columns.insert(0, self.unassigned(waiting.0));
        }
        NodesPart {
            lang: self.lang,
            alone: columns.len() == 1,
            filtered: self.filter.is_set(),
            columns,
        }
    }

    /// The tasks on a node that are shown, and how many would be without a filter.
    fn cards(&self, node: Option<&str>) -> (Vec<Card>, usize) {
        let view = self.view();
        let here = view
            .tasks
            .iter()
            .filter(|task| task.node.as_deref() == node && is_shown(view, task));
        let here: Vec<&Task> = here.collect();
        let kept = here
            .iter()
            .filter(|task| self.filter.keeps_task(view, self.lang, task));
        (kept.map(|task| self.card(task)).collect(), here.len())
    }

    fn card(&self, task: &Task) -> Card {
        let view = self.view();
        let usage = task.usage.map(|usage| {
            let mut words = Vec::new();
            if let Some(cpus) = usage.cpus {
                words.push(
                    t(self.lang, "card.cpus")
                        .with("n", units::cores(cpus))
                        .into(),
                );
            }
            words.push(units::memory(usage.memory));
            if let Some(requests) = usage.requests {
                words.push(
                    t(self.lang, "card.requests")
                        .with("n", units::rate(requests))
                        .into(),
                );
            }
            words
        });
        Card {
            id: task.id.clone(),
            hue: hue(view, &task.service),
            name: task.name.clone(),
            version: task.version.clone(),
            outdated: task.outdated && task.state.is_there(),
            state: task.state,
            word: t(self.lang, &format!("state.{}", task.state.code())).into(),
            age: units::span(self.lang, view.taken_at - task.since),
            since: self.lang.iso(task.since),
            usage: usage.unwrap_or_default(),
            error: task.error.clone(),
            exit_code: task.exit_code.filter(|code| *code != 0),
        }
    }

    fn column(&self, node: &Node) -> Column {
        let (cards, whole) = self.cards(Some(&node.id));
        let lang = self.lang;
        let is_here = node.state == NodeState::Ready;
        let mut tags = Vec::new();
        if !is_here {
            tags.push((t(lang, node_state_key(node.state)).into(), true));
        }
        match node.availability {
            Availability::Active => {}
            Availability::Paused => tags.push((t(lang, "node.paused").into(), false)),
            Availability::Drained => tags.push((t(lang, "node.drained").into(), false)),
        }
        Column {
            id: node.id.clone(),
            name: match node.role {
                Role::Machine => t(lang, "node.here").into(),
                _ => node.name.clone(),
            },
            role: match node.role {
                Role::Leader => t(lang, "node.leader").into(),
                Role::Manager => t(lang, "node.manager").into(),
                Role::Worker => t(lang, "node.worker").into(),
                Role::Machine => node.name.clone(),
            },
            engine: node.engine.clone(),
            is_here,
            tags,
            message: node.message.clone().filter(|_| !is_here),
            bars: if is_here { self.bars(node) } else { Vec::new() },
            measured: (node.load.measured, node.load.tasks),
            shown: cards.len(),
            whole,
            cards,
        }
    }

    fn unassigned(&self, cards: Vec<Card>) -> Column {
        Column {
            id: "waiting".into(),
            name: t(self.lang, "node.waiting").into(),
            role: t(self.lang, "node.waiting.why").into(),
            engine: None,
            is_here: true,
            tags: Vec::new(),
            message: None,
            bars: Vec::new(),
            measured: (0, 0),
            shown: cards.len(),
            whole: cards.len(),
            cards,
        }
    }

    fn bars(&self, node: &Node) -> Vec<Bar> {
        let load = node.load;
        if load.has == Amount::default() {
            return Vec::new();
        }
        let swarm = self.view().kind == Kind::Swarm;
        let bar = |key: &str, used: f64, reserved: f64, has: f64, word: &dyn Fn(f64) -> String| {
            let mut parts = Vec::new();
            if load.measured > 0 {
                parts.push(t(self.lang, "load.used").with("n", word(used)).to_string());
            }
            if swarm {
                parts.push(
                    t(self.lang, "load.reserved")
                        .with("n", word(reserved))
                        .to_string(),
                );
            }
            parts.push(t(self.lang, "load.of").with("n", word(has)).to_string());
            Bar {
                name: t(self.lang, key).into(),
                used: units::percent(used, has),
                reserved: units::percent(reserved, has),
                text: parts.join(" · "),
            }
        };
        let memory = |bytes: f64| units::memory(bytes as u64);
        vec![
            bar(
                "load.cpu",
                load.used.cpus,
                load.reserved.cpus,
                load.has.cpus,
                &units::cores,
            ),
            bar(
                "load.memory",
                load.used.memory as f64,
                load.reserved.memory as f64,
                load.has.memory as f64,
                &memory,
            ),
        ]
    }

    fn history(&self) -> HistoryPart {
        let mut lines = Vec::new();
        let mut more = 0_usize;
        for one in self.scene.history.latest() {
            let line = self.line(one);
            if !self.filter.keeps_event(self.view(), one, &line.text) {
                continue;
            }
            if lines.len() < SHOWN {
                lines.push(line);
            } else {
                more += 1;
            }
        }
        HistoryPart {
            lang: self.lang,
            lines,
            more,
            filtered: self.filter.is_set(),
        }
    }

    fn line(&self, one: &HistoryEvent) -> Line {
        let (from, to) = one.scaled.unwrap_or_default();
        let text = t(self.lang, &format!("did.{}", one.what.code()))
            .with("from", from)
            .with("to", to)
            .with("name", &one.name);
        let detail = match one.what {
            EventKind::SourceLost => one
                .detail
                .as_deref()
                .map(|code| t(self.lang, &format!("trouble.{code}")).into()),
            _ => one.detail.clone(),
        };
        Line {
            hue: one.service.as_deref().map(|id| hue(self.view(), id)),
            text: text.into(),
            node: one.node.clone(),
            detail,
            bad: one.what.tone() == Tone::Bad,
            good: one.what.tone() == Tone::Good,
            at: self.lang.iso(one.at),
            ago: units::span(self.lang, self.now() - one.at),
        }
    }

    /// When what is shown was so.
    fn now(&self) -> i64 {
        self.scene.polled_at.max(self.view().taken_at)
    }
}

/// Whether a task is worth a card: it is there, or it is the last of its place
/// and failed within the hour.
fn is_shown(view: &View, task: &Task) -> bool {
    if task.state.is_there() || task.state == State::Away {
        return true;
    }
    let same_place = |other: &&Task| other.service == task.service && other.slot == task.slot;
    let last_failure = || {
        let failed = view.tasks.iter().filter(same_place);
        failed
            .filter(|other| other.state.has_failed())
            .max_by_key(|other| (other.since, &other.id))
    };
    task.state.has_failed()
        && view.taken_at - task.since < HOUR
        && last_failure().is_some_and(|last| last.id == task.id)
}

/// A service's colour: another for each, while there are enough.
fn hue(view: &View, service: &str) -> usize {
    let place = view.services.iter().position(|one| one.id == service);
    place.unwrap_or(0) % HUES
}

fn node_state_key(state: NodeState) -> &'static str {
    match state {
        NodeState::Ready => "node.ready",
        NodeState::Down => "node.down",
        NodeState::Disconnected => "node.disconnected",
        NodeState::Unknown => "node.unknown",
    }
}

fn html(part: &impl Template) -> String {
    // What can fail is a `Display` of a value, and all of ours are texts.
    part.render().unwrap_or_default()
}
