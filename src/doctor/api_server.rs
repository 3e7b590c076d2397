//! Does the API server answer.

use std::{fs::File, path::Path};

use crate::{
    cluster::ClusterError,
    deployment::in_full,
    doctor::{Finding, Patient},
};

const CHECK: &str = "api server";

/// The rest can be asked only where it does. Nothing is said where kubectl or its kubeconfig is missing, which is said elsewhere.
pub(super) async fn look(patient: &Patient) -> Result<Finding, Option<Finding>> {
    let is_readable = |path: &Path| File::open(path).is_ok();
    if !patient.config.tools.kubeconfig.as_deref().is_none_or(is_readable) {
        return Err(None);
    }
    match patient.cluster.api_version().await {
        Ok(version) => Ok(Finding::ok(CHECK, format!("Kubernetes {version} answers"))),
        Err(ClusterError::NotRun(_)) => Err(None),
        Err(error) => Err(Some(unreached(&in_full(&error)))),
    }
}

fn unreached(said: &str) -> Finding {
    let mend = if said.contains("Unauthorized") || said.contains("provide credentials") {
        "systemctl start boathook-token.service: the token has ended, or its account is gone (then scripts/setup.sh)"
    } else {
        "systemctl status k3s; and see that the kubeconfig's `server:` is the right address"
    };
    Finding::error(CHECK, said, "no deployment can do anything; permissions, services and URLs were not looked at", mend)
}
