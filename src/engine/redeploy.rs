//! What makes the plan of a redeploy differ from that of a request for the same image.

use boathook_core::{
    deployment::{DeployRequest, DeploymentId},
    rollout::{Plan, ServiceManifest},
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
    /// as it was, the plan says what the new revision is good for.
    pub(super) async fn as_redeploy(&self, plan: Plan, of: &DeploymentId) -> Plan {
        let mut plan = Plan { promotions: Vec::new(), ..plan };
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
        plan
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
