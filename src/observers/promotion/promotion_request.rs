//! The webhook that requests a promotion from the next environment.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use boathook_core::{
    deployment::{
        BundleDigest, DeploymentId, Environment, ImageRef, Promotion, RequestedManifests,
    },
    state::{Deployment, PromotionState, State},
};
use jiff::Timestamp;
use serde::Deserialize as _;
use serde_json::{Value, json};

/// The field of the manifests.
const MANIFESTS: &str = "manifests";

/// One promotion, ready to be sent. Each try is the same except for the time, so that it is
/// recognised as a repeat.
#[derive(Clone, Debug, PartialEq)]
pub struct PromotionRequest {
    pub from: Environment,
    pub to: Environment,
    pub body: Value,
    /// Whether an operator vouches for the image where the next environment requires proof.
    pub overrides: bool,
}

impl PromotionRequest {
    /// Requests the image that deployment `id` left serving, by its proven digest.
    #[must_use]
    pub fn new(
        id: &DeploymentId,
        deployment: &Deployment,
        state: &PromotionState,
        now: Timestamp,
    ) -> Self {
        let acceptance = &deployment.acceptance;
        let request = &acceptance.request;
        let PromotionState { promotion, answer: _, hurry } = state;
        let Promotion { to, namespace, service_name, approval } = promotion;
        let mut body = json!({
            "environment": to,
            "image": proven(deployment),
            "namespace": namespace,
            "service_name": service_name,
            "deployment_id": format!("promotion-{id}"),
            "commit_sha": request.commit_sha,
            "triggered_by": request.triggered_by,
            "timestamp": now,
            "auto_promotion": true,
            "promoted_from": promoted_from(id, deployment),
        });
        if let Some(repository) = acceptance.repository() {
            body["repository"] = json!(repository);
        }
        if let Some(bundle) = deployment.bundle() {
            body[MANIFESTS] = json!(RequestedManifests::Bundle(bundle.clone()));
        }
        if *approval {
            body["approval"] = json!(true);
        }
        let overrides = hurry.as_ref().is_some_and(|hurry| hurry.overrides);
        Self { from: request.environment, to: *to, body, overrides }
    }
}

impl PromotionRequest {
    /// The bundle that goes along, by its digest; none if its content was put in its place.
    #[must_use]
    pub fn bundle(&self) -> Option<BundleDigest> {
        let named = RequestedManifests::deserialize(self.body.get(MANIFESTS)?).ok()?;
        Some(named.bundle().clone())
    }

    /// The same with the content of the bundle: another boathook does not know the digest.
    #[must_use]
    pub fn with_content(mut self, packed: &[u8]) -> Self {
        self.body[MANIFESTS] = json!(STANDARD.encode(packed));
        self
    }

    /// The same without manifests.
    #[must_use]
    pub fn without_manifests(mut self) -> Self {
        if let Some(body) = self.body.as_object_mut() {
            body.remove(MANIFESTS);
        }
        self
    }
}

/// Which success it was, with the last figures of its probes, which an approver reads.
fn promoted_from(id: &DeploymentId, deployment: &Deployment) -> String {
    let from = format!("{id} in {}", deployment.acceptance.request.environment);
    match deployment.state.clone().into_findings().health {
        Some(numbers) => format!("{from}: {numbers}"),
        None => from,
    }
}

/// The image by digest, where the node or the cluster named it.
fn proven(deployment: &Deployment) -> &ImageRef {
    let asked_for = &deployment.acceptance.request.image;
    match &deployment.state {
        State::Ended(outcome) => outcome.findings.image.as_ref().unwrap_or(asked_for),
        State::AwaitingApproval { .. }
        | State::AwaitingWindow { .. }
        | State::Queued
        | State::Planning(_)
        | State::Deploying(_)
        | State::RollingBack(..)
        | State::Closing(_) => asked_for,
    }
}
