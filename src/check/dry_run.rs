//! Checks that the API server would accept a deployment: the same apply and the same patch, as dry
//! runs on the server.

use std::{io, path::Path};

use boathook_core::{
    deployment::{DeployRequest, Environment, ExternalId, ImageRef, ServiceKey, error_chain},
    objects::{Document, VISIBILITY},
    rollout::{Note, Topic},
};

use crate::{
    check::{
        CheckContext, CheckResult,
        folders::{Folders, Readable},
        manifests,
    },
    config::EnvironmentConfig,
    engine::{DryRun, PlanningContext, SurveyError, WorkFolder},
    plan::PlanError,
};

const CHECK: &str = "dry run";
/// Deployed where a manifest names no image that can be one: admission asks no registry.
const STAND_IN: &str = "registry.invalid/boathook/check";
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

/// The check of the manifests reports what requests may not name.
fn is_deployable(settings: &EnvironmentConfig, document: &Document) -> bool {
    document.is_knative_service() && manifests::is_allowed_service(settings, document)
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
    let Some(request) = request(environment, key, manifest) else { return Vec::new() };
    let planning = PlanningContext {
        settings: &settings,
        cluster: &context.cluster,
        redactor: &context.redactor,
        prober: context.prober.as_ref(),
        known: None,
        check: None,
        documents: Some(documents),
        waits: None,
    };
    let dry_run = DryRun { planning, work: &WorkFolder::at(work.join("dry-run")) };
    match dry_run.of(&request).await {
        Ok((notes, problems)) => {
            // The check of permissions reports what the account may not do.
            let (unpermitted, problems): (Vec<_>, Vec<_>) =
                problems.iter().partition(|problem| lacks_permission(problem));
            let mut found: Vec<CheckResult> = problems
                .into_iter()
                .map(|problem| refused(environment, config, key, problem))
                .collect();
            if found.is_empty() && unpermitted.is_empty() {
                found.push(CheckResult::ok(CHECK, format!("{environment}: {key} can be deployed")));
            }
            found.extend(notes.iter().filter_map(|note| noted(environment, config, key, note)));
            found
        }
        Err(SurveyError::Plan(error)) if !is_about_the_service(&error) => {
            vec![refused(environment, config, key, &error_chain(&error))]
        }
        // The checks of the API server, the permissions and the service report why the cluster's
        // state allows no plan.
        Err(_) => Vec::new(),
    }
}

/// A refusal by RBAC, in its own words. Quotas, admission plugins and a namespace that is being
/// deleted answer Forbidden too.
fn lacks_permission(problem: &str) -> bool {
    problem.contains("(Forbidden)")
        && problem.contains(" cannot ")
        && problem.contains(" resource \"")
}

/// Traffic that someone else manages, reported with the command that fixes it.
const fn is_about_the_service(error: &PlanError) -> bool {
    matches!(error, PlanError::ForeignSplit { .. } | PlanError::UnknownTraffic { .. })
}

/// A request as a sender would make it.
fn request(
    environment: Environment,
    key: &ServiceKey,
    manifest: &Document,
) -> Option<DeployRequest> {
    let named = manifest
        .0
        .pointer("/spec/template/spec/containers/0/image")
        .and_then(|image| ImageRef::parse(image.as_str()?).ok());
    let image = named.or_else(|| ImageRef::parse(STAND_IN).ok())?;
    Some(DeployRequest::new(environment, image, key.clone(), ExternalId::parse("check").ok()?))
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
        Topic::Other => return None,
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

fn unwritable(error: &io::Error) -> CheckResult {
    let directory = std::env::temp_dir();
    CheckResult::warning(
        CHECK,
        format!("failed to make a folder in {}: {error}", directory.display()),
        "whether the API server would take the manifests is not known",
        format!("ls -ld {}; df -h {}", directory.display(), directory.display()),
    )
}
