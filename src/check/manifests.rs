//! Checks that the manifests can be deployed: readable, without placeholders, and only in allowed
//! namespaces and services.

use std::{collections::BTreeSet, path::Path};

use boathook_core::{
    deployment::{DeploymentId, Environment, Namespace, ServiceKey, ServiceName, error_chain},
    objects::Document,
};
use serde_json::Value;

use crate::{
    check::{
        CheckContext, CheckResult, Folder, GrantError, Grants,
        folders::{Folders, ReadFolder, Readable},
        grants::allowed_namespaces,
        stand_in::request,
    },
    cluster::ApiResources,
    config::{EnvironmentConfig, Pattern, ServiceSelector},
    manifests::{ManifestError, Manifests},
    plan::{FolderObjects, PlanError},
};

const CHECK: &str = "manifests";
const WHY: &str = "every deployment to this environment ends before it has done anything";

pub(super) fn check(
    context: &CheckContext,
    folders: &Folders<'_>,
    resources: &ApiResources,
) -> Vec<CheckResult> {
    let of_folder = |folder: &ReadFolder<'_>| {
        let ReadFolder { environment, settings, manifests } = folder;
        match manifests {
            Ok(_) if settings.has_bundles_alone() => {
                vec![CheckResult::ok(CHECK, format!("{environment}: manifests come with requests"))]
            }
            Ok(Manifests { documents, replaced }) => {
                let folder = Readable { environment: *environment, settings, documents };
                let mut found = judge(context, folder, resources);
                found.extend(replaced.iter().map(|key| twice(*environment, key)));
                found
            }
            Err(error) => {
                vec![CheckResult::error(
                    CHECK,
                    format!("{environment}: {}", error_chain(error)),
                    WHY,
                    fix(error, &settings.manifests),
                )]
            }
        }
    };
    folders.0.iter().flat_map(of_folder).collect()
}

/// The Knative services among the documents, where their names are good.
pub(super) fn services(settings: &EnvironmentConfig, documents: &[Document]) -> Vec<ServiceKey> {
    documents
        .iter()
        .filter(|document| document.is_knative_service())
        .flat_map(|document| keys(settings, document))
        .collect()
}

/// The services that a document describes, where its names are good: one in each namespace that
/// requests can name, if it names none.
pub(super) fn keys(settings: &EnvironmentConfig, document: &Document) -> Vec<ServiceKey> {
    let Ok(service) = ServiceName::parse(document.name()) else { return Vec::new() };
    let namespaces = match document.namespace() {
        Some(name) => Namespace::parse(name).into_iter().collect(),
        None => allowed_namespaces(settings),
    };
    namespaces
        .into_iter()
        .map(|namespace| ServiceKey { namespace, service: service.clone() })
        .collect()
}

/// The namespaces to which an object of a folder is applied: its own, or those of the folder's
/// services, whose requests bring it along.
pub(super) fn namespaces_of(
    settings: &EnvironmentConfig,
    documents: &[Document],
    document: &Document,
) -> BTreeSet<Namespace> {
    match document.namespace() {
        Some(name) => Namespace::parse(name).into_iter().collect(),
        None => services(settings, documents).into_iter().map(|key| key.namespace).collect(),
    }
}

fn fix(error: &ManifestError, directory: &Path) -> String {
    match error {
        ManifestError::Unreadable { path, .. } => {
            format!(
                "ls -la {}; a relative `manifests` is looked for in boathook's working directory (/etc/boathook)",
                path.display()
            )
        }
        ManifestError::Refused { path, .. } if path.is_dir() && path != directory => {
            format!("mv {} somewhere else", path.display())
        }
        ManifestError::Refused { path, .. } => format!("correct {}", path.display()),
        ManifestError::Malformed { .. } => {
            format!("kubectl apply --dry-run=server -f {}", directory.display())
        }
        ManifestError::NotBuilt { .. } => format!("kubectl kustomize {}", directory.display()),
    }
}

fn judge(
    context: &CheckContext,
    readable: Readable<'_>,
    resources: &ApiResources,
) -> Vec<CheckResult> {
    let Readable { environment, settings, documents } = readable;
    let folder = Folder::of(settings, resources);
    let directory = settings.manifests.display();
    let services: Vec<_> =
        documents.iter().filter(|document| document.is_knative_service()).collect();
    let mut findings: Vec<CheckResult> = documents
        .iter()
        .flat_map(|document| of_document(environment, settings, &folder, document))
        .collect();
    let deployable = services.iter().filter(|service| is_deployable(settings, service));
    findings.extend(deployable.flat_map(|service| unplannable(context, readable, service)));
    if services.is_empty() {
        findings.push(CheckResult::error(
            CHECK,
            format!("{environment}: {directory} holds no Knative service"),
            WHY,
            "put the manifest of the service there",
        ));
    }
    findings.extend(
        settings
            .services
            .keys()
            .filter_map(|selector| without_manifest(environment, settings, selector, documents)),
    );
    if findings.is_empty() {
        let names: Vec<_> = services.iter().map(|document| document.name()).collect();
        findings.push(CheckResult::ok(
            CHECK,
            format!("{environment}: {directory} can be read and is allowed ({})", names.join(", ")),
        ));
    }
    findings
}

fn twice(environment: Environment, key: &str) -> CheckResult {
    CheckResult::warning(
        CHECK,
        format!("{environment}: {key}"),
        "what the first entry says is lost, and no validation reports it",
        "merge the two entries into one",
    )
}

