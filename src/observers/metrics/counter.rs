//! Counters and histograms by label.

use std::{collections::BTreeMap, time::Duration};

use boathook_core::durations::Durations;

/// A metric's name and help text.
#[derive(Clone, Copy, Debug)]
pub(super) struct Name<const N: usize> {
    pub(super) name: &'static str,
    pub(super) help: &'static str,
    pub(super) labels: [&'static str; N],
}

/// A counter for each set of labels.
#[derive(Clone, Debug)]
pub(super) struct Counter<const N: usize> {
    pub(super) name: Name<N>,
    pub(super) values: BTreeMap<[String; N], u64>,
}

/// A histogram of durations for each set of labels.
#[derive(Clone, Debug)]
pub(super) struct Histogram<const N: usize> {
    pub(super) name: Name<N>,
    bounds: &'static [f64],
    pub(super) values: BTreeMap<[String; N], Durations>,
}

impl<const N: usize> Counter<N> {
    pub(super) const fn new(name: Name<N>) -> Self {
        Self { name, values: BTreeMap::new() }
    }

    /// Adds an amount; adding 0 creates the series, so that its first event shows as an increase.
    pub(super) fn add(&mut self, labels: [&str; N], count: u64) {
        *self.values.entry(labels.map(str::to_owned)).or_default() += count;
    }
}

impl<const N: usize> Histogram<N> {
    pub(super) const fn new(name: Name<N>, bounds: &'static [f64]) -> Self {
        Self { name, bounds, values: BTreeMap::new() }
    }

    pub(super) fn note(&mut self, labels: [&str; N], duration: Duration) {
        self.of(labels).note(duration);
    }

    /// Adds a histogram with the same buckets.
    pub(super) fn add(&mut self, labels: [&str; N], counts: &[u64], sum: Duration) {
        self.of(labels).add(counts, sum);
    }

    fn of(&mut self, labels: [&str; N]) -> &mut Durations {
        self.values
            .entry(labels.map(str::to_owned))
            .or_insert_with(|| Durations::under(self.bounds))
    }
}
