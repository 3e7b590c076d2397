//! The plan for restoring a proven revision. It has no stages: the revision is proven.

use boathook_core::{
    deployment::{DeployRequest, DeploymentId, ImageRef, Percent, RevisionName},
    rollout::{AdoptRevision, PinTraffic, Plan, ServiceManifest, Step, Verify},
};

use crate::{
    cluster::{DEPLOYMENT_LABEL, Revision},
    plan::{
        PlanError, Rendered, Settings, Stage, Survey, build, build::rollback, metadata::Metadata,
    },
};

/// What an earlier deployment left serving, according to its record.
#[derive(Clone, Debug, PartialEq)]
pub struct Proven {
    /// The revision's name.
    pub revision: RevisionName,
    /// The revision's UID: a different UID under the same name is a different revision.
    pub uid: String,
    /// The image, by digest where the deployment learned it.
    pub image: ImageRef,
    /// The service's manifest as it was then.
    pub manifest: ServiceManifest,
}

/// Decides every step that restores `proven`, and the rollback. `alive` is its revision, if Knative
/// still has it: it serves again if it can; otherwise its image and template are deployed again
/// from the record.
pub fn bring_back(
    id: &DeploymentId,
    request: &DeployRequest,
    settings: &Settings,
    proven: Proven,
    alive: Option<&Revision>,
    survey: &Survey,
) -> Result<Plan, PlanError> {
    match (survey, alive.filter(|revision| !revision.has_failed())) {
        (Survey::Serves { stable, .. }, Some(_)) if *stable == proven.revision => {
            Err(PlanError::ServesAlready { revision: proven.revision })
        }
        (Survey::Serves { .. } | Survey::NothingServes { .. }, Some(revision)) => {
            Ok(adopt(request, settings, proven, revision, survey))
        }
        (Survey::NoService, Some(_)) | (_, None) => {
            Ok(redeploy(id, request, settings, proven, survey))
        }
    }
}

fn adopt(
    request: &DeployRequest,
    settings: &Settings,
    proven: Proven,
    alive: &Revision,
    survey: &Survey,
) -> Plan {
    let Proven { revision, uid, image, manifest } = proven;
    let deadline = settings.waits.rollback;
    let (asking, _) = settings.asking(&alive.template().0);
    let container = manifest.container_name().map(str::to_owned);
    // A proven revision serves at once, so nothing has to wait.
    let Metadata { change, opening: _, undo, mut notes } = survey.metadata(&manifest, false);
    let (kept, removed_tags) = survey.kept();
    notes.extend(removed_tags);
    let adopt = AdoptRevision {
        revision,
        uid,
        image,
        template: alive.template(),
        metadata: change,
        generation: survey.generation(),
        deadline,
    };
    let steps = vec![
        Step::AdoptRevision(adopt),
        Step::Verify(Verify { probing: asking.verify }),
        Step::PinTraffic(PinTraffic { deadline: settings.waits.traffic }),
    ];
    let is_ours = |step: &Step| !matches!(step, Step::RemoveCandidate(_));
    Plan {
        service: request.service(),
        uid: survey.uid(),
        stable: survey.stable(container.as_deref()),
        container,
        kept,
        timeouts: settings.timeouts.clone(),
        steps,
        // The revision existed before; this deployment must not delete it.
        rollback: rollback(settings, survey, undo).into_iter().filter(is_ours).collect(),
        notes,
        promotion: None,
    }
}

fn redeploy(
    id: &DeploymentId,
    request: &DeployRequest,
    settings: &Settings,
    proven: Proven,
    survey: &Survey,
) -> Plan {
    let Proven { revision, mut manifest, .. } = proven;
    if let Some(label) = manifest.document.0.pointer_mut("/spec/template/metadata/labels") {
        label[DEPLOYMENT_LABEL] = id.as_str().into();
    }
    let notes = vec![format!("revision {revision} is gone or not Ready; its image and template are deployed anew from the record").into()];
    let at_once = vec![Stage { percent: Percent::FULL, hold: std::time::Duration::ZERO }];
    let settings = Settings { rolling: at_once, next: None, ..settings.clone() };
    build(
        request,
        &settings,
        Rendered { beside: Vec::new(), images: Vec::new(), service: manifest, notes },
        survey,
    )
}
