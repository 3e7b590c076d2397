//! Rendered manifests: what is applied, and the new service.

use boathook_core::{
    deployment::{DeployRequest, DeploymentId},
    objects::Document,
    rollout::{
        Note, ServiceManifest, Topic,
        steps::{ImagePlace, RunJob},
    },
};
use serde_json::{Map, Value};

use crate::{
    cluster::DEPLOYMENT_LABEL,
    plan::{JobGates, PlanError, Waits, images::Choice, job_gates::JobSource, metadata},
};

/// What boathook says on a revision of the request: its id, the commit, and who triggered it.
const ANNOTATIONS: [&str; 3] =
    ["boathook.dev/deployment-id", "boathook.dev/commit", "boathook.dev/triggered-by"];

/// Rendered manifests.
#[derive(Clone, Debug, PartialEq)]
pub struct Rendered {
    /// What is applied besides the service, namespaces first.
    pub beside: Vec<Document>,
    /// Where in these the image goes.
    pub images: Vec<ImagePlace>,
    /// The Jobs that must succeed, which are not applied with the rest.
    pub jobs: Vec<RunJob>,
    /// The service, with boathook's label and without the image.
    pub service: ServiceManifest,
    /// What was left out or changed, for the record.
    pub notes: Vec<Note>,
}

/// What is rendered, and from where.
#[derive(Clone, Copy, Debug)]
pub struct Source<'a> {
    /// The directory as operators know it, `manifests/<env>`.
    pub directory: &'a str,
    /// The objects in it, in order.
    pub documents: &'a [Document],
    /// The container that gets the image, if configured.
    pub container: Option<&'a str>,
    /// The other containers that get it, if configured; otherwise all of the same repository.
    pub containers: Option<&'a [String]>,
    /// The Jobs that must succeed.
    pub jobs: &'a JobGates,
    /// How long they may take.
    pub waits: &'a Waits,
}

/// Renders the manifests for one deployment.
///
/// Other Knative services are left out: applying their manifests would deploy the images in them.
pub fn render(
    source: Source<'_>,
    request: &DeployRequest,
    id: &DeploymentId,
) -> Result<Rendered, PlanError> {
    let mut notes = Vec::new();
    let choice = Choice { image: &request.image, named: source.containers };
    let service = service(source, request, id, choice, &mut notes)?;
    let (namespaces, others): (Vec<&Document>, Vec<&Document>) = source
        .documents
        .iter()
        .filter(|document| !document.is_knative_service())
        .partition(|document| document.is_namespace());
    let mut beside: Vec<Document> = namespaces.into_iter().cloned().collect();
    beside.extend(others.into_iter().map(|document| in_namespace(document, request)));
    let Waits { job: deadline, poll_interval, .. } = *source.waits;
    let directory = source.directory;
    let of_jobs = JobSource { directory, request, id, deadline, poll_interval };
    let jobs = source.jobs.take_out(&mut beside, of_jobs, choice, &mut notes)?;
    let images = images(&beside, choice, &mut notes);
    notes.extend(
        choice
            .missing(source.documents)
            .map(|name| {
                format!(
                    "{} has no container {name}, which `containers` in the config names",
                    source.directory
                )
            })
            .map(|text| Topic::MissingContainer.note(text)),
    );
    let left_out = source
        .documents
        .iter()
        .filter(|document| document.is_knative_service() && !is_asked_for(document, request));
    notes.extend(left_out.map(|document| {
        format!(
            "Knative service {} was left out of the apply: it is deployed by its own requests",
            document.name()
        )
        .into()
    }));
    Ok(Rendered { beside, images, jobs, service, notes })
}

/// An object without a namespace gets the service's, as with `kubectl apply -n`.
fn in_namespace(document: &Document, request: &DeployRequest) -> Document {
    let mut document = document.clone();
    let names_none = document.namespace().is_none() && !document.is_cluster_scoped();
    if let Some(metadata) =
        document.0.get_mut("metadata").and_then(Value::as_object_mut).filter(|_| names_none)
    {
        metadata.insert("namespace".to_owned(), request.namespace.as_str().into());
    }
    document
}

fn images(beside: &[Document], choice: Choice<'_>, notes: &mut Vec<Note>) -> Vec<ImagePlace> {
    let mut images = Vec::new();
    for (index, document) in beside.iter().enumerate() {
        let places = choice.places(document, None, notes);
        if !places.is_empty() {
            let said = "gets the same image when it is applied, before the new revision is proven";
            notes.push(format!("{}/{} {said}", document.kind(), document.name()).into());
        }
        images.extend(places.into_iter().map(|pointer| ImagePlace { document: index, pointer }));
    }
    images
}

