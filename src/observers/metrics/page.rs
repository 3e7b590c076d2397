//! The page for scrapers, in Prometheus' text format: each metric with its help and type, then its
//! series.

use std::fmt;

use boathook_core::durations::Durations;
use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, EncodeMetric as _, MetricEncoder, NoLabelSet, prometheus_text},
    metrics::{MetricType, counter::ConstCounter, gauge::ConstGauge},
    registry::Registry,
};

use crate::observers::metrics::counter::{Counter, Histogram, Name};

/// A page that is being written.
#[derive(Clone, Debug, Default)]
pub(super) struct Page(Vec<Metric>);

#[derive(Clone, Debug)]
struct Metric {
    name: &'static str,
    help: &'static str,
    kind: MetricType,
    series: Vec<(Vec<(&'static str, String)>, Value)>,
}

#[derive(Clone, Debug)]
enum Value {
    Count(u64),
    Seconds(f64),
    Gauge(f64),
    Histogram(Durations),
}

impl Page {
    pub(super) fn counter<const N: usize>(&mut self, counter: &Counter<N>) {
        let values = counter.values.iter();
        let values = values.map(|(labels, count)| (labels.clone(), Value::Count(*count)));
        self.add(&counter.name, MetricType::Counter, values);
    }

    pub(super) fn gauge<const N: usize>(
        &mut self,
        name: &Name<N>,
        values: impl IntoIterator<Item = ([String; N], f64)>,
    ) {
        let values = values.into_iter().map(|(labels, value)| (labels, Value::Gauge(value)));
        self.add(name, MetricType::Gauge, values);
    }

    pub(super) fn histogram<const N: usize>(&mut self, histogram: &Histogram<N>) {
        let values = histogram.values.iter();
        let values =
            values.map(|(labels, durations)| (labels.clone(), Value::Histogram(durations.clone())));
        self.add(&histogram.name, MetricType::Histogram, values);
    }

    /// A counter of seconds that has no labels.
    pub(super) fn seconds_counted(&mut self, name: &Name<0>, seconds: f64) {
        self.add(name, MetricType::Counter, [([], Value::Seconds(seconds))]);
    }

    /// A histogram that has no labels.
    pub(super) fn durations(&mut self, name: &Name<0>, durations: &Durations) {
        self.add(name, MetricType::Histogram, [([], Value::Histogram(durations.clone()))]);
    }

    pub(super) fn into_text(self) -> String {
        let mut registry = Registry::default();
        registry.register_collector(Box::new(self));
        let mut text = String::new();
        // Writing to a string cannot fail.
        let _ = prometheus_text::encode(&mut text, &registry);
        text
    }

    fn add<const N: usize>(
        &mut self,
        name: &Name<N>,
        kind: MetricType,
        values: impl IntoIterator<Item = ([String; N], Value)>,
    ) {
        let Name { name, help, labels } = *name;
        let series = values
            .into_iter()
            .map(|(values, value)| (labels.into_iter().zip(values).collect(), value))
            .collect();
        self.0.push(Metric { name, help, kind, series });
    }
}

impl Collector for Page {
    fn encode(&self, mut encoder: DescriptorEncoder) -> fmt::Result {
        self.0.iter().try_for_each(|metric| metric.encode(&mut encoder))
    }
}

impl Metric {
    fn encode(&self, encoder: &mut DescriptorEncoder) -> fmt::Result {
        let Self { name, help, kind, series } = self;
        // The encoder ends the names of counters itself.
        let name = name.trim_end_matches("_total");
        let mut metric = encoder.encode_descriptor(name, help, None, *kind)?;
        series.iter().try_for_each(|(labels, value)| value.encode(metric.encode_family(labels)?))
    }
}

impl Value {
    fn encode(&self, mut encoder: MetricEncoder) -> fmt::Result {
        match self {
            Self::Count(count) => ConstCounter::new(*count).encode(encoder),
            Self::Seconds(seconds) => ConstCounter::new(*seconds).encode(encoder),
            Self::Gauge(value) => ConstGauge::new(*value).encode(encoder),
            Self::Histogram(durations) => encoder.encode_histogram::<NoLabelSet>(
                durations.sum().as_secs_f64(),
                durations.count(),
                &durations.buckets().collect::<Vec<_>>(),
                None,
            ),
        }
    }
}
