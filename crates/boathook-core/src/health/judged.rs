//! A sample under its rules.

use std::time::Duration;

use crate::health::{Rules, Sample, Unanswered, judge};

/// A sample under its rules; several paths that are probed at the same time count as one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judged {
    /// How long the answer took; of several, the slowest.
    pub latency: Duration,
    /// Why it is not well; none if it is. Of several, it names the path.
    pub failure: Option<String>,
    /// Whether anything answered.
    pub answered: bool,
    /// Whether an answer that is not well led to https.
    pub redirects_to_https: bool,
}

impl Judged {
    /// One sample.
    #[must_use]
    pub fn of(sample: &Sample, rules: &Rules) -> Self {
        let failure = judge(sample, rules).err();
        Self {
            latency: sample.latency,
            redirects_to_https: failure.is_some() && sample.redirects_to_https(),
            failure,
            answered: sample.result.is_ok(),
        }
    }

    /// The samples of several paths: bad where any of them is bad.
    #[must_use]
    pub fn of_paths(samples: &[(&str, Sample)], rules: &Rules) -> Self {
        if let [(_, sample)] = samples {
            return Self::of(sample, rules);
        }
        let mut failures = Vec::new();
        let mut redirects_to_https = false;
        for (path, sample) in samples {
            if let Err(why) = judge(sample, rules) {
                failures.push(format!("{path} {why}"));
                redirects_to_https |= sample.redirects_to_https();
            }
        }
        Self {
            latency: samples.iter().map(|(_, sample)| sample.latency).max().unwrap_or_default(),
            failure: (!failures.is_empty()).then(|| failures.join("; ")),
            answered: samples.iter().any(|(_, sample)| sample.result.is_ok()),
            redirects_to_https,
        }
    }

    /// A probe that could not be sent.
    #[must_use]
    pub fn unasked(why: Unanswered) -> Self {
        Self {
            latency: Duration::ZERO,
            failure: Some(why.0),
            answered: false,
            redirects_to_https: false,
        }
    }
}
