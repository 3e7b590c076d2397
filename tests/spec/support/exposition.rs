//! Prometheus' text format, read strictly: whatever a scraper could stumble over is an error.

use std::collections::{BTreeMap, BTreeSet};

/// One series: its name, its labels as text in the order given, and its value.
#[derive(Debug)]
struct Sample {
    name: String,
    labels: Vec<(String, String)>,
    value: f64,
}

/// What a histogram has for one set of labels: buckets, sum and count.
type Buckets = (Vec<(f64, f64)>, Option<f64>, Option<f64>);

/// Everything on a page, by name and labels.
#[derive(Debug)]
pub struct Scrape(BTreeMap<String, f64>);

impl Scrape {
    /// Reads a page; it must be right in every line.
    pub fn of(page: &str) -> Self {
        assert!(page.ends_with('\n'), "the last line must end like the others");
        let mut seen = BTreeSet::new();
        let mut series = BTreeMap::new();
        for family in families(page) {
            let (name, kind, samples) = family;
            assert!(seen.insert(name.clone()), "{name} stands on the page twice");
            check_family(&name, &kind, &samples);
            for sample in samples {
                let key = format!("{}{}", sample.name, shown(&sample.labels));
                assert!(
                    series.insert(key.clone(), sample.value).is_none(),
                    "{key} stands on the page twice"
                );
            }
        }
        Self(series)
    }

    /// The value of a series as it is written, such as `up{a="b"}`.
    pub fn value(&self, series: &str) -> f64 {
        *self
            .0
            .get(series)
            .unwrap_or_else(|| panic!("no {series} among {:#?}", self.0.keys().collect::<Vec<_>>()))
    }

    /// The names of all series with their labels.
    pub fn series(&self) -> Vec<&str> {
        self.0.keys().map(String::as_str).collect()
    }

    /// The name of every series, with its labels and their values.
    pub fn labelled(&self) -> Vec<(String, Vec<(String, String)>)> {
        let samples = self.0.iter().map(|(series, value)| sample(&format!("{series} {value}")));
        samples.map(|Sample { name, labels, value: _ }| (name, labels)).collect()
    }

    /// The series that are not 0, each in a line, without the buckets of histograms.
    pub fn not_zero(&self) -> String {
        let result =
            self.0.iter().filter(|(series, value)| **value != 0.0 && !series.contains("_bucket{"));
        result.map(|(series, value)| format!("{series} {value}")).collect::<Vec<_>>().join("\n")
    }
}

fn families(page: &str) -> Vec<(String, String, Vec<Sample>)> {
    let mut families: Vec<(String, String, Vec<Sample>)> = Vec::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        if let Some(help) = line.strip_prefix("# HELP ") {
            let (name, text) = help.split_once(' ').unwrap_or_else(|| panic!("no help in {line}"));
            assert!(is_name(name) && !text.trim().is_empty(), "{line}");
            let kind = lines.next().and_then(|next| next.strip_prefix(&format!("# TYPE {name} ")));
            families.push((
                name.to_owned(),
                kind.unwrap_or_else(|| panic!("no type after {line}")).to_owned(),
                Vec::new(),
            ));
        } else {
            families
                .last_mut()
                .unwrap_or_else(|| panic!("no help before {line}"))
                .2
                .push(sample(line));
        }
    }
    families
}

fn sample(line: &str) -> Sample {
    let end = line.find(['{', ' ']).unwrap_or_else(|| panic!("no value in {line}"));
    let (name, mut rest) = line.split_at(end);
    assert!(is_name(name), "{line}");
    let mut labels = Vec::new();
    if let Some(inside) = rest.strip_prefix('{') {
        rest = inside;
        loop {
            let (label, after) =
                rest.split_once("=\"").unwrap_or_else(|| panic!("no label in {line}"));
            assert!(is_name(label) && !label.contains(':') && !label.starts_with("__"), "{line}");
            let (value, after) = quoted(after, line);
            labels.push((label.to_owned(), value));
            if let Some(next) = after.strip_prefix(',') {
                rest = next;
            } else {
                rest = after
                    .strip_prefix('}')
                    .unwrap_or_else(|| panic!("labels have no end in {line}"));
                break;
            }
        }
    }
    let value =
        rest.strip_prefix(' ').unwrap_or_else(|| panic!("no space before the value in {line}"));
    Sample {
        name: name.to_owned(),
        labels,
        value: value.parse().unwrap_or_else(|_| panic!("no number in {line}")),
    }
}

/// The text up to the closing quote, and what comes after it.
fn quoted<'a>(text: &'a str, line: &str) -> (String, &'a str) {
    let mut value = String::new();
    let mut letters = text.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' => return (value, &text[at + 1..]),
            '\\' => match letters.next() {
                Some((_, 'n')) => value.push('\n'),
                Some((_, escaped @ ('\\' | '"'))) => value.push(escaped),
                other => panic!("{other:?} cannot be escaped in {line}"),
            },
            letter => value.push(letter),
        }
    }
    panic!("a label's value has no end in {line}")
}

fn check_family(name: &str, kind: &str, samples: &[Sample]) {
    match kind {
        "counter" => {
            assert!(name.ends_with("_total"), "the counter {name} must end in _total");
            assert!(
                samples.iter().all(|sample| sample.name == name && sample.value >= 0.0),
                "{samples:#?}"
            );
        }
        "gauge" => {
            assert!(
                !name.ends_with("_total") && samples.iter().all(|sample| sample.name == name),
                "{samples:#?}"
            );
        }
        "histogram" => check_histogram(name, samples),
        other => panic!("{name} is of the unknown type {other}"),
    }
}

fn check_histogram(name: &str, samples: &[Sample]) {
    let mut series: BTreeMap<String, Buckets> = BTreeMap::new();
    for sample in samples {
        let labels =
            sample.labels.iter().filter(|(label, _)| label != "le").cloned().collect::<Vec<_>>();
        let (buckets, sum, count) = series.entry(shown(&labels)).or_default();
        match sample.name.strip_prefix(name) {
            Some("_bucket") => {
                let (_, le) = sample.labels.iter().find(|(label, _)| label == "le").unwrap();
                buckets.push((
                    if le == "+Inf" { f64::INFINITY } else { le.parse().unwrap() },
                    sample.value,
                ));
            }
            Some("_sum") => assert!(sum.replace(sample.value).is_none()),
            Some("_count") => assert!(count.replace(sample.value).is_none()),
            _ => panic!("{sample:?} does not belong to {name}"),
        }
    }
    for (labels, (buckets, sum, count)) in series {
        assert!(
            buckets.is_sorted_by(|one, next| one.0 < next.0 && one.1 <= next.1),
            "{name}{labels}: {buckets:?}"
        );
        assert!(sum.is_some_and(|sum| sum >= 0.0), "{name}{labels} has no sum");
        assert_eq!(
            buckets.last().copied(),
            count.map(|count| (f64::INFINITY, count)),
            "{name}{labels}"
        );
    }
}

fn is_name(text: &str) -> bool {
    !text.is_empty()
        && !text.starts_with(|c: char| c.is_ascii_digit())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | ':'))
}

fn shown(labels: &[(String, String)]) -> String {
    if labels.is_empty() {
        return String::new();
    }
    format!(
        "{{{}}}",
        labels
            .iter()
            .map(|(label, value)| format!("{label}={value:?}"))
            .collect::<Vec<_>>()
            .join(",")
    )
}
