//! What deployments that did not succeed may have left in objects beside the service. Their
//! rollback may have failed too, and then an object says of itself only what they applied.

use boathook_core::{
    deployment::{DeployRequest, DeploymentId},
    objects::Document,
    record::Outcome,
    rollout::steps::Leftover,
};

use crate::{
    engine::applied::applied,
    journal::{Filter, Journal, StoreError, Success, Summary},
};

/// The most deployments after the last success that are looked at.
const LOOKED_AT: u32 = 10;

/// What those since the last success applied, and that success did not.
pub(super) async fn leftovers(
    journal: &Journal,
    request: &DeployRequest,
    last_success: Option<&Success>,
) -> Result<Vec<Leftover>, StoreError> {
    let Some(success) = last_success else { return Ok(Vec::new()) };
    let filter = Filter {
        environments: vec![request.environment],
        namespace: Some(request.namespace.clone()),
        service: Some(request.service_name.clone()),
        limit: LOOKED_AT,
        ..Filter::default()
    };
    let newest = journal.list(&filter).await?.into_iter();
    let newer = newest.take_while(|summary| summary.id != success.deployment);
    let without_success = |summary: &Summary| {
        summary.status.end().is_some_and(|outcome| outcome != Outcome::Succeeded)
    };
    let failed: Vec<DeploymentId> =
        newer.filter(without_success).map(|summary| summary.id).collect();
    if failed.is_empty() {
        return Ok(Vec::new());
    }
    let proven = applied(journal, &success.deployment).await?;
    let mut found = Vec::new();
    for id in failed {
        if has_applied(journal, &id).await? {
            add_different(&mut found, applied(journal, &id).await?, &proven);
        }
    }
    Ok(found)
}

/// Whether it began to change objects.
async fn has_applied(journal: &Journal, id: &DeploymentId) -> Result<bool, StoreError> {
    let deployment = journal.deployment(id).await?;
    let findings = deployment.as_ref().and_then(|deployment| deployment.state.findings());
    Ok(findings.is_some_and(|findings| !findings.objects.is_empty()))
}

fn add_different(found: &mut Vec<Leftover>, failed: Vec<Document>, proven: &[Document]) {
    for failed in failed.into_iter().filter(|document| !document.is_secret()) {
        let Some(proven) = proven.iter().find(|proven| proven.is_same_object(&failed)) else {
            continue;
        };
        let is_known = |known: &Leftover| known.failed == failed;
        if !proven.states_the_same(&failed) && !found.iter().any(is_known) {
            found.push(Leftover { failed, proven: proven.clone() });
        }
    }
}
