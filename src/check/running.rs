//! Checks that boathook is running, and whether a rollback has failed.

use std::{error::Error, io, iter, time::Duration};

use boathook_core::deployment::error_chain;
use serde::Deserialize;

use crate::{
    check::{CheckContext, CheckResult},
    http_client,
};

const CHECK: &str = "boathook";
const TIMEOUT: Duration = Duration::from_secs(10);
/// The host has no meaning on a socket.
const FAILED_ROLLBACKS: &str = "http://boathook/v1/deployments?status=rollback_failed";

#[derive(Deserialize)]
struct RollbackFailed {
    id: String,
    namespace: String,
    service: String,
}

pub(super) async fn check(context: &CheckContext) -> Vec<CheckResult> {
    let socket = &context.config.operator.socket;
    match ask(context).await {
        Ok(failed) => iter::once(CheckResult::ok(
            CHECK,
            format!("one runs, and answers on {}", socket.display()),
        ))
        .chain(failed.iter().map(of_failed_rollback))
        .collect(),
        Err(error) => vec![absent(&socket.display().to_string(), &error)],
    }
}

async fn ask(context: &CheckContext) -> reqwest::Result<Vec<RollbackFailed>> {
    let answer = http_client::direct(FAILED_ROLLBACKS)
        .unix_socket(context.config.operator.socket.as_path())
        .timeout(TIMEOUT)
        .build()?
        .get(FAILED_ROLLBACKS)
        .send()
        .await?
        .error_for_status()?
        .text()
        .await?;
    // A list that cannot be read is of a later version, and holds nothing that is known here.
    Ok(serde_json::from_str(&answer).unwrap_or_default())
}

fn of_failed_rollback(failed: &RollbackFailed) -> CheckResult {
    let RollbackFailed { id, namespace, service } = failed;
    CheckResult::error(
        CHECK,
        format!("the rollback of deployment {id} of {namespace}/{service} failed, and is retried"),
        "what users get is not known",
        format!("boathook show {id}; fix the cause, or take over: boathook abort {id}"),
    )
}

fn absent(socket: &str, error: &reqwest::Error) -> CheckResult {
    let causes = iter::successors(error.source(), |&cause| cause.source());
    let kind =
        causes.filter_map(|cause| cause.downcast_ref::<io::Error>()).map(io::Error::kind).next();
    let start = "systemctl status boathook; systemctl start boathook; journalctl -u boathook";
    match kind {
        Some(io::ErrorKind::PermissionDenied) => CheckResult::warning(
            CHECK,
            format!("{socket} may not be opened by this user"),
            "whether boathook runs is not known",
            "run this as root or as a member of the group boathook",
        ),
        Some(io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused) => CheckResult::warning(
            CHECK,
            format!("nobody listens on {socket}"),
            "no boathook runs: nothing is deployed",
            start,
        ),
        _ => CheckResult::error(
            CHECK,
            format!("no good answer on {socket}: {}", error_chain(error)),
            "boathook does not do its work",
            start,
        ),
    }
}
