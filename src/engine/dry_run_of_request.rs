//! The dry run: reads the cluster, plans, and checks everything that can be checked without a
//! change. It records nothing.

use std::sync::Arc;

use boathook_core::{
    deployment::{Bundle, DeployRequest, DryRunReport, ImageRef, error_chain},
    record::Status,
    rollout::{Note, Plan, Step, Topic},
    state::Deployment,
};
use tokio::time::timeout;

use crate::{
    cluster::{Cluster, ClusterError, TagDigest},
    engine::{DryRun, Engine, PlanningContext, WorkFolder},
    plan::Settings,
    steps::DryRunFinding,
};

/// The folder for rendered manifests, next to those of deployments.
const WORK: &str = "dry-run";

impl Engine {
    /// What a request that brings no manifests would do, and its problems.
    pub async fn dry_run(&self, request: &DeployRequest) -> DryRunReport {
        self.dry_run_of(request, None).await
    }

    /// What a request would do with the manifests that it brings, and its problems.
    pub async fn dry_run_bundle(&self, request: &DeployRequest, bundle: &Bundle) -> DryRunReport {
        self.dry_run_of(request, Some(bundle)).await
    }

    /// One at a time: all dry runs write to the same directory.
    async fn dry_run_of(&self, request: &DeployRequest, bundle: Option<&Bundle>) -> DryRunReport {
        let configuration = self.configuration.get();
        let Some(settings) = (configuration.settings)(request.environment, &request.service())
        else {
            return DryRunReport {
                problems: vec![format!("{} is not configured any more", request.environment)],
                ..DryRunReport::default()
            };
        };
        let settings = DryRun::settings(&settings);
        let mut report = DryRunReport::default();
        let tools = Arc::clone(&configuration.tools);
        let cluster = self.cluster(tools, &settings.timeouts);
        if timeout(
            DryRunReport::LIMIT,
            self.dry_run_with(&settings, &cluster, (request, bundle), &mut report),
        )
        .await
        .is_err()
        {
            report.problems.push(format!(
                "the dry run was not over after {} s; what is missing was not checked",
                DryRunReport::LIMIT.as_secs()
            ));
        }
        for text in report.notes.iter_mut().chain(&mut report.problems) {
            *text = self.redactor.text(text).into_owned();
        }
        report
    }

    async fn dry_run_with(
        &self,
        settings: &Settings,
        cluster: &Cluster,
        (request, bundle): (&DeployRequest, Option<&Bundle>),
        report: &mut DryRunReport,
    ) {
        if let Some(note) = self.under_way(request) {
            report.notes.push(note);
            return;
        }
        let known =
            self.journal.last_success(request.environment, &request.service()).await.ok().flatten();
        let check = match self.check_request(request, settings).await {
            Ok(check) => check,
            Err(error) => return report.problems.push(error_chain(&error)),
        };
        let work = WorkFolder::at(self.work.join(WORK));
        let manifests = match self.manifests_for(request, settings, bundle, work.path()).await {
            Ok(manifests) => manifests,
            Err(error) => return report.problems.push(error_chain(&error)),
        };
        let planning = PlanningContext {
            settings,
            cluster,
            redactor: &self.redactor,
            prober: self.prober.as_ref(),
            known: known.map(|success| success.revision),
            check,
            documents: None,
            manifests: &manifests,
            waits: None,
            compare_in: Some(work.path()),
        };
        let dry_run = DryRun { planning, work: &work };
        match dry_run.plan(request).await {
            Ok(plan) => report_plan(&dry_run, &plan, &request.image, report).await,
            // A deployment that was accepted meanwhile may have changed what was read.
            Err(error) => match self.under_way(request) {
                Some(note) => report.notes.push(note),
                None => report.problems.push(error_chain(&error)),
            },
        }
    }

