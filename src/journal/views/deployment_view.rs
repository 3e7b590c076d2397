//! A deployment's records, arranged for a reader: its status, every step with its time, and what
//! serves.
//!
//! It holds no token, no secret's id and no program's output; for the holder of a `status_url`,
//! `server` removes who steered it.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
};

use boathook_core::{
    deployment::{
        DeploymentId, Environment, ExternalId, ImageRef, Namespace, ObjectChange, Percent,
        RevisionName, ServiceName, Strategy,
    },
    health::{MetricNumbers, Numbers},
    record::{
        Approval, DeploymentEvent, Event, Origin, Outcome, OverrideMark, Record, RequestSource,
        Status, VerifiedIdentity,
    },
    rollout::{Action, Observation, Observations, Plan},
    state::{Deployment, IllegalEvent, PromotionState, WatchProgress},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::journal::views::timeline::{StepView, Timeline};

/// Orders of operators that are shown of one deployment.
const ASKED_MAX: usize = 100;

/// One deployment as shown to people and programs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DeploymentView {
    /// boathook's own id of it.
    pub id: DeploymentId,
    /// The sender's name for it.
    pub deployment_id: ExternalId,
    /// Which attempt at the request, from 1.
    #[serde(default = "boathook_core::record::first_attempt")]
    pub attempt: u32,
    /// What started it.
    #[serde(default)]
    pub origin: Origin,
    /// The way by which the request came in.
    #[serde(default, skip_serializing_if = "RequestSource::is_listener")]
    pub source: RequestSource,
    pub environment: Environment,
    /// The namespace of the service.
    pub namespace: Namespace,
    pub service_name: ServiceName,
    /// The image as requested.
    pub image: ImageRef,
    /// The image by digest, once known.
    pub resolved_image: Option<ImageRef>,
    /// Why the digest was withdrawn, if it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub withdrawn: Option<String>,
    /// The commit, as the sender says.
    pub commit_sha: Option<String>,
    /// Who or what triggered it, as the sender says.
    pub triggered_by: Option<String>,
    /// Who sent it, if a token proved that; for operators.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity: Option<VerifiedIdentity>,
    /// The success in another environment that sent it, as that boathook says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub promoted_from: Option<String>,
    /// The promotions after its success, if any.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub promotions: Vec<PromotionState>,
    /// How the success was watched, if it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub watch: Option<WatchProgress>,
    pub strategy: Strategy,
    pub status: Status,
    /// The deadline for its approval, if it needs one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approve_until: Option<Timestamp>,
    /// When the deployment window opens that it waits for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opens_at: Option<Timestamp>,
    /// What holds it besides the windows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held: Option<String>,
    /// How many approvals it needs.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub approvals_needed: u32,
    /// Who may give them, for operators; none if any operator may.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approvers: Option<String>,
    /// Who gave theirs, and when.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub approvals: Vec<Approval>,
    /// Who let it past closed deployment windows, if someone did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overridden: Option<OverrideMark>,
    /// Whether an operator paused it.
    pub paused: bool,
    /// What operators asked of it, in order; the last ones if there were too many.
    #[serde(default)]
    pub asked: Vec<Asked>,
    /// Why it waits, rolls back or ended, if there is a reason.
    pub reason: Option<String>,
    /// When it was accepted.
    pub accepted_at: Timestamp,
    /// When its last event was recorded.
    pub changed_at: Timestamp,
    /// When its record was closed.
    pub ended_at: Option<Timestamp>,
    /// The revision that served before.
    pub stable: Option<RevisionName>,
    /// The new revision, once found.
    pub candidate: Option<RevisionName>,
    /// The last observed traffic.
    pub serving: Vec<Share>,
    /// Since when the candidate gets requests, if it ever did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub serving_since: Option<Timestamp>,
    /// Where users reach the service, once known.
    pub service_url: Option<String>,
    /// What probing counted last.
    pub health: Option<Numbers>,
    /// Where the manifests came from, as text; none before there is a plan.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub manifests: Option<String>,
    /// The last numbers of each metric that was asked for.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub metrics: BTreeMap<String, MetricNumbers>,
    /// What a rollback made of the objects beside the service, as text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub objects: Option<String>,
    /// Notes for operators.
    pub notes: Vec<String>,
    /// What changes, object by object; for operators.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<ObjectChange>,
    /// Every step, in order.
    pub steps: Vec<StepView>,
}

/// What an operator asked of a deployment under way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    pub at: Timestamp,
    pub action: Action,
    /// Who, with the note.
    pub by: String,
}

/// A revision's share of the requests.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Share {
    pub revision: RevisionName,
    pub percent: Percent,
}

