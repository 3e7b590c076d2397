//! Checks the chain of the audit log.

use std::time::Duration;

use boathook_core::deployment::error_chain;
use tokio::{task::spawn_blocking, time::timeout};

use crate::{
    check::{CheckContext, CheckResult},
    observers::audit::{self, VerifyError},
};

const CHECK: &str = "audit";
/// As much as the shipped settings keep is read in a few seconds.
const PATIENCE: Duration = Duration::from_secs(30);

pub(super) async fn check(context: &CheckContext) -> Vec<CheckResult> {
    let folder = context.config.state.directory.join(audit::FOLDER);
    let shown = folder.display().to_string();
    let verifying = spawn_blocking(move || audit::verify(&folder));
    vec![match timeout(PATIENCE, verifying).await {
        Ok(Ok(Ok(proof))) if proof.to < proof.from => {
            CheckResult::ok(CHECK, format!("the log in {shown} has no line yet"))
        }
        Ok(Ok(Ok(proof))) => CheckResult::ok(
            CHECK,
            format!("lines {} to {} in {shown} are whole", proof.from, proof.to),
        ),
        Ok(Ok(Err(VerifyError::NoLog { .. }))) => {
            CheckResult::ok(CHECK, format!("there is no log in {shown} yet"))
        }
        Ok(Ok(Err(error @ VerifyError::Flawed(_)))) => CheckResult::error(
            CHECK,
            error_chain(&error),
            "someone, or a broken disk, changed what is on record; nothing that is written from now on makes it whole again",
            format!(
                "find out who; keep a copy of {shown} as it is, then move it away: boathook begins a new one"
            ),
        ),
        Ok(Ok(Err(
            error @ (VerifyError::NotPermitted { .. } | VerifyError::Unreadable { .. }),
        ))) => CheckResult::warning(
            CHECK,
            error_chain(&error),
            "whether it is whole is not known",
            "run this as boathook's user",
        ),
        Ok(Err(_)) | Err(_) => CheckResult::warning(
            CHECK,
            format!("{shown} was not read to its end within {PATIENCE:?}"),
            "whether it is whole is not known",
            "boathook audit verify",
        ),
    }]
}
