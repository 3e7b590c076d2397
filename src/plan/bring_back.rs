//! The plan for restoring a proven revision. It has no stages: the revision is proven.

use std::time::Duration;

use boathook_core::{
    deployment::{DeployRequest, DeploymentId, ImageRef, Percent, RevisionName, Strategy},
    rollout::{
        Note, Plan, ServiceManifest, Step,
        steps::{AdoptRevision, PinTraffic, Verify},
    },
};

use crate::{
    cluster::{DEPLOYMENT_LABEL, Revision},
    plan::{
        Beside, LiveService, PlanError, Rendered, Serving, Settings, Stage, build,
        build::{outline, rollback},
        metadata::Metadata,
        restore::{bring_back, restore},
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

/// A rollback that an operator ordered.
pub struct BringBack<'a> {
    /// boathook's own id of it.
    pub id: &'a DeploymentId,
    /// The request.
    pub request: &'a DeployRequest,
    /// The settings of the service.
    pub settings: &'a Settings,
    /// What to restore.
    pub proven: Proven,
    /// What was applied beside the service.
    pub beside: Beside,
    /// The revision to restore, if Knative still has it: it serves again if it can; otherwise its
    /// image and template are deployed again from the record.
    pub alive: Option<Revision>,
    /// The service, if it exists.
    pub live: Option<&'a LiveService>,
}

impl BringBack<'_> {
    /// Decides every step that restores the revision, and the rollback.
    pub fn plan(self) -> Result<Plan, PlanError> {
        let (objects, mut notes) = bring_back(self.settings, self.beside.clone());
        let settings = self.settings;
        let mut plan = self.plan_of_service()?;
        plan.notes.append(&mut notes);
        if let Some(objects) = objects {
            plan.rollback.splice(0..0, restore(settings, &objects.documents));
            // What the revision reads is there before its pods start.
            let is_change = |step: &Step| {
                !matches!(step, Step::PullImage(_) | Step::PullElsewhere(_) | Step::PullStable(_))
            };
            let first = plan.steps.iter().position(is_change).unwrap_or_default();
            plan.steps.insert(first, Step::BringBackObjects(objects));
        }
        Ok(plan)
    }

    fn plan_of_service(self) -> Result<Plan, PlanError> {
        match (self.live, self.alive.as_ref().filter(|revision| !revision.has_failed())) {
            (Some(live), Some(_))
                if live.serving().is_some_and(|now| now.name == self.proven.revision) =>
            {
                Err(PlanError::ServesAlready { revision: self.proven.revision })
            }
            (Some(live), Some(alive)) => Ok(self.adopt(live, alive)),
            (None, _) | (_, None) => Ok(self.redeploy()),
        }
    }

    fn adopt(&self, live: &LiveService, alive: &Revision) -> Plan {
        let Self { request, settings, proven, .. } = self;
        let mut outline = outline(request, settings, &proven.manifest, Some(live));
        // A proven revision serves at once, so nothing has to wait.
        let Metadata { change, opening: _, undo, mut notes } =
            live.metadata(&proven.manifest, false);
        notes.append(&mut outline.notes);
        notes.extend(self.same_image(live));
        let template = alive.template();
        let (asking, _) = settings.asking(&template.0);
        let adopt = AdoptRevision {
            revision: proven.revision.clone(),
            uid: proven.uid.clone(),
            image: proven.image.clone(),
            template,
            metadata: change,
            generation: live.service.generation(),
            deadline: settings.waits.rollback,
        };
        let mut rollback = rollback(settings, Some(live), undo);
        // The revision existed before; this deployment must not delete it.
        rollback.retain(|step| !matches!(step, Step::RemoveCandidate(_)));
        Plan {
            steps: vec![
                Step::AdoptRevision(adopt),
                Step::Verify(Verify { probing: asking.verify }),
                Step::PinTraffic(PinTraffic { deadline: settings.waits.traffic }),
            ],
            rollback,
            notes,
            ..outline
        }
    }

    /// Says so if the image is the one that serves.
    fn same_image(&self, live: &LiveService) -> Option<Note> {
        let Serving { name, revision, .. } = live.serving()?;
        let serves = revision.resolved_image(self.settings.container.as_deref())?;
        let digest = self.proven.image.digest()?;
        (serves.digest() == Some(digest)).then(|| {
            format!(
                "{} has the same image as {name}, which serves now; only the manifest may differ",
                self.proven.revision
            )
            .into()
        })
    }

    fn redeploy(self) -> Plan {
        let Proven { revision, mut manifest, .. } = self.proven;
        if let Some(label) = manifest.document.0.pointer_mut("/spec/template/metadata/labels") {
            label[DEPLOYMENT_LABEL] = self.id.as_str().into();
        }
        let notes = vec![format!("revision {revision} is gone or not Ready; its image and template are deployed anew from the record").into()];
        let at_once = vec![Stage { percent: Percent::FULL, hold: Duration::ZERO }];
        let mut settings = Settings { promotion: Vec::new(), watch: None, ..self.settings.clone() };
        settings.stages.insert(Strategy::Rolling, at_once);
        let rendered = Rendered {
            beside: Vec::new(),
            images: Vec::new(),
            jobs: Vec::new(),
            service: manifest,
            notes,
        };
        build(self.request, &settings, rendered, self.live)
    }
}
