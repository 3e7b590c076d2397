//! Checks for names that are taken: a plain Service where Knative needs its own, a domain that two
//! mappings want.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use boathook_core::{
    deployment::{Environment, Namespace, ServiceKey},
    objects::Document,
};
use serde_json::json;

use crate::{
    check::{
        CheckContext, CheckResult,
        folders::{Folders, Readable},
        manifests,
    },
    diagnosis::of_domains,
};

const NAME: &str = "name";
const DOMAIN: &str = "domain";
/// Knative's controller retries at least every 1000 s and reports each failure: older events are
/// obsolete.
const SPEAKS_WITHIN: Duration = Duration::from_secs(1060);

pub(super) async fn check(context: &CheckContext, folders: &Folders<'_>) -> Vec<CheckResult> {
    let mut results = Vec::new();
    for folder in folders.readable() {
        for key in manifests::services(folder.settings, folder.documents) {
            results.extend(of_service(context, folder, &key).await);
        }
        results.extend(of_domain_events(context, folder).await);
    }
    results.extend(wanted_twice(folders));
    results
}

/// Knative makes a plain Service for each of its own, so that only one that is there before is
/// someone else's.
async fn of_service(
    context: &CheckContext,
    folder: Readable<'_>,
    key: &ServiceKey,
) -> Option<CheckResult> {
    let Readable { environment, settings, documents } = folder;
    let ServiceKey { namespace, service } = key;
    if documents.iter().any(|document| is_plain_service(document, key)) {
        return Some(CheckResult::error(
            NAME,
            format!(
                "{environment}: {} holds a plain Service and a Knative service of the name {key}",
                settings.manifests.display()
            ),
            "Knative makes a plain Service of that name itself, and brings nothing about while another has it",
            format!("rename or remove the plain Service {service}; Knative needs none beside it"),
        ));
    }
    if !matches!(context.cluster.service(key).await, Ok(None)) {
        return None;
    }
    let plain = json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": service, "namespace": namespace}});
    match context.cluster.is_there(&Document(plain)).await {
        Ok(true) => Some(CheckResult::error(
            NAME,
            format!("{environment}: a plain Service has the name {key}"),
            "Knative makes a plain Service of that name itself, and the first deployment fails while another has it",
            format!(
                "see what uses it, and delete or rename it: kubectl get service {service} -n {namespace} -o yaml"
            ),
        )),
        Err(error) if error.is_forbidden() => Some(CheckResult::ok(
            NAME,
            format!(
                "{environment}: boathook's role does not allow it to look whether a plain Service has the name {key}: kubectl get service {service} -n {namespace}"
            ),
        )),
        Ok(false) | Err(_) => None,
    }
}

fn is_plain_service(document: &Document, key: &ServiceKey) -> bool {
    let is_named = document.api_version() == "v1"
        && document.kind() == "Service"
        && document.name() == key.service.as_str();
    is_named && document.may_be_in(key.namespace.as_str())
}

/// What events say of the domains that a folder maps: no status of a service does.
async fn of_domain_events(context: &CheckContext, folder: Readable<'_>) -> Vec<CheckResult> {
    let Readable { environment, settings, documents } = folder;
    let mut results = Vec::new();
    let services = manifests::services(settings, documents);
    let namespaces: BTreeSet<_> = services.iter().map(|key| &key.namespace).collect();
    for namespace in namespaces {
        let mappings = documents.iter().filter(|document| is_mapping(document));
        let ours = mappings.filter(|document| document.may_be_in(namespace.as_str()));
        let names: Vec<&str> = ours.map(Document::name).collect();
        if names.is_empty() {
            continue;
        }
        let events = context.cluster.warnings(namespace).await.unwrap_or_default();
        let now = context.clock.now();
        let since = now.checked_sub(SPEAKS_WITHIN).unwrap_or(now);
        results.extend(of_domains(&names, &events, since).map(|found| {
            CheckResult::warning(
                DOMAIN,
                format!("{environment}: {}", found.words()),
                "the service is deployed, and does not answer at that domain",
                found.advice().map_or_else(
                    || format!("kubectl describe domainmapping -n {namespace}"),
                    str::to_owned,
                ) + &format!(" (the mapping stands in {})", settings.manifests.display()),
            )
        }));
    }
    results
}

/// A domain belongs to one namespace of a cluster.
fn wanted_twice(folders: &Folders<'_>) -> Vec<CheckResult> {
    let mut wanted: BTreeMap<&str, BTreeSet<(Namespace, Environment)>> = BTreeMap::new();
    for Readable { environment, settings, documents } in folders.readable() {
        for mapping in documents.iter().filter(|document| is_mapping(document)) {
            let namespaces = manifests::namespaces_of(settings, documents, mapping).into_iter();
            wanted
                .entry(mapping.name())
                .or_default()
                .extend(namespaces.map(|namespace| (namespace, environment)));
        }
    }
    let twice = wanted.into_iter().filter(|(_, places)| {
        places.iter().map(|(namespace, _)| namespace).collect::<BTreeSet<_>>().len() > 1
    });
    twice
        .map(|(domain, places)| {
            let places: Vec<String> = places.iter().map(|(namespace, environment)| format!("{namespace} ({environment})")).collect();
            CheckResult::error(
                DOMAIN,
                format!("the domain {domain} is mapped in several namespaces: {}", places.join(", ")),
                "a domain belongs to the namespace that claimed it first; the service in the other one does not answer there",
                "give each DomainMapping a domain of its own, or deploy these environments to clusters of their own",
            )
        })
        .collect()
}

fn is_mapping(document: &Document) -> bool {
    document.kind() == "DomainMapping" && document.api_version().starts_with("serving.knative.dev/")
}