/// Why a request for a service would get no plan, whatever the cluster holds.
fn unplannable(
    context: &CheckContext,
    folder: Readable<'_>,
    service: &Document,
) -> Vec<CheckResult> {
    let Readable { environment, settings: config, documents } = folder;
    let of_key = |key: ServiceKey| {
        let settings = (context.settings)(&context.config, environment, &key)?;
        let request = request(environment, &key, service)?;
        let directory = format!("manifests/{environment}");
        let objects = FolderObjects { settings: &settings, documents, directory: &directory };
        let error = objects.render(&request, &DeploymentId::from_random([0; 20])).err()?;
        let fix = match error {
            PlanError::ClusterLocal { .. } => format!(
                "in {environment}.yaml: url: {{cluster_local: {{ingress_address: \"IP:80\", scheme: http}}}} (kubectl get svc -A | grep -i internal)"
            ),
            _ => format!("correct it in {}, or in {environment}.yaml", config.manifests.display()),
        };
        Some(CheckResult::error(CHECK, format!("{environment}: {error}"), WHY, fix))
    };
    keys(config, service).into_iter().filter_map(of_key).collect()
}

/// Settings of a service that does not exist, usually because of a misspelt name.
fn without_manifest(
    environment: Environment,
    settings: &EnvironmentConfig,
    selector: &ServiceSelector,
    documents: &[Document],
) -> Option<CheckResult> {
    if services(settings, documents).iter().any(|key| selector.matches(key)) {
        return None;
    }
    Some(CheckResult::warning(
        CHECK,
        format!(
            "{environment}: services.{selector} has settings, and {} holds no such service",
            settings.manifests.display()
        ),
        "a service of a similar name goes without them",
        format!("correct the name in {environment}.yaml, or remove its section"),
    ))
}

fn of_document(
    environment: Environment,
    settings: &EnvironmentConfig,
    folder: &Folder<'_>,
    document: &Document,
) -> Vec<CheckResult> {
    let object = format!("{}/{}", document.kind(), document.name());
    let place = settings.manifests.display();
    if let Some(placeholder) = placeholder(&document.0) {
        return vec![CheckResult::error(
            CHECK,
            format!("{environment}: {object} holds `{placeholder}`, which nobody fills in"),
            "kubectl sends it as it stands, and the cluster refuses it",
            format!("grep -rn '\\${{' {place}; write the values there, or run envsubst before"),
        )];
    }
    let mut findings = Vec::new();
    if let Err(error) = Grants::default().take_up(folder, document) {
        let fix = match error {
            GrantError::NoNamespace { .. } => {
                format!("add metadata.namespace to {object} in {place}")
            }
            GrantError::Name { .. } => format!("correct the name of {object} in {place}"),
            GrantError::UnknownKind { .. } => {
                format!("kubectl api-resources; correct apiVersion and kind of {object} in {place}")
            }
        };
        findings.push(CheckResult::error(
            CHECK,
            format!("{environment}: {}", error_chain(&error)),
            WHY,
            fix,
        ));
    }
    findings.extend(not_allowed(environment, settings, document, &object));
    findings
}

fn not_allowed(
    environment: Environment,
    settings: &EnvironmentConfig,
    document: &Document,
    object: &str,
) -> Option<CheckResult> {
    if let Some(namespace) =
        namespace(document).filter(|_| !is_allowed_where_it_is(settings, document))
    {
        return Some(CheckResult::error(
            CHECK,
            format!(
                "{environment}: {object} belongs to the namespace {namespace}, which allow.namespaces does not name"
            ),
            "requests for it are refused, and what else is deployed here would change it",
            format!(
                "correct the manifest, or add \"{namespace}\" to allow.namespaces in {environment}.yaml"
            ),
        ));
    }
    let forbidden = document.is_knative_service() && !is_allowed_service(settings, document);
    forbidden.then(|| {
        CheckResult::warning(
            CHECK,
            format!("{environment}: {object} is a service that allow.services does not name"),
            "requests for it are refused with 403",
            format!(
                "add \"{}\" to allow.services in {environment}.yaml, or take the manifest away",
                document.name()
            ),
        )
    })
}

/// Whether requests may name the service of a manifest.
pub(super) fn is_deployable(settings: &EnvironmentConfig, document: &Document) -> bool {
    document.is_knative_service() && is_allowed_service(settings, document)
}

/// Whether config lets requests name a service.
pub(super) fn is_allowed_service(settings: &EnvironmentConfig, service: &Document) -> bool {
    any_matches(&settings.allow.services, service.name())
        && is_allowed_where_it_is(settings, service)
}

/// Whether config lets anything be deployed to the namespace of an object; where none is named,
/// there is nothing to forbid.
pub(super) fn is_allowed_where_it_is(settings: &EnvironmentConfig, document: &Document) -> bool {
    namespace(document).is_none_or(|name| any_matches(&settings.allow.namespaces, name))
}

/// The namespace in which an object is, or which it is.
fn namespace(document: &Document) -> Option<&str> {
    if document.is_namespace() { Some(document.name()) } else { document.namespace() }
}

fn any_matches(patterns: &[Pattern], name: &str) -> bool {
    patterns.iter().any(|pattern| pattern.matches(name))
}

/// What names an object; a `${...}` elsewhere may be meant, as in a script or a template.
const NAMES: [&str; 4] = ["/apiVersion", "/kind", "/metadata/name", "/metadata/namespace"];

/// The first `${...}` in what names an object.
fn placeholder(object: &Value) -> Option<String> {
    NAMES.iter().filter_map(|pointer| object.pointer(pointer)?.as_str()).find_map(|text| {
        let rest = &text[text.find("${")?..];
        rest.find('}').map(|end| rest[..=end].chars().take(60).collect())
    })
}