fn service(
    source: Source<'_>,
    request: &DeployRequest,
    id: &DeploymentId,
    choice: Choice<'_>,
    notes: &mut Vec<Note>,
) -> Result<ServiceManifest, PlanError> {
    let services = || source.documents.iter().filter(|document| document.is_knative_service());
    let directory = || source.directory.to_owned();
    let found: Vec<&Document> =
        services().filter(|document| is_asked_for(document, request)).collect();
    let document = match found.as_slice() {
        [document] => (*document).clone(),
        [] => {
            let named = |document: &Document| {
                format!("{}/{}", document.namespace().unwrap_or("-"), document.name())
            };
            let holds = services().map(named).collect();
            return Err(PlanError::NoManifest {
                directory: directory(),
                service: request.service(),
                holds,
            });
        }
        many => {
            return Err(PlanError::ManyManifests {
                directory: directory(),
                service: request.service(),
                count: many.len(),
            });
        }
    };
    let container = container(&document, source.container)
        .map_err(|reason| PlanError::NoContainer { service: request.service(), reason })?;
    let also = choice.places(
        &document,
        Some(&format!("/spec/template/spec/containers/{container}/image")),
        notes,
    );
    let document = prepare(document, request, id, notes)
        .map_err(|reason| PlanError::Metadata { service: request.service(), reason })?;
    Ok(ServiceManifest { document, container, also })
}

fn is_asked_for(service: &Document, request: &DeployRequest) -> bool {
    service.name() == request.service_name.as_str() && service.may_be_in(request.namespace.as_str())
}

/// The index of the container that gets the image: the one named, or the one with ports, or the
/// only one.
fn container(document: &Document, named: Option<&str>) -> Result<usize, String> {
    let containers = document.0["spec"]["template"]["spec"]["containers"]
        .as_array()
        .filter(|containers| !containers.is_empty())
        .ok_or("spec.template.spec.containers is missing or empty")?;
    let by_name = |name: &str| {
        containers
            .iter()
            .position(|container| container.get("name").and_then(Value::as_str) == Some(name))
    };
    if let Some(name) = named {
        return by_name(name)
            .ok_or_else(|| format!("the configured container `{name}` is not there"));
    }
    let with_ports: Vec<usize> =
        (0..containers.len()).filter(|&index| containers[index].get("ports").is_some()).collect();
    match (with_ports.as_slice(), containers.len()) {
        (&[index], _) => Ok(index),
        ([], 1) => Ok(0),
        _ => Err(
            "several containers could take it; give one of them `ports`, or name it in the config"
                .to_owned(),
        ),
    }
}

/// The document without fields that would interfere, and with the label that identifies the
/// revision.
fn prepare(
    Document(mut document): Document,
    request: &DeployRequest,
    id: &DeploymentId,
    notes: &mut Vec<Note>,
) -> Result<Document, String> {
    let metadata = object(&mut document, "metadata");
    metadata.insert("namespace".to_owned(), request.namespace.as_str().into());
    metadata::prepare(metadata, notes)?;
    let spec = object(&mut document, "spec");
    if spec.remove("traffic").is_some() {
        notes.push(
            "`traffic` in the manifest was dropped: boathook steers traffic".to_owned().into(),
        );
    }
    let template = spec.entry("template").or_insert_with(|| Map::new().into());
    let metadata = object(template, "metadata");
    if metadata.remove("name").is_some() {
        notes.push("the fixed revision name in the manifest was dropped: such a template can be deployed only once".to_owned().into());
    }
    into_map(metadata, "labels", [(DEPLOYMENT_LABEL, Some(id.as_str()))]);
    let annotations = ANNOTATIONS.into_iter().zip([
        Some(request.deployment_id.as_str()),
        request.commit_sha.as_deref(),
        request.triggered_by.as_deref(),
    ]);
    into_map(metadata, "annotations", annotations);
    object(template, "spec").entry("enableServiceLinks").or_insert(false.into());
    Ok(Document(document))
}

/// A rendered service without what differs from one deployment of it to the next.
#[must_use]
pub fn without_own_metadata(Document(service): &Document) -> Value {
    let mut service = service.clone();
    let keys = [("labels", DEPLOYMENT_LABEL)]
        .into_iter()
        .chain(ANNOTATIONS.map(|annotation| ("annotations", annotation)));
    for (field, key) in keys {
        let field = format!("/spec/template/metadata/{field}");
        if let Some(map) = service.pointer_mut(&field).and_then(Value::as_object_mut) {
            map.remove(key);
        }
    }
    service
}

fn into_map<'a>(
    parent: &mut Map<String, Value>,
    field: &str,
    entries: impl IntoIterator<Item = (&'a str, Option<&'a str>)>,
) {
    let map = parent.entry(field).or_insert_with(|| Map::new().into());
    if !map.is_object() {
        *map = Map::new().into();
    }
    if let Some(map) = map.as_object_mut() {
        map.extend(
            entries.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?.into()))),
        );
    }
}

/// The object in `field`, created if it is missing.
fn object<'a>(parent: &'a mut Value, field: &str) -> &'a mut Map<String, Value> {
    if !parent.get(field).is_some_and(Value::is_object) {
        parent[field] = Map::new().into();
    }
    parent[field].as_object_mut().expect("it was made an object just now")
}
