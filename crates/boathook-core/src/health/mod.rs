//! Is this URL well? What a probe asks, what came of it, and the verdict on a series of samples
//! under the rules.
//!
//! It asks nobody: probers are elsewhere. It knows nothing of Knative: URLs and rules come in,
//! samples and verdicts go out.

mod faults;
mod figures;
mod finite;
mod grpc_answer;
mod header;
mod judge;
mod judged;
mod method;
mod metric_answer;
mod metric_faults;
mod metric_query;
mod metric_rule;
mod metric_series;
mod mode;
mod prober;
mod recorded;
mod rules;
mod series;
mod status_range;
mod times;

pub use figures::Figures;
pub use finite::Finite;
pub use grpc_answer::{GrpcAnswer, Serving};
pub use header::{Header, HeaderValue};
pub use judge::judge;
pub use judged::Judged;
pub use method::Method;
pub use metric_answer::{NoValue, metric_value};
pub use metric_query::MetricNames;
pub use metric_rule::{MetricRule, OnInconclusive, Prometheus, RelativeLimit};
pub use metric_series::{MetricNumbers, MetricPoint, MetricSeries, MetricVerdict};
pub use mode::Mode;
pub use prober::{ProbeAnswer, ProbeRequest, Prober, Sample, Unanswered};
pub use recorded::recorded;
pub use rules::{Comparison, Latency, Rules, Verify, Window};
pub use series::{Numbers, Series, Verdict};
pub use status_range::StatusRange;
pub use times::{TIME_BOUNDS, Times};
