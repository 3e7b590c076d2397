//! What a deployment would change, checked by the API server without changing it.

use std::path::Path;

use boathook_core::{
    deployment::{DeployRequest, DeploymentId, DryRunReport, ImageRef, RevisionName},
    health::Prober,
    objects::Document,
    rollout::{CheckProven, Note, Plan},
};

use crate::{
    cluster::Cluster,
    engine::survey::{SurveyError, Surveyor},
    plan::Settings,
    redact::Redactor,
    steps::{DryRunContext, StepBehavior as _},
};

/// What a dry run uses.
pub struct DryRun<'a> {
    /// The settings of the service.
    pub settings: &'a Settings,
    /// The cluster.
    pub cluster: &'a Cluster,
    /// Learns the secrets in the manifests.
    pub redactor: &'a Redactor,
    /// Probes the service as it is now.
    pub prober: &'a dyn Prober,
    /// The revision that served last, according to the journal.
    pub known: Option<RevisionName>,
    /// The digests allowed for an image whose digest only a pull shows.
    pub check: Option<CheckProven>,
    /// The objects of the service's folder, if they were already read.
    pub documents: Option<&'a [Document]>,
    /// Its own directory for rendered manifests; it is removed at the end.
    pub work: &'a Path,
}

impl DryRun<'_> {
    /// What the plan of a request notes, and what the API server has against it.
    pub async fn of(
        &self,
        request: &DeployRequest,
    ) -> Result<(Vec<Note>, Vec<String>), SurveyError> {
        let plan = self.plan(request).await?;
        let mut report = DryRunReport::default();
        self.check_changes(&plan, &request.image, None, &mut report).await;
        Ok((plan.notes, report.problems))
    }

    /// The plan of a request.
    pub(super) async fn plan(&self, request: &DeployRequest) -> Result<Plan, SurveyError> {
        let Self { settings, cluster, redactor, prober, known, check, documents, work: _ } = self;
        // No deployment has this id, so nothing in a dry run can be mistaken for a deployment.
        let id = DeploymentId::from_random([0; 20]);
        let (known, check) = (known.clone(), check.clone());
        let documents = *documents;
        let surveyor = Surveyor {
            id: &id,
            request,
            settings,
            cluster,
            redactor,
            prober: *prober,
            known,
            proven: None,
            check,
            documents,
        };
        surveyor.plan().await
    }

    /// Has the API server check what the plan would change. `judged` is the image by digest, where
    /// the node has it.
    pub(super) async fn check_changes(
        &self,
        plan: &Plan,
        image: &ImageRef,
        judged: Option<&ImageRef>,
        report: &mut DryRunReport,
    ) {
        let context = DryRunContext {
            service: &plan.service,
            named: image,
            pinned: judged,
            stable: plan.stable.as_ref().map(|stable| &stable.revision),
            kept: &plan.kept,
            cluster: self.cluster,
            work: self.work,
        };
        for step in &plan.steps {
            match step.dry_run(&context).await {
                Ok(note) => report.notes.extend(note),
                Err(error) => report.problems.push(format!("{}: {error}", step.title())),
            }
        }
    }
}
