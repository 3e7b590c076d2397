//! Is this URL well? A prober asks once; a series of samples under the rules gives a verdict.
//!
//! It knows nothing of Knative: URLs and rules come in, samples and verdicts go out.

mod grpc;
mod grpc_call;
mod header;
mod http_prober;
mod judge;
mod judged;
mod method;
mod prober;
mod revealing;
mod rules;
mod series;
mod status_range;
mod times;
mod unanswered;

pub use grpc::{GrpcAnswer, Serving};
pub use header::{Header, HeaderValue};
pub use http_prober::HttpProber;
pub use judge::judge;
pub use judged::Judged;
pub use method::Method;
pub use prober::{Answer, ProbeRequest, Prober, Sample, Unanswered};
pub use revealing::{Revealing, SecretOf};
pub use rules::{Latency, Rules, Window};
pub use series::{Numbers, Series, Verdict};
pub use status_range::StatusRange;
pub use times::{TIME_BOUNDS, Times};
