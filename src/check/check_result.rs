//! The result of one check.

use serde::Serialize;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Nothing to do.
    Ok,
    /// It works now, and may not for long, or not for everyone.
    Warning,
    /// Deployments fail, or boathook does not start.
    Error,
}

/// What was seen, and what follows from it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CheckResult {
    /// The check's name.
    pub check: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// What was seen; others' words in it are untrusted wherever they are shown.
    pub seen: String,
    /// Why it matters; nothing if all is well.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// What fixes it, a command if there is one; nothing if all is well.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fix: Option<String>,
}

impl CheckResult {
    pub fn ok(check: &'static str, seen: impl Into<String>) -> Self {
        Self { check, severity: Severity::Ok, seen: seen.into(), why: None, fix: None }
    }

    /// Something may go wrong.
    pub fn warning(
        check: &'static str,
        seen: impl Into<String>,
        why: impl Into<String>,
        fix: impl Into<String>,
    ) -> Self {
        Self { severity: Severity::Warning, ..Self::error(check, seen, why, fix) }
    }

    /// Something is wrong.
    pub fn error(
        check: &'static str,
        seen: impl Into<String>,
        why: impl Into<String>,
        fix: impl Into<String>,
    ) -> Self {
        Self {
            check,
            severity: Severity::Error,
            seen: seen.into(),
            why: Some(why.into()),
            fix: Some(fix.into()),
        }
    }
}
