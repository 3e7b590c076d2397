//! What deployments that did not succeed left in objects beside their services, because their
//! rollback could not bring it back: an object says of itself only what was applied last.

use boathook_core::{
    deployment::{DeployRequest, DeploymentId},
    objects::Document,
    record::Outcome,
    rollout::steps::Leftover,
    state::Deployment,
};

use crate::{
    engine::applied::applied,
    journal::{Filter, Journal, StoreError, Success, Summary},
};

/// The most deployments that are looked at, of all services of the namespace: they may share a
/// folder.
const LOOKED_AT: u32 = 200;
/// The most of them whose objects are read.
const READ: usize = 20;

/// What is left there since the last success of the service.
pub(super) async fn leftovers(
    journal: &Journal,
    request: &DeployRequest,
    last_success: Option<&Success>,
) -> Result<Vec<Leftover>, StoreError> {
    let filter = Filter {
        environments: vec![request.environment],
        namespace: Some(request.namespace.clone()),
        limit: LOOKED_AT,
        ..Filter::default()
    };
    let newest = journal.list(&filter).await?;
    let is_last =
        |summary: &&Summary| last_success.is_none_or(|success| success.deployment != summary.id);
    let mut left: Vec<(usize, Document)> = Vec::new();
    let mut read = 0;
    for (at, summary) in newest.iter().take_while(is_last).enumerate() {
        if !may_have_left(summary) || read == READ {
            continue;
        }
        read += 1;
        for object in left_by(journal, &summary.id).await? {
            if !left.iter().any(|(_, known)| known.is_same_object(&object)) {
                left.push((at, object));
            }
        }
    }
    proven(journal, &newest, left).await
}

fn may_have_left(summary: &Summary) -> bool {
    match summary.status.end() {
        Some(Outcome::Failed | Outcome::RolledBack | Outcome::Aborted | Outcome::Abandoned) => true,
        Some(Outcome::Succeeded | Outcome::Superseded | Outcome::Rejected) | None => false,
    }
}

/// What one of them applied and did not take back; of Secrets the names.
async fn left_by(journal: &Journal, id: &DeploymentId) -> Result<Vec<Document>, StoreError> {
    let deployment = journal.deployment(id).await?;
    let findings = deployment.as_ref().and_then(|Deployment { state, .. }| state.findings());
    let Some(findings) = findings.filter(|findings| !findings.objects.is_empty()) else {
        return Ok(Vec::new());
    };
    let was_left = |object: &Document| {
        let name = object.shown_name();
        findings.restored.is_empty()
            || findings.restored.left.iter().any(|left| left.object == name)
    };
    let mut objects = applied(journal, id).await?;
    objects.retain(was_left);
    Ok(objects)
}

/// What the last success before that applied of the same object, of whichever service. Where a
/// success applied it since, it is no leftover.
async fn proven(
    journal: &Journal,
    newest: &[Summary],
    mut left: Vec<(usize, Document)>,
) -> Result<Vec<Leftover>, StoreError> {
    let mut found = Vec::new();
    let successes = newest
        .iter()
        .enumerate()
        .filter(|(_, summary)| summary.status.end() == Some(Outcome::Succeeded));
    for (at, summary) in successes.take(READ) {
        if left.is_empty() {
            break;
        }
        let objects = applied(journal, &summary.id).await?;
        let of = |one: &Document| objects.iter().find(|object| object.is_same_object(one));
        left.retain(|(since, failed)| match of(failed) {
            Some(proven) if at > *since => {
                if failed.is_secret() {
                    found.push(Leftover { failed: failed.clone(), proven: None });
                } else if !proven.states_the_same(failed) {
                    found.push(Leftover { failed: failed.clone(), proven: Some(proven.clone()) });
                }
                false
            }
            Some(_) => false,
            None => true,
        });
    }
    found.extend(left.into_iter().map(|(_, failed)| Leftover { failed, proven: None }));
    Ok(found)
}
