//! What `docs/monitoring` says of the metrics: its table, its alerts and its dashboard are of the
//! page that boathook really serves.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use boathook::{
    intake::Keyring,
    journal::{Lease, Nodes},
    observers::notify,
};
use boathook_core::{
    health::{MetricNumbers, Numbers, Times},
    record::{CommandEvent, DeploymentEvent, Event, Outcome, StepEvent},
    rollout::Observation,
};
use boathook_testing::{
    delivery::{DEVELOPMENT, Delivery, body_with},
    harness::{Harness, signing_until},
    samples::{command_started, ended, plan, step_failed, step_started},
};
use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::support::{exposition::Scrape, promql::Expression};

const README: &str = include_str!("../../../docs/monitoring/README.md");
const ALERTS: &str = include_str!("../../../docs/monitoring/alerts.yaml");
const ALERT_TESTS: &str = include_str!("../../../docs/monitoring/alerts.test.yaml");
const DASHBOARD: &str = include_str!("../../../docs/monitoring/dashboard.json");
/// Labels that the configuration or the program names, so that their values are no closed set in
/// the documentation.
const NAMES: [&str; 8] =
    ["environment", "secret", "receiver", "relay", "repository", "step", "version", "metric"];
/// What Prometheus adds to what it scrapes.
const TARGET: [&str; 2] = ["job", "instance"];

/// Metrics as they stand on a page, each with its labels and their values.
type Metrics = BTreeMap<String, BTreeMap<String, BTreeSet<String>>>;

/// A page on which every metric has a series.
async fn page() -> (Vec<String>, Metrics) {
    let harness = Harness::with(|admission| {
        admission.keyring =
            Keyring::new(vec![signing_until("2027-01-01T00:00:00Z".parse().unwrap(), DEVELOPMENT)]);
    });
    for outcome in [notify::Outcome::Delivered, notify::Outcome::Failed, notify::Outcome::Dropped] {
        harness.counters.deliveries.add("team", outcome, 1);
    }
    harness.counters.relays.set_connected("ours", true, Timestamp::UNIX_EPOCH);
    harness.counters.polls.watch(&["acme/game"]);
    harness.leadership.lead(Instant::now() + Duration::from_secs(10));
    let lease = Lease {
        holder: String::new(),
        node: "first".to_owned(),
        since: Timestamp::UNIX_EPOCH,
        epoch: 1,
        left: Duration::from_secs(10),
        format: 13,
    };
    harness.leadership.note(&Nodes { nodes: Vec::new(), lease, last_sequence: 0 });
    let id = harness.accept(Delivery::of(&body_with(json!({"deployment_id": "101-1"})))).await.id;
    let numbers = Numbers { samples: 1, ..Numbers::default() };
    let times = Times { counts: vec![1; 13], sum_ms: 1000 };
    let health = Observation::Health { of: "candidate".to_owned(), numbers, times };
    let numbers = MetricNumbers { points: 1, ..MetricNumbers::default() };
    let metric = Observation::Metric { name: "errors".to_owned(), numbers };
    let planned = Event::Deployment(DeploymentEvent::Planned { plan: plan("game") });
    let program = |command, exit: &str| {
        let exit = exit.to_owned();
        let stdout = String::new();
        let stderr = String::new();
        [
            command_started(command),
            Event::Command(CommandEvent::CommandEnded {
                command,
                exit: exit.into(),
                duration_ms: 1,
                stdout,
                stderr,
            }),
        ]
    };
    let programs =
        [program(1, "exit code 0"), program(2, "stopped by boathook"), program(3, "exit code 1")]
            .concat();
    let steps = vec![
        planned,
        step_started(),
        Event::Step(StepEvent::StepLearned { finding: health }),
        Event::Step(StepEvent::StepLearned { finding: metric }),
        step_failed("bad"),
        ended(Outcome::Failed),
    ];
    harness
        .play(&id, [vec![Event::Deployment(DeploymentEvent::Started)], programs, steps].concat())
        .await;
    let text = harness.ask("/metrics").await.text;
    let names = text
        .lines()
        .filter_map(|line| Some(line.strip_prefix("# TYPE ")?.split_once(' ')?.0.to_owned()))
        .collect();
    let mut metrics = Metrics::new();
    for (name, labels) in Scrape::of(&text).labelled() {
        let known = metrics.entry(name).or_default();
        for (label, value) in labels {
            known.entry(label).or_default().insert(value);
        }
    }
    (names, metrics)
}

