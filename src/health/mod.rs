//! Is this URL well? A prober asks once; a series of samples under the rules gives a verdict.
//!
//! It knows nothing of Knative: URLs and rules come in, samples and verdicts go out.

mod http_prober;
mod judge;
mod prober;
mod rules;
mod series;
mod times;
mod unanswered;

pub use http_prober::HttpProber;
pub use judge::judge;
pub use prober::{Answer, ProbeRequest, Prober, Sample, Unanswered};
pub use rules::{Latency, Rules, Window};
pub use series::{Numbers, Series, Verdict};
pub use times::{TIME_BOUNDS, Times};
