//! Checks that the API server would accept a deployment: the same apply and the same patch, as dry
//! runs on the server.

use std::{io, path::Path};

use boathook_core::{
    deployment::{DryRunReport, Environment, ServiceKey},
    objects::{Document, VISIBILITY},
    rollout::{Note, Topic},
};
use tokio::time::timeout;

use crate::{
    check::{
        CheckContext, CheckResult,
        folders::{Folders, Readable},
        manifests::{self, is_deployable},
        stand_in::request,
    },
    config::EnvironmentConfig,
    engine::{ChosenManifests, DryRun, PlanningContext, WorkFolder},
    steps::DryRunFinding,
};

const CHECK: &str = "dry run";
/// What Knative writes before that which only its dry run refuses.
const ONLY_A_DRY_RUN: &str = "dry run failed with";

pub(super) async fn check(context: &CheckContext, folders: &Folders<'_>) -> Vec<CheckResult> {
    let work = match &context.work {
        Ok(work) => work.path(),
        Err(error) => return vec![unwritable(error)],
    };
    let mut findings = Vec::new();
    for folder in folders.readable() {
        for document in
            folder.documents.iter().filter(|document| is_deployable(folder.settings, document))
        {
            for key in manifests::keys(folder.settings, document) {
                findings.extend(of_service(context, work, folder, &key, document).await);
            }
        }
    }
    findings
}

async fn of_service(
    context: &CheckContext,
    work: &Path,
    folder: Readable<'_>,
    key: &ServiceKey,
    manifest: &Document,
) -> Vec<CheckResult> {
    let Readable { environment, settings: config, documents } = folder;
    let Some(settings) = (context.settings)(&context.config, environment, key) else {
        return Vec::new();
    };
    let settings = DryRun::settings(&settings);
    let Some(request) = request(environment, key, manifest) else { return Vec::new() };
    let planning = PlanningContext {
        settings: &settings,
        cluster: &context.cluster,
        redactor: &context.redactor,
        prober: context.prober.as_ref(),
        known: None,
        check: None,
        documents: Some(documents),
        manifests: &ChosenManifests::of_node(environment),
        waits: None,
        compare_in: None,
    };
    let dry_run = DryRun { planning, work: &WorkFolder::at(work.join("dry-run")) };
    match timeout(DryRunReport::LIMIT, dry_run.of(&request)).await {
        Ok(Ok((notes, findings))) => {
            let mut found = judge(environment, config, key, &findings);
            found.extend(notes.iter().filter_map(|note| noted(environment, config, key, note)));
            found
        }
        // The checks of the manifests, the API server, the permissions and the service report why
        // there is no plan.
        Ok(Err(_)) => Vec::new(),
        Err(_) => vec![unfinished(environment, key)],
    }
}

fn judge(
    environment: Environment,
    config: &EnvironmentConfig,
    key: &ServiceKey,
    findings: &[DryRunFinding],
) -> Vec<CheckResult> {
    let judged = findings.iter().filter_map(|finding| match finding {
        // The check of permissions reports what the account may not do.
        DryRunFinding::Refused(problem) if lacks_permission(problem) => None,
        DryRunFinding::Refused(problem) => Some(refused(environment, config, key, problem)),
        DryRunFinding::Warned(warning) => Some(warned(environment, config, key, warning)),
        DryRunFinding::Unchecked(_) => None,
    });
    let mut found: Vec<CheckResult> = judged.collect();
    if findings.iter().all(|finding| matches!(finding, DryRunFinding::Unchecked(_))) {
        found.push(CheckResult::ok(CHECK, format!("{environment}: {key} can be deployed")));
    }
    found
}

/// A refusal by RBAC, in its own words. Quotas, admission plugins and a namespace that is being
/// deleted answer Forbidden too.
fn lacks_permission(problem: &str) -> bool {
    problem.contains("(Forbidden)")
        && problem.contains(" cannot ")
        && problem.contains(" resource \"")
}

/// What a plan notes and an operator may not want: images that stay, a change of who can reach the
/// service, and a tag that goes.
fn noted(
    environment: Environment,
    config: &EnvironmentConfig,
    key: &ServiceKey,
    note: &Note,
) -> Option<CheckResult> {
    let folder = config.manifests.display();
    let (why, fix) = match note.about {
        Topic::KeptImage => (
            "it goes on with the image of the manifest, whatever is deployed",
            format!(
                "where that is not wanted, name the container under `containers` in {environment}.yaml and give it the deployed repository in {folder}"
            ),
        ),
        Topic::MissingContainer => (
            "no container of that name gets the image",
            format!("correct `containers` in {environment}.yaml, or the name in {folder}"),
        ),
        Topic::Visibility => (
            "the next deployment changes who can reach the service",
            format!("where that is not wanted, correct the label {VISIBILITY} in {folder}"),
        ),
        Topic::RemovedTag => (
            "the next deployment removes the tag; until then Knative changes no traffic of this service",
            format!(
                "set the tag on another revision: kubectl edit ksvc {} -n {}",
                key.service, key.namespace
            ),
        ),
        Topic::UnknownChanges | Topic::Other => return None,
    };
    Some(CheckResult::warning(CHECK, format!("{environment}: {key}: {note}"), why, fix))
}

fn refused(
    environment: Environment,
    config: &EnvironmentConfig,
    key: &ServiceKey,
    problem: &str,
) -> CheckResult {
    let folder = config.manifests.display();
    let (why, fix) = if problem.contains(ONLY_A_DRY_RUN) {
        (
            "only a dry run says so: the cluster takes it when it is sent, and then makes no pod of it, so that the deployment is rolled back",
            format!(
                "correct it in {folder}; after a deployment, an event on the revision says the same (kubectl get events)"
            ),
        )
    } else {
        (
            "a deployment ends with the same words",
            format!(
                "correct it in {folder}, and look again: kubectl apply --dry-run=server -f {folder}"
            ),
        )
    };
    CheckResult::error(CHECK, format!("{environment}: {key}: {problem}"), why, fix)
}

/// What the API server takes with a warning.
fn warned(
    environment: Environment,
    config: &EnvironmentConfig,
    key: &ServiceKey,
    warning: &str,
) -> CheckResult {
    CheckResult::warning(
        CHECK,
        format!("{environment}: {key}: {warning}"),
        "the cluster takes it, and a deployment goes on; a field that it does not know has no effect",
        format!(
            "correct it in {}; kubectl explain KIND.FIELD says how fields are spelt",
            config.manifests.display()
        ),
    )
}

fn unfinished(environment: Environment, key: &ServiceKey) -> CheckResult {
    let limit = DryRunReport::LIMIT.as_secs();
    CheckResult::warning(
        CHECK,
        format!("{environment}: {key}: the dry run was not over after {limit} s"),
        "whether the API server would take the manifests is not known",
        "kubectl get --raw /readyz?verbose; then run boathook check again",
    )
}

fn unwritable(error: &io::Error) -> CheckResult {
    let directory = std::env::temp_dir();
    CheckResult::warning(
        CHECK,
        format!("failed to make a folder in {}: {error}", directory.display()),
        "whether the API server would take the manifests is not known",
        format!("ls -ld {}; df -h {}", directory.display(), directory.display()),
    )
}
