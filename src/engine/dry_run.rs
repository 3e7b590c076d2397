//! What a deployment would change, checked by the API server without changing it.

use std::time::Duration;

use boathook_core::{
    deployment::{DeployRequest, DeploymentId, ImageRef},
    rollout::{Note, Plan},
};

use crate::{
    engine::{
        survey_error::SurveyError,
        surveyor::{PlanningContext, Surveyor},
        work_folder::WorkFolder,
    },
    plan::{Beside, Settings, Waits},
    steps::{DryRunContext, DryRunFinding, StepBehavior as _},
};

/// How long to wait for an unreachable cluster.
const AWAY: Duration = Duration::from_secs(10);

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
    ) -> Result<(Vec<Note>, Vec<DryRunFinding>), SurveyError> {
        let plan = self.plan(request).await?;
        let mut findings = Vec::new();
        self.check_changes(&plan, &request.image, None, &mut |found| findings.push(found)).await;
        Ok((plan.notes, findings))
    }

    /// The settings of a service with the patience of a dry run: someone waits for the answer.
    #[must_use]
    pub fn settings(settings: &Settings) -> Settings {
        let retry_for = AWAY.min(settings.waits.retry_for);
        Settings { waits: Waits { retry_for, ..settings.waits.clone() }, ..settings.clone() }
    }

    /// The plan of a request.
    pub(super) async fn plan(&self, request: &DeployRequest) -> Result<Plan, SurveyError> {
        // No deployment has this id, so nothing in a dry run can be mistaken for a deployment.
        let id = DeploymentId::from_random([0; 20]);
        let context = self.planning.clone();
        let surveyor = Surveyor {
            id: &id,
            request,
            proven: None,
            beside: Beside::default(),
            turned_bad: None,
            context,
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
        found: &mut (dyn FnMut(DryRunFinding) + Send),
    ) {
        let context = DryRunContext {
            plan,
            named: image,
            pinned: judged,
            cluster: self.planning.cluster,
            work: self.work.path(),
        };
        for step in &plan.steps {
            let of_step = |text: String| format!("{}: {text}", step.title());
            match step.dry_run(&context).await {
                Ok(findings) => findings.into_iter().for_each(|finding| {
                    found(match finding {
                        DryRunFinding::Unchecked(text) => DryRunFinding::Unchecked(text),
                        DryRunFinding::Warned(text) => DryRunFinding::Warned(of_step(text)),
                        DryRunFinding::Refused(text) => DryRunFinding::Refused(of_step(text)),
                    });
                }),
                Err(error) => found(DryRunFinding::Refused(of_step(error.to_string()))),
            }
        }
    }
}
