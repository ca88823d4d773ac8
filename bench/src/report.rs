//! `docs/benchmarks.md`: a section for each area, and all bars at the top.

use std::fmt;
use std::fs;
use std::path::Path;

use anyhow::Result;

use crate::series::Series;

/// What was found in one area.
pub struct Section {
    title: &'static str,
    text: String,
}

/// Whether a bar was reached.
const MET: &str = "met";
const MISSED: &str = "**missed**";

impl Section {
    /// A section; `how` says how it was measured.
    pub fn new(title: &'static str, how: &str) -> Self {
        let now = jiff::Timestamp::now().strftime("%Y-%m-%d %H:%M UTC");
        Self {
            title,
            text: format!("Measured {now}. {how}\n"),
        }
    }

    /// Adds a paragraph.
    pub fn say(&mut self, text: &str) {
        self.text.push_str(&format!("\n{text}\n"));
    }

    /// Adds a table of loads.
    pub fn loads(&mut self, series: &[&Series]) {
        let rows = series.iter().map(|series| {
            let mut name = series.name.clone();
            if series.failed() > 0 {
                name.push_str(&format!(" ({} failed)", series.failed()));
            }
            vec![
                name,
                series.spread(|figures| figures.per_second).to_string(),
                series.spread(|figures| figures.p50).to_string(),
                series.spread(|figures| figures.p99).to_string(),
                series.spread(|figures| figures.cpu).to_string(),
            ]
        });
        self.table(
            &[
                "",
                "requests/s",
                "p50, ms",
                "p99, ms",
                "processor µs a request",
            ],
            &rows.collect::<Vec<_>>(),
        );
    }

    /// Adds a table; the first column is text, the others figures.
    pub fn table(&mut self, head: &[&str], rows: &[Vec<String>]) {
        let line = |cells: &[String]| format!("| {} |\n", cells.join(" | "));
        let head: Vec<String> = head.iter().map(|cell| (*cell).to_owned()).collect();
        let rule: Vec<String> = (0..head.len())
            .map(|n| if n == 0 { "---" } else { "--:" }.to_owned())
            .collect();
        self.text.push('\n');
        self.text.push_str(&line(&head));
        self.text.push_str(&line(&rule));
        for row in rows {
            self.text.push_str(&line(row));
        }
    }

    /// Adds the table of what was to be reached.
    pub fn bars(&mut self, bars: &Bars) {
        self.text
            .push_str("\n| bar | wanted | measured | verdict |\n| --- | --: | --: | --- |\n");
        for bar in &bars.0 {
            self.text.push_str(bar);
        }
    }
}

impl fmt::Display for Section {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "## {}\n\n{}", self.title, self.text)
    }
}

/// What was to be reached, and whether it was.
#[derive(Default)]
pub struct Bars(Vec<String>);

impl Bars {
    /// `measured` is to be `bar` or more.
    pub fn at_least(&mut self, what: &str, measured: f64, bar: f64, unit: &str) {
        self.judge(what, "≥", measured, bar, unit, measured >= bar);
    }

    /// `measured` is to be `bar` or less.
    pub fn at_most(&mut self, what: &str, measured: f64, bar: f64, unit: &str) {
        self.judge(what, "≤", measured, bar, unit, measured <= bar);
    }

    fn judge(&mut self, what: &str, sign: &str, measured: f64, bar: f64, unit: &str, met: bool) {
        let verdict = if met { MET } else { MISSED };
        let digits = if measured >= 100.0 { 0 } else { 2 };
        self.0.push(format!(
            "| {what} | {sign} {bar}{unit} | {measured:.digits$}{unit} | {verdict} |\n"
        ));
    }
}

/// The whole report.
pub struct Document {
    sections: Vec<(String, String)>,
}

/// The bars of all sections together.
const SUMMARY: &str = "All bars";

/// Sections in the order of the report; others come last.
const ORDER: [&str; 8] = [
    "Streaming",
    "API",
    "Memory and start",
    "Upload",
    "Ingest",
    "Log-in",
    "Split",
    "Soak",
];

impl Document {
    /// What was reported before, so that areas can be measured one by one.
    pub fn read(path: &Path) -> Self {
        let text = fs::read_to_string(path).unwrap_or_default();
        let sections = text
            .split("\n## ")
            .skip(1)
            .filter_map(|section| section.split_once("\n\n"))
            .filter(|(title, _)| *title != SUMMARY)
            .map(|(title, text)| (title.to_owned(), format!("{}\n", text.trim_end())))
            .collect();
        Self { sections }
    }

    /// Puts a section in the place of an older one.
    pub fn put(&mut self, section: &Section) {
        self.sections.retain(|(title, _)| title != section.title);
        self.sections
            .push((section.title.to_owned(), section.text.clone()));
        let rank = |title: &str| {
            let known = ORDER.iter().position(|known| *known == title);
            known.unwrap_or(ORDER.len())
        };
        self.sections.sort_by_key(|(title, _)| rank(title));
    }

    /// Writes it all.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write(&self, path: &Path, machine: &str) -> Result<()> {
        let mut text = format!(
            "# Benchmarks\n\n\
             Written by `cargo xtask bench`; nothing here is typed by hand. Run it again to \
             compare: it installs what it needs, starts everything itself, and leaves nothing \
             behind. One area alone: `cargo xtask bench -- api`, short: `--quick`.\n\n\
             {machine}\n\n\
             The server is the whole site in a release build with one worker, pinned to core 0 \
             with everything it starts; the load is pinned to core 1. It passes everything a real \
             request does: limits (set high), authentication, tracing with a JSON log line for \
             each request (to `/dev/null`), metrics, security headers. Both sides of a comparison \
             are measured in the same run, in turns. Figures are medians, with the least and the \
             greatest in brackets. Processor time is what `/proc` charges the server and its \
             children.\n"
        );
        text.push_str(&format!(
            "\n## {SUMMARY}\n\n| bar | wanted | measured | verdict |\n\
             | --- | --: | --: | --- |\n"
        ));
        for (title, section) in &self.sections {
            for line in section.lines() {
                let verdict = [MET, MISSED]
                    .iter()
                    .any(|word| line.ends_with(&format!("| {word} |")));
                if let Some(rest) = line.strip_prefix("| ").filter(|_| verdict) {
                    text.push_str(&format!("| {title}: {rest}\n"));
                }
            }
        }
        for (title, section) in &self.sections {
            text.push_str(&format!("\n## {title}\n\n{section}"));
        }
        Ok(fs::write(path, text)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_section_measured_again_replaces_the_old_one() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("report.md");
        for measured in [0.5, 3.0] {
            let mut bars = Bars::default();
            bars.at_least("lists", measured, 1.0, "x");
            let mut section = Section::new("API", "How.");
            section.bars(&bars);
            let mut document = Document::read(&path);
            if measured < 1.0 {
                document.put(&Section::new("Soak", "How."));
                document.put(&Section::new("Split", "How."));
                document.put(&Section::new("Another", "How."));
            }
            document.put(&section);
            document.write(&path, "A machine.").unwrap();
        }
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains("| API: lists | ≥ 1x | 3.00x | met |"));
        assert!(!text.contains("missed"));
        let titles: Vec<_> = text
            .lines()
            .filter_map(|line| line.strip_prefix("## "))
            .collect();
        assert_eq!(titles, [SUMMARY, "API", "Split", "Soak", "Another"]);
    }
}
