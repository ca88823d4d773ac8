//! What the templates of the parts are filled with: words and metrics as they are
//! shown.

use askama::Template;
use wing_ui::Lang;

use crate::view::{Group, State};

/// Says why the source cannot be read.
#[derive(Template)]
#[template(path = "trouble.html")]
pub struct TroublePart {
    pub lang: Lang,
    /// Why, and since when.
    pub trouble: Option<(String, String)>,
    pub seen: Option<String>,
}

/// The services, side by side.
#[derive(Template)]
#[template(path = "services.html")]
pub struct ServicesPart {
    pub lang: Lang,
    pub services: Vec<Chip>,
}

/// One service.
pub struct Chip {
    pub id: String,
    pub hue: usize,
    pub name: String,
    pub version: String,
    pub running: u64,
    pub desired: u64,
    pub short: bool,
    /// How far its update is, and whether that is trouble.
    pub update: Option<(String, bool)>,
    pub message: Option<String>,
    pub progress: Option<u64>,
}

/// The nodes, and the tasks on each.
#[derive(Template)]
#[template(path = "nodes.html")]
pub struct NodesPart {
    pub lang: Lang,
    pub columns: Vec<Column>,
    pub alone: bool,
    pub filtered: bool,
}

/// One node.
pub struct Column {
    pub id: String,
    pub name: String,
    pub role: String,
    pub engine: Option<String>,
    pub is_here: bool,
    /// What is unusual about it, and whether that is trouble.
    pub tags: Vec<(String, bool)>,
    pub message: Option<String>,
    pub bars: Vec<Bar>,
    /// How many of how many tasks reported what they use.
    pub measured: (usize, usize),
    pub shown: usize,
    pub whole: usize,
    pub cards: Vec<Card>,
}

/// How much of something is used and set aside, in hundredths.
pub struct Bar {
    pub name: String,
    pub used: u8,
    pub reserved: u8,
    pub text: String,
}

/// One task.
pub struct Card {
    pub id: String,
    pub hue: usize,
    pub name: String,
    pub version: String,
    pub outdated: bool,
    pub state: State,
    pub word: String,
    pub age: String,
    pub since: String,
    pub usage: Vec<String>,
    pub error: Option<String>,
    pub exit_code: Option<i64>,
}

impl Card {
    /// What its state has in common with others.
    pub fn group(&self) -> Group {
        self.state.group()
    }
}

/// What happened.
#[derive(Template)]
#[template(path = "history.html")]
pub struct HistoryPart {
    pub lang: Lang,
    pub lines: Vec<Line>,
    pub more: usize,
    pub filtered: bool,
}

/// One thing that happened.
pub struct Line {
    pub hue: Option<usize>,
    pub text: String,
    pub node: Option<String>,
    pub detail: Option<String>,
    pub bad: bool,
    pub good: bool,
    pub at: String,
    pub ago: String,
}
