//! What `boathook check` found.

use crate::check::{Report, Severity};

/// The severity of a finding of `boathook check`.
pub(crate) const fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Ok => "ok",
        Severity::Warning => "warning",
        Severity::Error => "error",
    }
}

/// The last line of `boathook check`.
pub(crate) fn checked(report: &Report) -> String {
    let count = |severity, one: &str, many: &str| {
        let count = report.count(severity);
        format!("{count} {}", if count == 1 { one } else { many })
    };
    let errors = count(Severity::Error, "error", "errors");
    let warnings = count(Severity::Warning, "warning", "warnings");
    match report.severity {
        Severity::Ok => "all is well".to_owned(),
        Severity::Warning => warnings,
        Severity::Error => format!("{errors}, {warnings}"),
    }
}