    /// The note for when a deployment of the same service has not ended: what serves now may not be
    /// what serves when this one begins, so there is nothing to check.
    fn under_way(&self, request: &DeployRequest) -> Option<String> {
        let service = request.service();
        let live = self.journal.live().into_iter().map(|(_, deployment)| deployment);
        let of_service = |deployment: &Arc<Deployment>| {
            deployment.acceptance.request.service() == service && !is_own(deployment, request)
        };
        let deployment = live.rev().find(of_service)?;
        let id = &deployment.acceptance.request.deployment_id;
        let status = deployment.state.status();
        Some(format!(
            "deployment {id} of {service} is {}: this one would wait for it or replace it; nothing was looked at",
            status.name()
        ))
    }
}

/// Whether it is the deployment of this request, and waits to begin: then the dry run shows what it
/// would do.
fn is_own(deployment: &Deployment, request: &DeployRequest) -> bool {
    let status = deployment.state.status();
    deployment.acceptance.request.deployment_id == request.deployment_id
        && matches!(status, Status::AwaitingApproval | Status::AwaitingWindow)
}

/// Reports the plan, and what is found of its image and its changes.
async fn report_plan(
    dry_run: &DryRun<'_>,
    plan: &Plan,
    image: &ImageRef,
    report: &mut DryRunReport,
) {
    let PlanningContext { settings, cluster, .. } = dry_run.planning;
    fill_report(plan, report);
    let judged = look_for_image(settings, image, cluster, report).await;
    let mut found = |finding| match finding {
        DryRunFinding::Unchecked(text) => report.notes.push(text),
        DryRunFinding::Warned(text) | DryRunFinding::Refused(text) => report.problems.push(text),
    };
    dry_run.check_changes(plan, image, judged.as_ref(), &mut found).await;
}

fn fill_report(plan: &Plan, report: &mut DryRunReport) {
    report.steps = plan.steps.iter().map(Step::title).collect();
    report.rollback = plan.rollback.iter().map(Step::title).collect();
    report.stable = plan.stable_revision().cloned();
    report.manifests = plan.manifests.as_ref().map(ToString::to_string);
    report.changes.clone_from(&plan.changes);
    let (unknown, noted): (Vec<&Note>, Vec<&Note>) =
        plan.notes.iter().partition(|note| note.about == Topic::UnknownChanges);
    report.notes = noted.into_iter().map(ToString::to_string).collect();
    report.problems.extend(unknown.into_iter().map(ToString::to_string));
}

/// What the node has of the image, and what was judged in its place. Whether the registry has it is
/// not checked: only a pull with the node's own credentials shows that. A tag may have moved since
/// the node pulled it, so the image that it named then is never reported as what will be deployed.
async fn look_for_image(
    settings: &Settings,
    image: &ImageRef,
    cluster: &Cluster,
    report: &mut DryRunReport,
) -> Option<ImageRef> {
    if !settings.pull.enabled {
        report.notes.push(format!("{image} was not looked for: the cluster pulls it"));
        return None;
    }
    match cluster.digest(image, true).await {
        Ok(TagDigest::Certain(pinned)) if image.digest().is_some() => {
            report.image = Some(pinned.clone());
            return Some(pinned);
        }
        Ok(TagDigest::Certain(pinned)) => {
            report.notes.push(format!(
                "the node has {image} from an earlier pull, as {pinned}, which this dry run judged; a deployment pulls the tag anew and deploys what \
                 it stands for then"
            ));
            return Some(pinned);
        }
        Ok(TagDigest::Unclear { known, why }) => report.notes.push(format!(
            "the node has {image} under {} digests of its repository, and ctr (tools.ctr) does not say which is the tag's own: {why}",
            known.len()
        )),
        Ok(TagDigest::Unknown) => report.notes.push(format!("the node has {image} but knows no digest of its repository")),
        Err(ClusterError::Refused(run)) if run.words.contains("no such image") => {
            report.notes.push(format!("the node does not have {image} yet; whether the registry has it was not checked"));
        }
        Err(error) => report.problems.push(error_chain(&error)),
    }
    None
}
