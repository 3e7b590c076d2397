//! What a deployment would change, checked by the API server without changing it.

use boathook_core::{
    deployment::{DeployRequest, DeploymentId, DryRunReport, ImageRef},
    rollout::{Note, Plan},
};

use crate::{
    engine::{
        survey::{PlanningContext, SurveyError, Surveyor},
        work_folder::WorkFolder,
    },
    steps::{DryRunContext, StepBehavior as _},
};

/// A dry run of a request.
pub struct DryRun<'a> {
    /// What its plan is made with.
    pub planning: PlanningContext<'a>,
    /// Its own folder for rendered manifests.
    pub work: &'a WorkFolder,
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
        // No deployment has this id, so nothing in a dry run can be mistaken for a deployment.
        let id = DeploymentId::from_random([0; 20]);
        let context = self.planning.clone();
        let surveyor = Surveyor { id: &id, request, proven: None, context };
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
            plan,
            named: image,
            pinned: judged,
            cluster: self.planning.cluster,
            work: self.work.path(),
        };
        for step in &plan.steps {
            match step.dry_run(&context).await {
                Ok(note) => report.notes.extend(note),
                Err(error) => report.problems.push(format!("{}: {error}", step.title())),
            }
        }
    }
}
