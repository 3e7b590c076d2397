//! What makes the plan of a redeploy differ from that of a request for the same image.

use boathook_core::{
    deployment::{DeployRequest, DeploymentId, ImageRef},
    rollout::{Note, Plan, ServiceManifest, Stable},
};
use serde_json::Value;

use crate::{
    engine::{
        Engine,
        proven::{in_plan, manifest},
    },
    journal::Success,
    plan::without_own_metadata,
};

impl Engine {
    /// Nothing is promoted: what changed is this environment's alone. If the service's manifest is
    /// as it was, the plan says what the new revision is good for. An error says why it does not
    /// begin: someone else brought another image.
    pub(super) async fn as_redeploy(
        &self,
        plan: Plan,
        request: &DeployRequest,
        of: &DeploymentId,
    ) -> Result<Plan, String> {
        let mut plan = Plan { promotions: Vec::new(), ..plan };
        plan.notes.extend(compared(request, plan.stable.as_ref())?);
        // Its record may have been pruned; then nothing can be said of it.
        let before = manifest(&self.journal, of).await.ok();
        if let (Some(before), Some(now)) = (&before, in_plan(&plan))
            && content(before) == content(now)
        {
            let service = &plan.service;
            let note = format!(
                "the manifest of {service} is as {of} deployed it: the new revision starts with the same settings, and reads Secrets and ConfigMaps as they are now"
            );
            plan.notes.push(note.into());
        }
        Ok(plan)
    }
}

/// What the plan says of the image that serves in the cluster. An error says that it is not the one
/// that was ordered: someone else deployed it, and the record does not know it.
fn compared(request: &DeployRequest, stable: Option<&Stable>) -> Result<Option<Note>, String> {
    let Some(Stable { revision, image }) = stable else { return Ok(None) };
    let DeployRequest { environment, image: ordered, .. } = request;
    match image.as_ref().and_then(ImageRef::digest) {
        serves if serves == ordered.digest() => Ok(None),
        None => Ok(Some(
            format!(
                "which digest {revision} runs is not known; by the record it is that of {ordered}"
            )
            .into(),
        )),
        Some(serves) => Err(format!(
            "{revision} serves {} in {environment} with {serves}, which boathook did not deploy, and the redeploy would replace it with {ordered}; send a request for the image that is to serve",
            request.service()
        )),
    }
}

/// Why a redeploy does not begin: while it waited, another image came to serve.
pub(super) fn overtaken(request: &DeployRequest, serves: Option<&Success>) -> Option<String> {
    let serves = serves.filter(|serves| serves.image.digest() != request.image.digest())?;
    let DeployRequest { environment, service_name, .. } = request;
    let Success { deployment, image, revision: _ } = serves;
    Some(format!(
        "while the redeploy waited, {deployment} brought {image}, which serves {} in {environment} now; to redeploy that: boathook redeploy {service_name} --environment {environment}",
        request.service()
    ))
}

/// The manifest without what every deployment changes.
fn content(manifest: &ServiceManifest) -> (Value, usize) {
    (without_own_metadata(&manifest.document), manifest.container)
}
