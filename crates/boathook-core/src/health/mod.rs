//! Is this URL well? What a probe asks, what came of it, and the verdict on a series of samples
//! under the rules.
//!
//! It asks nobody: probers are elsewhere. It knows nothing of Knative: URLs and rules come in,
//! samples and verdicts go out.

mod faults;
mod figures;
mod grpc_answer;
mod header;
mod judge;
mod judged;
mod method;
mod prober;
mod recorded;
mod rules;
mod series;
mod status_range;
mod times;

pub use figures::Figures;
pub use grpc_answer::{GrpcAnswer, Serving};
pub use header::{Header, HeaderValue};
pub use judge::judge;
pub use judged::Judged;
pub use method::Method;
pub use prober::{Answer, ProbeRequest, Prober, Sample, Unanswered};
pub use recorded::recorded;
pub use rules::{Comparison, Latency, Mode, Rules, Verify, Window};
pub use series::{Numbers, Series, Verdict};
pub use status_range::StatusRange;
pub use times::{TIME_BOUNDS, Times};