/// The words that stand between backticks.
fn ticked(text: &str) -> Vec<String> {
    text.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

/// A text without what stands in brackets.
fn without_brackets(text: &str) -> String {
    let pieces = text.split('(').enumerate();
    pieces
        .map(
            |(place, piece)| {
                if place == 0 {
                    piece
                } else {
                    piece.split_once(')').map_or("", |(_, after)| after)
                }
            },
        )
        .collect()
}

/// The rows of the README's tables whose first cell begins so, as cells.
fn rows(beginnings: &[&str]) -> Vec<Vec<String>> {
    let rows = README.lines().filter(|line| {
        beginnings.iter().any(|beginning| line.starts_with(&format!("| `{beginning}")))
    });
    rows.map(|row| row.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect())
        .collect()
}

#[tokio::test(start_paused = true)]
async fn the_table_names_every_metric_with_its_labels_and_no_other() {
    let (names, metrics) = page().await;
    let mut documented = BTreeSet::new();
    let table = rows(&["boathook_", "process_"]);
    // A label is explained where it first appears.
    let values = ticked(&table.concat().join(" "));
    for row in &table {
        let [named, labels, _] = row.as_slice() else { panic!("{row:?}") };
        let wanted = ticked(&without_brackets(labels));
        for name in ticked(named) {
            let series = metrics.range(name.clone()..).find(|(series, _)| family(series) == name);
            let (_, found) =
                series.unwrap_or_else(|| panic!("the table has {name}, which the page lacks"));
            let labels = found.keys().filter(|label| *label != "le");
            assert_eq!(
                labels.cloned().collect::<BTreeSet<_>>(),
                wanted.iter().cloned().collect(),
                "the labels of {name}"
            );
            let closed = found
                .iter()
                .filter(|(label, _)| *label != "le" && !NAMES.contains(&label.as_str()));
            for value in closed.flat_map(|(_, values)| values) {
                assert!(
                    values.contains(value),
                    "the table does not tell that a label of {name} can be `{value}`"
                );
            }
            documented.insert(name);
        }
    }
    assert_eq!(names.into_iter().collect::<BTreeSet<_>>(), documented);
}

/// The metric that a series belongs to.
fn family(series: &str) -> &str {
    ["_bucket", "_sum", "_count"]
        .into_iter()
        .find_map(|end| series.strip_suffix(end))
        .unwrap_or(series)
}

/// That an expression asks for what is there; gives the labels that its result has.
fn check(expression: &str, metrics: &Metrics) -> BTreeSet<String> {
    let expression_read = Expression::read(expression);
    let mut labels = TARGET.map(str::to_owned).into_iter().collect::<BTreeSet<_>>();
    assert!(!expression_read.selectors.is_empty(), "{expression} asks for nothing");
    for selector in &expression_read.selectors {
        if selector.metric == "up" {
            continue;
        }
        let known = metrics.get(&selector.metric).unwrap_or_else(|| {
            panic!("no page has {}, which {expression} asks for", selector.metric)
        });
        labels.extend(known.keys().cloned());
        for (label, values) in &selector.labels {
            if TARGET.contains(&label.as_str()) {
                continue;
            }
            let exist = known.get(label).unwrap_or_else(|| {
                panic!("{} has no label {label}, which {expression} asks for", selector.metric)
            });
            for value in values.iter().filter(|value| !value.starts_with('$')) {
                assert!(
                    exist.contains(value),
                    "{label} of {} is never {value}, which {expression} asks for",
                    selector.metric
                );
            }
        }
    }
    for label in expression_read.by.iter().chain(&expression_read.on) {
        assert!(labels.contains(label), "{expression} groups by {label}, which nothing in it has");
    }
    if expression_read.by.is_empty() { labels } else { expression_read.by }
}

/// The labels that a text is filled with: what stands in double braces, after `prefix`.
fn filled_with(text: &str, prefix: &str) -> Vec<String> {
    let braces =
        text.split("{{").skip(1).filter_map(|piece| Some(piece.split_once("}}")?.0.trim()));
    braces.filter_map(|inside| inside.strip_prefix(prefix)).map(str::to_owned).collect()
}

fn alerts() -> Vec<serde_yaml::Value> {
    let alerts = serde_yaml::from_str::<serde_yaml::Value>(ALERTS).unwrap();
    alerts["groups"]
        .as_sequence()
        .unwrap()
        .iter()
        .flat_map(|group| group["rules"].as_sequence().unwrap().clone())
        .collect()
}

#[tokio::test(start_paused = true)]
async fn alerts_ask_for_metrics_and_labels_that_exist() {
    let (_, metrics) = page().await;
    for alert in alerts() {
        let labels = check(alert["expr"].as_str().unwrap(), &metrics);
        for (_, text) in alert["annotations"].as_mapping().unwrap() {
            for label in filled_with(text.as_str().unwrap(), "$labels.") {
                assert!(
                    labels.contains(&label),
                    "{:?} tells of {label}, which its result lacks",
                    alert["alert"]
                );
            }
        }
    }
}

#[test]
fn every_alert_is_explained_and_tried() {
    let tests = serde_yaml::from_str::<serde_yaml::Value>(ALERT_TESTS).unwrap();
    let tried = tests["tests"]
        .as_sequence()
        .unwrap()
        .iter()
        .flat_map(|test| test["alert_rule_test"].as_sequence().unwrap());
    let tried = tried
        .filter(|one| !one["exp_alerts"].is_null())
        .map(|one| one["alertname"].as_str().unwrap())
        .collect::<BTreeSet<_>>();
    let explained = rows(&["Boathook"])
        .into_iter()
        .map(|row| (ticked(&row[0]).concat(), row[1].clone()))
        .collect::<BTreeSet<_>>();
    let alerts = alerts();
    let names = alerts.iter().map(|alert| alert["alert"].as_str().unwrap());
    assert_eq!(names.clone().collect::<BTreeSet<_>>(), tried);
    let severities =
        alerts.iter().map(|alert| alert["labels"]["severity"].as_str().unwrap().to_owned());
    assert_eq!(names.map(str::to_owned).zip(severities).collect::<BTreeSet<_>>(), explained);
}

fn panels() -> Vec<Value> {
    let dashboard = serde_json::from_str::<Value>(DASHBOARD).unwrap();
    dashboard["panels"].as_array().unwrap().clone()
}

#[tokio::test(start_paused = true)]
async fn the_dashboard_asks_for_metrics_and_labels_that_exist_and_for_all_metrics() {
    let (names, metrics) = page().await;
    let mut shown = BTreeSet::new();
    for panel in panels() {
        for target in panel["targets"].as_array().into_iter().flatten() {
            let expression = target["expr"].as_str().unwrap();
            let labels = check(expression, &metrics);
            for label in filled_with(target["legendFormat"].as_str().unwrap(), "") {
                assert!(
                    labels.contains(&label),
                    "the legend of {expression} has {label}, which its result lacks"
                );
            }
            shown.extend(
                Expression::read(expression)
                    .selectors
                    .iter()
                    .map(|selector| family(&selector.metric).to_owned()),
            );
        }
    }
    assert_eq!(shown, names.into_iter().collect());
    let dashboard = serde_json::from_str::<Value>(DASHBOARD).unwrap();
    for variable in dashboard["templating"]["list"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|variable| variable["type"] == "query")
    {
        let inside = variable["definition"]
            .as_str()
            .unwrap()
            .strip_prefix("label_values(")
            .unwrap()
            .strip_suffix(')')
            .unwrap();
        let (asked, label) = inside.rsplit_once(", ").unwrap();
        assert!(check(asked, &metrics).contains(label), "{inside}");
    }
}

#[test]
fn every_panel_says_what_it_shows_and_takes_the_data_source_that_is_chosen() {
    let mut ids = BTreeSet::new();
    let mut places = Vec::new();
    for panel in panels() {
        let title = panel["title"].as_str().unwrap();
        assert!(ids.insert(panel["id"].as_u64().unwrap()), "two panels have the id of {title}");
        let [x, y, w, h] =
            ["x", "y", "w", "h"].map(|side| panel["gridPos"][side].as_u64().unwrap());
        let overlaps = |(left, top, width, height): &(u64, u64, u64, u64)| {
            x < left + width && *left < x + w && y < top + height && *top < y + h
        };
        assert!(x + w <= 24 && !places.iter().any(overlaps), "{title} lies over another panel");
        places.push((x, y, w, h));
        if panel["type"] == "row" {
            continue;
        }
        assert!(!panel["description"].as_str().unwrap().is_empty(), "{title} has no description");
        assert!(panel["fieldConfig"]["defaults"]["unit"].is_string(), "{title} has no unit");
        for target in panel["targets"].as_array().unwrap() {
            assert_eq!(
                target["datasource"],
                json!({"type": "prometheus", "uid": "${datasource}"}),
                "{title}"
            );
        }
    }
}