impl DeploymentView {
    /// Reads the records of one deployment, from the first; none if there are none.
    pub fn of(records: &[Record]) -> Result<Option<Self>, IllegalEvent> {
        let Some((first, rest)) = records.split_first() else { return Ok(None) };
        let mut deployment = Deployment::begin(first)?;
        let mut timeline = Timeline::default();
        let mut plan = None;
        let mut serving_since = None;
        let mut asked = VecDeque::new();
        for record in rest {
            plan = record.event.plan().map(Arc::clone).or(plan);
            serving_since = serving_since.or_else(|| gets_requests(record).then_some(record.at));
            let before = deployment.state.clone();
            deployment = deployment.apply(record.at, &record.event)?;
            timeline.note(record, &before, &deployment.state);
            if let Event::Deployment(DeploymentEvent::Steered { action, by }) = &record.event {
                asked.push_back(Asked { at: record.at, action: *action, by: by.to_string() });
                asked.drain(..asked.len().saturating_sub(ASKED_MAX));
            }
        }
        let view = Self::assemble(&first.deployment, &deployment, plan.as_deref(), timeline);
        Ok(Some(Self { serving_since, asked: asked.into(), ..view }))
    }

    fn assemble(
        id: &DeploymentId,
        deployment: &Deployment,
        plan: Option<&Plan>,
        timeline: Timeline,
    ) -> Self {
        let request = deployment.acceptance.request.clone();
        let findings = deployment.state.clone().into_findings();
        let status = deployment.state.status();
        Self {
            id: id.clone(),
            deployment_id: request.deployment_id,
            attempt: deployment.acceptance.attempt,
            origin: deployment.acceptance.origin.clone(),
            source: deployment.acceptance.source.clone(),
            environment: request.environment,
            namespace: request.namespace,
            service_name: request.service_name,
            image: request.image,
            resolved_image: findings.image.clone(),
            withdrawn: None,
            commit_sha: request.commit_sha,
            triggered_by: request.triggered_by,
            identity: deployment.acceptance.identity.clone(),
            promoted_from: request.promoted_from,
            promotions: match status.end() {
                Some(Outcome::Succeeded) => deployment.promotions.clone(),
                _ => Vec::new(),
            },
            watch: deployment
                .watch
                .as_ref()
                .filter(|_| deployment.succeeded())
                .map(|watch| watch.progress.clone()),
            strategy: request.strategy,
            status,
            approve_until: deployment.acceptance.approve_until,
            opens_at: deployment.state.opens_at(),
            held: deployment.state.held().map(ToString::to_string),
            approvals_needed: deployment.acceptance.approvers.count,
            approvers: None,
            approvals: deployment.approvals.clone(),
            overridden: deployment.overridden.clone(),
            paused: deployment.state.is_paused(),
            asked: Vec::new(),
            reason: deployment.reason().map(|reason| reason.to_string()),
            accepted_at: deployment.accepted_at,
            changed_at: deployment.changed_at,
            ended_at: status.end().map(|_| deployment.changed_at),
            stable: plan
                .and_then(|plan| plan.stable.as_ref())
                .map(|stable| stable.revision.clone()),
            serving: serving(plan, &findings, &timeline),
            serving_since: None,
            candidate: findings.candidate,
            service_url: findings.service_url,
            health: findings.health,
            manifests: plan.and_then(|plan| plan.manifests.as_ref()).map(ToString::to_string),
            metrics: findings.metrics,
            objects: Some(&findings.restored)
                .filter(|restored| !restored.is_empty())
                .map(ToString::to_string),
            notes: plan
                .into_iter()
                .flat_map(|plan| plan.notes.iter().map(ToString::to_string))
                .chain(findings.notes)
                .collect(),
            changes: plan.map(|plan| plan.changes.clone()).unwrap_or_default(),
            steps: timeline.into_steps(),
        }
    }
}

const fn one() -> u32 {
    1
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
const fn is_one(count: &u32) -> bool {
    *count == 1
}

/// Whether the candidate was observed to get requests.
fn gets_requests(record: &Record) -> bool {
    let Event::Step(event) = &record.event else { return false };
    let findings = event.findings().unwrap_or_default();
    let serves = |finding: &Observation| matches!(finding, Observation::Serving { percent: 1.. });
    findings.iter().any(serves)
}

/// After a complete rollback, stable has all the traffic, whatever was observed last.
fn serving(plan: Option<&Plan>, findings: &Observations, timeline: &Timeline) -> Vec<Share> {
    let percent = if timeline.was_rolled_back() { 0 } else { findings.percent };
    let candidate = Percent::new(u64::from(percent)).unwrap_or(Percent::FULL);
    let stable = plan.and_then(|plan| plan.stable.as_ref()).map(|stable| stable.revision.clone());
    let shares = [(stable, candidate.rest()), (findings.candidate.clone(), candidate)];
    let share = |(revision, percent)| {
        (percent != Percent::ZERO).then_some(Share { revision: revision?, percent })
    };
    shares.into_iter().filter_map(share).collect()
}
