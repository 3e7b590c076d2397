//! The facts of service times, which a pending batch keeps with the records that they follow from.

use boathook_core::{
    deployment::{BundleDigest, DeploymentId, Digest},
    proof::{DigestFact, Fact, What},
    record::{Event, Outcome, Reason, Record, WatchEnd, WatchEvent},
    rollout::Step,
    state::{Conclusion, Deployment, State, Undoes},
};
use jiff::Timestamp;

use crate::journal::{
    StoreError, Success,
    writer::{active_deployments::fold, pending_batch::PendingBatch},
};

impl PendingBatch<'_> {
    /// What new records of a deployment, which brought it from one state to another, say of digests
    /// in its service.
    pub(super) fn service_facts(
        &self,
        id: &DeploymentId,
        before: &State,
        after: &Deployment,
        records: &[Record],
    ) -> Result<Vec<DigestFact>, StoreError> {
        let at = records.last().map_or(after.changed_at, |last| last.at);
        let mut facts = Vec::new();
        if let Some(displaced) = self.displaced(before, after)? {
            let Displaced { digest, bundle, by_other_digest } = displaced;
            let what = if is_back(before, &after.state, &digest) {
                Some(What::Returned)
            } else if !changes(before, &after.state) {
                None
            } else if by_other_digest {
                Some(What::Replaced)
            } else {
                Some(What::Reconfigured)
            };
            let mut fact = what.map(|what| fact(&digest, after, at, what));
            if let Some(DigestFact {
                fact: Fact { what: What::Returned, bundle: served, .. },
                ..
            }) = &mut fact
            {
                *served = bundle.filter(|_| are_objects_back(before, &after.state));
            }
            facts.extend(fact);
        }
        let succeeded = after.succeeded() && !matches!(before, State::Ended(_));
        let success = Success::of(id, after).filter(|_| succeeded);
        let digest = success.as_ref().and_then(|success| success.image.digest());
        facts.extend(digest.map(|digest| fact(digest, after, at, What::Succeeded)));
        facts.extend(records.iter().filter_map(|record| watch_fact(record, after)));
        Ok(facts)
    }

    /// What served before a deployment that changes the service or ends, if that brings another digest,
    /// or other manifests.
    fn displaced(
        &self,
        before: &State,
        after: &Deployment,
    ) -> Result<Option<Displaced>, StoreError> {
        if !changes(before, &after.state) && !ends_rollback(before, &after.state) {
            return Ok(None);
        }
        let request = &after.acceptance.request;
        let serves = self.store.last_success(request.environment, &request.service())?;
        let Some(Success { deployment, image, .. }) = serves else { return Ok(None) };
        let Some(digest) = image.digest().cloned() else { return Ok(None) };
        let bundle = fold(&deployment, &self.store.records(&deployment, 0)?)?
            .and_then(|success| success.served_bundle().cloned());
        let learned = after.state.findings().and_then(|findings| findings.image.as_ref());
        let own = learned.unwrap_or(&request.image).digest();
        let by_other_digest = own != Some(&digest);
        let is_other = by_other_digest || bundle.as_ref() != after.served_bundle();
        Ok(is_other.then_some(Displaced { digest, bundle, by_other_digest }))
    }
}

/// What served before a deployment.
struct Displaced {
    digest: Digest,
    bundle: Option<BundleDigest>,
    /// Whether another digest takes its place, and not the same one with other manifests.
    by_other_digest: bool,
}

/// Whether a rollback brought back the objects beside the service, by all that is known.
fn are_objects_back(before: &State, after: &State) -> bool {
    let State::RollingBack(progress, _) = before else { return false };
    let is_restored = |step: &Step| matches!(step, Step::RestoreObjects(_));
    let is_applied = |step: &Step| match step {
        Step::ApplyManifests(apply) => apply.documents.iter().any(|one| !one.is_namespace()),
        _ => false,
    };
    let plan = &progress.plan;
    let left = after.findings().is_some_and(|findings| !findings.restored.left.is_empty());
    (plan.rollback.iter().any(is_restored) || !plan.steps.iter().any(is_applied)) && !left
}

/// Whether the first step that changes the service began between these states, or the deployment
/// succeeded.
fn changes(before: &State, after: &State) -> bool {
    let begins = !has_touched(before) && has_touched(after);
    let succeeds = matches!(after, State::Ended(end) if end.end == Outcome::Succeeded);
    begins || (succeeds && !matches!(before, State::Ended(_)))
}

const fn ends_rollback(before: &State, after: &State) -> bool {
    matches!(before, State::RollingBack(..)) && !matches!(after, State::RollingBack(..))
}

/// Whether a rollback ended with that digest serving again, by all that is known.
fn is_back(before: &State, after: &State, digest: &Digest) -> bool {
    let State::RollingBack(progress, rollback) = before else { return false };
    let (State::Closing(conclusion) | State::Ended(conclusion)) = after else { return false };
    let Conclusion { end, reason, .. } = conclusion;
    let is_whole = matches!(end, Outcome::RolledBack | Outcome::Aborted)
        && !matches!(reason, Some(Reason::RollbackConflict { .. } | Reason::Unconfirmed { .. }));
    let stable = progress.plan.stable.as_ref().and_then(|stable| stable.image.as_ref());
    is_whole
        && rollback.undoes == Undoes::Everything
        && stable.and_then(|image| image.digest()) == Some(digest)
}

/// What a record of a watch says of the digest that is watched.
pub(super) fn watch_fact(record: &Record, deployment: &Deployment) -> Option<DigestFact> {
    let Event::Watch(event) = &record.event else { return None };
    let what = match event {
        WatchEvent::Watched { until } => What::Watched { until: *until },
        WatchEvent::WatchEnded { end, figures: _ } => match end {
            WatchEnd::Bad { .. } => What::Unhealthy,
            WatchEnd::Changed { .. } => What::Replaced,
            WatchEnd::Clean | WatchEnd::Replaced { .. } => return None,
        },
    };
    let success = Success::of(&record.deployment, deployment)?;
    Some(fact(success.image.digest()?, deployment, record.at, what))
}

fn fact(digest: &Digest, deployment: &Deployment, at: Timestamp, what: What) -> DigestFact {
    let request = &deployment.acceptance.request;
    DigestFact {
        digest: digest.clone(),
        environment: request.environment,
        fact: Fact {
            service: request.service(),
            at,
            what,
            bundle: deployment.served_bundle().cloned(),
        },
    }
}

/// Whether a step that changes the service has begun.
pub(super) const fn has_touched(state: &State) -> bool {
    match state {
        State::Deploying(progress) | State::RollingBack(progress, _) => progress.touched,
        State::AwaitingApproval { .. }
        | State::AwaitingWindow { .. }
        | State::Queued
        | State::Planning(_)
        | State::Closing(_)
        | State::Ended(_) => false,
    }
}
