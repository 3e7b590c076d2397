//! Manifests made ready, whatever stands in them.

use boathook::{
    cluster::DEPLOYMENT_LABEL,
    plan::{JobGates, Source, render},
};
use boathook_core::{deployment::DeploymentId, objects::Document, rollout::JobName};
use boathook_testing::{
    properties::cases,
    rollout_harness::{REPOSITORY, manifest, request, settings},
    samples::image,
};
use proptest::{
    collection::vec,
    prelude::{Just, Strategy, prop_assert, prop_assert_eq, prop_oneof, proptest},
};
use serde_json::{Value, json};

const WORDS: &[&str] = &[
    "apiVersion",
    "v1",
    "kind",
    "Service",
    "Namespace",
    "metadata",
    "name",
    "game",
    "spec",
    "template",
    "containers",
    "ports",
    "annotations",
    "labels",
    "traffic",
];
const PLACES: &[&str] = &[
    "/kind",
    "/metadata",
    "/metadata/name",
    "/metadata/namespace",
    "/spec",
    "/spec/template",
    "/spec/template/spec",
    "/spec/template/spec/containers",
    "/spec/template/spec/containers/0",
];

fn service() -> Value {
    serde_yaml::from_str(&manifest("hi")).unwrap()
}

/// The game's manifest with something else in some places, or any JSON at all.
/// A Job that is a gate, with anything in one of its places.
fn job() -> impl Strategy<Value = Value> {
    let places = ["", "/metadata", "/metadata/labels", "/spec", "/spec/template/spec/containers"];
    (proptest::sample::select(places.to_vec()), super::json(WORDS)).prop_map(|(place, anything)| {
        let containers = json!([{"name": "game", "image": format!("{REPOSITORY}:1")}, anything]);
        let mut job = json!({
            "apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "game", "labels": {}},
            "spec": {"activeDeadlineSeconds": anything, "template": {"spec": {"containers": containers}}},
        });
        if let Some(at) = job.pointer_mut(place).filter(|_| !place.is_empty()) {
            *at = anything;
        }
        job
    })
}

fn document() -> impl Strategy<Value = Value> {
    let place = proptest::sample::select(PLACES);
    let additions = ["traffic", "template", "metadata", "labels", "annotations"];
    let changed = (
        vec((place, super::json(WORDS)), 0..2),
        proptest::sample::select(additions.to_vec()),
        super::json(WORDS),
    );
    let changed = changed.prop_map(|(changes, key, added)| {
        let mut document = service();
        for (place, value) in changes {
            if let Some(at) = document.pointer_mut(place) {
                *at = value;
            }
        }
        for parent in ["/spec", "/spec/template", "/spec/template/metadata"] {
            if let Some(Value::Object(parent)) = document.pointer_mut(parent) {
                parent.entry(key).or_insert_with(|| added.clone());
            }
        }
        document
    });
    let namespace = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "game"}});
    prop_oneof![6 => changed, 2 => Just(namespace), 3 => job(), 1 => super::json(WORDS)]
}

proptest! {
    #![proptest_config(cases(256))]

    #[test]
    fn what_is_rendered_is_labelled_unnamed_and_without_traffic(
        documents in vec(document(), 0..4),
        text in ".{0,20}",
        is_gated: bool,
    ) {
        let documents: Vec<Document> = documents.into_iter().map(Document).collect();
        let jobs = JobGates { in_environment: [JobName::parse("job/game").unwrap()].into(), ..JobGates::default() };
        let gated = JobGates { before: jobs.in_environment.iter().cloned().collect(), ..jobs.clone() };
        let waits = settings().waits;
        let jobs = if is_gated { &gated } else { &jobs };
        let source = Source { directory: "manifests/staging", documents: &documents, container: None, containers: None, jobs, waits: &waits };
        let request = boathook_core::deployment::DeployRequest { triggered_by: Some(text.clone()), ..request("2", "102-1") };
        let id = DeploymentId::from_random([3; 20]);
        let Ok(rendered) = render(source, &request, &id) else { return Ok(()) };
        let wanted = image(&format!("{REPOSITORY}:2"));
        let whole = rendered.service.with_image(&wanted).0;
        let metadata = &whole["spec"]["template"]["metadata"];
        prop_assert_eq!(&metadata["labels"][DEPLOYMENT_LABEL], id.as_str());
        prop_assert_eq!(&metadata["annotations"]["boathook.dev/triggered-by"], &Value::from(text));
        prop_assert!(
            metadata.get("name").is_none() && whole["spec"].get("traffic").is_none(),
            "{}",
            whole,
        );
        prop_assert_eq!(&whole["metadata"]["namespace"], "game");
        let container = &whole["spec"]["template"]["spec"]["containers"][rendered.service.container];
        prop_assert!(!container.is_object() || container["image"] == wanted.to_string());
        prop_assert!(rendered.beside.iter().all(|document| !document.is_knative_service()));
        let is_gate = |document: &Document| document.is_job() && document.name() == "game" && document.namespace() == Some("game");
        prop_assert!(!rendered.beside.iter().any(is_gate));
        for job in &rendered.jobs {
            let job = job.document(&wanted, &[("A", "b")]);
            prop_assert_eq!(job.name(), "game-dddddddddd");
            prop_assert_eq!(&job.0["metadata"]["labels"][DEPLOYMENT_LABEL], id.as_str());
        }
    }
}
