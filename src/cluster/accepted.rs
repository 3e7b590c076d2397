//! What the API server accepted with warnings: kubectl prints them on stderr, and exits with 0.

use boathook_core::failure::shorten;
use boathook_process::Captured;

/// How kubectl's line of a warning begins.
const WARNING: &str = "Warning: ";
/// Warnings that are kept of one answer, and characters of each.
const KEPT: usize = 10;
const WARNING_MAX: usize = 400;
/// Advice that almost every service and object gets: Knative's about its defaults, and kubectl's
/// own about objects that something else created.
const ADVICE: [&str; 2] = [
    "Kubernetes default value is insecure, Knative may default this to secure in a future release",
    "is missing the kubectl.kubernetes.io/last-applied-configuration annotation",
];

/// An answer, and what the API server warned of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted<T> {
    /// The answer.
    pub answer: T,
    /// Such as `the API server warns: unknown field "spec.nosuchField"`; untrusted wherever they
    /// are shown.
    pub warnings: Vec<String>,
}

impl<T> Accepted<T> {
    /// Takes the warnings from what kubectl printed on stderr.
    pub(super) fn of(answer: T, stderr: &Captured) -> Self {
        let text = stderr.text();
        let warnings = text
            .lines()
            .filter_map(|line| line.strip_prefix(WARNING))
            .filter(|warning| !ADVICE.iter().any(|advice| warning.contains(advice)));
        let mut kept: Vec<String> = Vec::new();
        for warning in warnings {
            let warning = format!("the API server warns: {}", shorten(warning, WARNING_MAX));
            if kept.len() < KEPT && !kept.contains(&warning) {
                kept.push(warning);
            }
        }
        Self { answer, warnings: kept }
    }

    /// The same with what was made of the answer.
    pub(super) fn try_map<U, E>(
        self,
        read: impl FnOnce(T) -> Result<U, E>,
    ) -> Result<Accepted<U>, E> {
        let Self { answer, warnings } = self;
        Ok(Accepted { answer: read(answer)?, warnings })
    }
}
