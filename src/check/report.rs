//! All findings together.

use serde::Serialize;

use crate::{
    check::{CheckResult, Severity},
    redact::Redactor,
};

/// The report of `boathook check`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    /// The worst of the findings.
    pub severity: Severity,
    /// In the order in which to fix them.
    pub findings: Vec<CheckResult>,
}

impl Report {
    /// A report on findings, with secrets removed.
    #[must_use]
    pub fn of(findings: Vec<CheckResult>, redactor: &Redactor) -> Self {
        let severity =
            findings.iter().map(|finding| finding.severity).max().unwrap_or(Severity::Ok);
        let clean = |finding: CheckResult| CheckResult {
            seen: redactor.text(&finding.seen).into_owned(),
            ..finding
        };
        Self { severity, findings: findings.into_iter().map(clean).collect() }
    }

    /// The number of findings with this severity.
    #[must_use]
    pub fn count(&self, severity: Severity) -> usize {
        self.findings.iter().filter(|finding| finding.severity == severity).count()
    }
}
