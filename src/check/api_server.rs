//! Checks that the API server answers.

use std::{fs::File, path::Path};

use boathook_core::deployment::error_chain;

use crate::{
    check::{CheckContext, CheckResult},
    cluster::ClusterError,
};

const CHECK: &str = "api server";

/// The other checks of the cluster need it to answer. Another check reports a missing kubectl or
/// kubeconfig.
pub(super) async fn check(context: &CheckContext) -> Result<CheckResult, Option<CheckResult>> {
    let is_readable = |path: &Path| File::open(path).is_ok();
    if !context.config.tools.kubeconfig.as_deref().is_none_or(is_readable) {
        return Err(None);
    }
    match context.cluster.api_version().await {
        Ok(version) => Ok(CheckResult::ok(CHECK, format!("Kubernetes {version} answers"))),
        Err(ClusterError::NotRun(_)) => Err(None),
        Err(error) => Err(Some(unreached(&error_chain(&error)))),
    }
}

fn unreached(said: &str) -> CheckResult {
    let fix = if said.contains("Unauthorized") || said.contains("provide credentials") {
        "systemctl start boathook-token.service: the token has ended, or its account is gone (then scripts/setup.sh)"
    } else {
        "systemctl status k3s; and see that the kubeconfig's `server:` is the right address"
    };
    CheckResult::error(
        CHECK,
        said,
        "no deployment can do anything; permissions, services and URLs were not looked at",
        fix,
    )
}
