//! Checks kubectl: installed, and new enough.

use boathook_core::deployment::error_chain;
use boathook_process::RunError;

use crate::{
    check::{CheckContext, CheckResult},
    cluster::ClusterError,
};

const CHECK: &str = "kubectl";
/// The oldest minor version of 1 that boathook is tried with.
const OLDEST: u64 = 27;

pub(super) async fn check(context: &CheckContext) -> Vec<CheckResult> {
    let words = context.config.tools.kubectl.join(" ");
    vec![match context.cluster.kubectl_version().await {
        Ok(version) => judge(&words, &version),
        Err(error) => absent(CHECK, &words, &error, "no deployment can do anything without it"),
    }]
}

/// A version such as `v1.33.1` or `v1.33.1+k3s1`.
fn judge(words: &str, version: &str) -> CheckResult {
    let minor = minor(version);
    if minor.is_some_and(|minor| minor >= OLDEST) {
        return CheckResult::ok(CHECK, format!("`{words}` is {version}"));
    }
    CheckResult::warning(
        CHECK,
        format!("`{words}` is {version}"),
        format!(
            "boathook is tried with 1.{OLDEST} and later; older ones may answer what it cannot read"
        ),
        format!(
            "install kubectl 1.{OLDEST} or later, or name another one in tools.kubectl, such as [k3s, kubectl]"
        ),
    )
}

/// The minor version, of major version 1.
pub(super) fn minor(version: &str) -> Option<u64> {
    let mut parts = version.trim_start_matches('v').split('.');
    parts.next().filter(|major| *major == "1")?;
    let digits: String = parts.next()?.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}

/// A program of `tools` that cannot be run, or fails to print its own version.
pub(super) fn absent(
    program: &'static str,
    words: &str,
    error: &ClusterError,
    why: &str,
) -> CheckResult {
    let fix = match error {
        ClusterError::NotRun(RunError::NotFound { program: missing }) => {
            format!(
                "install {missing} in one of the folders of tools.path; on k3s set tools.{program}: [k3s, {program}]"
            )
        }
        ClusterError::NotRun(RunError::NotPermitted { program: locked }) => {
            format!("chmod a+rx \"$(command -v {locked})\"")
        }
        _ => format!(
            "run it by hand as boathook's user: {words} --help; tools.{program} and tools.path say which program is run"
        ),
    };
    CheckResult::error(program, error_chain(error), why, fix)
}
