//! Does the API server answer.

use crate::doctor::{Finding, Patient, finding::chain};

const CHECK: &str = "api server";

/// The rest can be asked only where it does.
pub(super) async fn look(patient: &Patient) -> Result<Finding, Finding> {
    match patient.cluster.api_version().await {
        Ok(version) => Ok(Finding::ok(CHECK, format!("Kubernetes {version} answers"))),
        Err(error) => {
            let said = chain(&error);
            let mend = if said.contains("Unauthorized") || said.contains("provide credentials") {
                "systemctl start boathook-token.service: the token has ended, or its account is gone (then scripts/setup.sh)"
            } else {
                "systemctl status k3s; and see that the kubeconfig's `server:` is the right address"
            };
            Err(Finding::error(CHECK, said, "no deployment can do anything; permissions, services and URLs were not looked at", mend))
        }
    }
}
