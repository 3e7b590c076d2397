//! Prometheus' text format, version 0.0.4: each metric with its help and type, then its series.

use std::fmt::{Display, Write as _};

use boathook_core::durations::Durations;

use crate::observers::metrics::counter::{Counter, Histogram, Name};

/// A page that is being written.
#[derive(Clone, Debug, Default)]
pub(super) struct Page(String);

impl Page {
    pub(super) fn counter<const N: usize>(&mut self, counter: &Counter<N>) {
        self.head(&counter.name, "counter");
        for (labels, value) in &counter.values {
            self.sample(counter.name.name, &pairs(&counter.name, labels), value);
        }
    }

    pub(super) fn gauge<const N: usize>(
        &mut self,
        name: &Name<N>,
        values: impl IntoIterator<Item = ([String; N], f64)>,
    ) {
        self.head(name, "gauge");
        for (labels, value) in values {
            self.sample(name.name, &pairs(name, &labels), value);
        }
    }

    pub(super) fn histogram<const N: usize>(&mut self, histogram: &Histogram<N>) {
        self.head(&histogram.name, "histogram");
        for (labels, durations) in &histogram.values {
            self.buckets(histogram.name.name, &pairs(&histogram.name, labels), durations);
        }
    }

    /// A counter of seconds that has no labels.
    pub(super) fn seconds_counted(&mut self, name: &Name<0>, seconds: f64) {
        self.head(name, "counter");
        self.sample(name.name, &[], seconds);
    }

    /// A histogram that has no labels.
    pub(super) fn durations(&mut self, name: &Name<0>, durations: &Durations) {
        self.head(name, "histogram");
        self.buckets(name.name, &[], durations);
    }

    pub(super) fn into_text(self) -> String {
        self.0
    }

    fn head<const N: usize>(&mut self, name: &Name<N>, kind: &str) {
        let Name { name, help, labels: _ } = name;
        self.line(format_args!("# HELP {name} {help}"));
        self.line(format_args!("# TYPE {name} {kind}"));
    }

    fn buckets(&mut self, name: &str, labels: &[(&str, &str)], durations: &Durations) {
        let bounds = durations.up_to().map(|(bound, count)| (bound.to_string(), count));
        for (bound, count) in bounds.chain([("+Inf".to_owned(), durations.count())]) {
            let labels = labels.iter().copied().chain([("le", bound.as_str())]).collect::<Vec<_>>();
            self.sample(&format!("{name}_bucket"), &labels, count);
        }
        self.sample(&format!("{name}_sum"), labels, durations.sum().as_secs_f64());
        self.sample(&format!("{name}_count"), labels, durations.count());
    }

    fn sample(&mut self, name: &str, labels: &[(&str, &str)], value: impl Display) {
        let labels = labels
            .iter()
            .map(|(name, value)| format!("{name}=\"{}\"", escaped(value)))
            .collect::<Vec<_>>()
            .join(",");
        if labels.is_empty() {
            self.line(format_args!("{name} {value}"))
        } else {
            self.line(format_args!("{name}{{{labels}}} {value}"))
        }
    }

    fn line(&mut self, line: impl Display) {
        // Writing to a string cannot fail.
        let _ = writeln!(self.0, "{line}");
    }
}

fn pairs<'a, const N: usize>(
    name: &Name<N>,
    values: &'a [String; N],
) -> Vec<(&'static str, &'a str)> {
    name.labels.into_iter().zip(values.iter().map(String::as_str)).collect()
}

fn escaped(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}
