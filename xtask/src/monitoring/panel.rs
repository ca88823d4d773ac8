//! Dashboards in few words, and the JSON that Grafana reads.

use serde_json::{Value, json};

/// A page of Grafana.
pub struct Dashboard {
    /// Names it in addresses and file names.
    pub id: &'static str,
    pub title: &'static str,
    /// What one learns there.
    pub about: &'static str,
    pub rows: Vec<Row>,
}

/// Panels under a heading, from left to right.
pub struct Row {
    pub title: &'static str,
    pub panels: Vec<Panel>,
}

/// How a panel shows its queries.
#[derive(Clone, Copy)]
enum Look {
    Lines,
    /// The latest value as a number.
    Number,
    /// The latest values as a table.
    Table,
}

/// One panel: queries and how they are shown.
pub struct Panel {
    title: &'static str,
    about: &'static str,
    /// One of Grafana's names.
    unit: &'static str,
    look: Look,
    /// Of the 24 columns of a row.
    width: u32,
    /// A query and what its series are called.
    queries: Vec<(&'static str, &'static str)>,
    /// From where on a value is bad.
    limit: Option<f64>,
}

/// A row of `panels` under `title`.
pub fn row(title: &'static str, panels: impl Into<Vec<Panel>>) -> Row {
    Row {
        title,
        panels: panels.into(),
    }
}

/// Lines over time.
pub fn lines(
    title: &'static str,
    unit: &'static str,
    about: &'static str,
    queries: &[(&'static str, &'static str)],
) -> Panel {
    Panel {
        title,
        about,
        unit,
        look: Look::Lines,
        width: 8,
        queries: queries.to_vec(),
        limit: None,
    }
}

/// What is the case now, as numbers.
pub fn number(
    title: &'static str,
    unit: &'static str,
    about: &'static str,
    query: (&'static str, &'static str),
) -> Panel {
    Panel {
        look: Look::Number,
        width: 4,
        ..lines(title, unit, about, &[query])
    }
}

/// What is the case now, as a table of the series' labels.
pub fn table(
    title: &'static str,
    unit: &'static str,
    about: &'static str,
    query: &'static str,
) -> Panel {
    Panel {
        look: Look::Table,
        width: 12,
        ..lines(title, unit, about, &[(query, "")])
    }
}

impl Panel {
    pub fn wide(self, width: u32) -> Self {
        Self { width, ..self }
    }

    /// Values from here on are shown as bad.
    pub fn bad_from(self, limit: f64) -> Self {
        let limit = Some(limit);
        Self { limit, ..self }
    }

    fn height(&self) -> u32 {
        match self.look {
            Look::Number => 4,
            Look::Lines | Look::Table => 8,
        }
    }

    fn json(&self, id: u32, x: u32, y: u32) -> Value {
        let instant = !matches!(self.look, Look::Lines);
        let targets: Vec<Value> = (b'A'..=b'Z')
            .zip(&self.queries)
            .map(|(letter, (expr, legend))| {
                json!({
                    "refId": char::from(letter).to_string(),
                    "datasource": datasource(),
                    "expr": expr,
                    "legendFormat": legend,
                    "instant": instant,
                    "range": !instant,
                    "format": if matches!(self.look, Look::Table) { "table" } else { "time_series" },
                })
            })
            .collect();
        let steps = match self.limit {
            None => json!([{"color": "text", "value": null}]),
            Some(limit) => json!([
                {"color": "green", "value": null},
                {"color": "red", "value": limit},
            ]),
        };
        let thresholds = if self.limit.is_some() && !instant {
            "dashed"
        } else {
            "off"
        };
        json!({
            "id": id,
            "type": match self.look {
                Look::Lines => "timeseries",
                Look::Number => "stat",
                Look::Table => "table",
            },
            "title": self.title,
            "description": self.about,
            "gridPos": {"x": x, "y": y, "w": self.width, "h": self.height()},
            "datasource": datasource(),
            "targets": targets,
            "fieldConfig": {
                "defaults": {
                    "unit": self.unit,
                    "thresholds": {"mode": "absolute", "steps": steps},
                    "custom": match self.look {
                        Look::Lines => json!({
                            "lineWidth": 1,
                            "fillOpacity": 8,
                            "showPoints": "never",
                            "spanNulls": false,
                            "thresholdsStyle": {"mode": thresholds},
                        }),
                        Look::Number | Look::Table => json!({}),
                    },
                },
                "overrides": [],
            },
            "options": match self.look {
                Look::Lines => json!({
                    "legend": {"displayMode": "list", "placement": "bottom", "showLegend": true},
                    "tooltip": {"mode": "multi", "sort": "desc"},
                }),
                Look::Number => json!({
                    "colorMode": if self.limit.is_some() { "value" } else { "none" },
                    "graphMode": "none",
                    "textMode": "value_and_name",
                    "reduceOptions": {"calcs": ["lastNotNull"]},
                }),
                Look::Table => json!({"showHeader": true}),
            },
        })
    }
}

impl Dashboard {
    /// As Grafana reads it.
    pub fn json(&self) -> Value {
        json!({
            "uid": format!("wing-{}", self.id),
            "title": format!("Win:G · {}", self.title),
            "description": self.about,
            "tags": ["wing"],
            "schemaVersion": 39,
            "editable": false,
            "time": {"from": "now-3h", "to": "now"},
            "refresh": "15s",
            "timezone": "browser",
            // One tooltip and line for all panels.
            "graphTooltip": 1,
            "links": [{
                "type": "dashboards",
                "title": "Win:G",
                "tags": ["wing"],
                "asDropdown": false,
                "keepTime": true,
                "includeVars": true,
            }],
            "templating": {"list": [service()]},
            "annotations": {"list": [alerts()]},
            "panels": self.panels(),
        })
    }

    fn panels(&self) -> Vec<Value> {
        let mut panels = Vec::new();
        let (mut id, mut y) = (0, 0);
        for row in &self.rows {
            id += 1;
            panels.push(json!({
                "id": id,
                "type": "row",
                "title": row.title,
                "collapsed": false,
                "gridPos": {"x": 0, "y": y, "w": 24, "h": 1},
                "panels": [],
            }));
            y += 1;
            let (mut x, mut height) = (0, 0);
            for panel in &row.panels {
                if x + panel.width > 24 {
                    (x, y, height) = (0, y + height, 0);
                }
                id += 1;
                panels.push(panel.json(id, x, y));
                x += panel.width;
                height = height.max(panel.height());
            }
            y += height;
        }
        panels
    }
}

fn datasource() -> Value {
    json!({"type": "prometheus", "uid": "prometheus"})
}

/// The choice of services: those that answer, so that a new one is there by
/// itself.
fn service() -> Value {
    let query = r#"label_values(up{role=~"domain|worker"}, service)"#;
    json!({
        "name": "service",
        "label": "Service",
        "type": "query",
        "datasource": datasource(),
        "definition": query,
        "query": {"query": query, "refId": "service"},
        // At each change of the time range.
        "refresh": 2,
        "sort": 1,
        "multi": true,
        "includeAll": true,
        "allValue": ".*",
        "current": {"text": ["All"], "value": ["$__all"]},
    })
}

/// Alerts as marks in every panel.
fn alerts() -> Value {
    json!({
        "name": "Alerts",
        "datasource": datasource(),
        "enable": true,
        "iconColor": "red",
        "expr": "ALERTS{alertstate=\"firing\"}",
        "titleFormat": "{{alertname}} {{service}}",
        "useValueForTime": false,
    })
}
