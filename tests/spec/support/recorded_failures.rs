//! How deployments failed on a real cluster (tests/recordings/failing), replayed as the API server
//! showed it, second by second.

use std::{fs, path::Path};

use boathook::{
    cluster::{Event, Pod, Revision, Service},
    diagnosis::{Diagnosis, Facts, diagnose, of_domains, of_service},
};
use boathook_core::deployment::RevisionName;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

const DIRECTORY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/recordings/failing");

/// One recorded case.
pub struct Recording {
    pub name: String,
    lines: Vec<Value>,
    manifests: Vec<Value>,
}

/// The cluster as it was at one moment of a recording.
#[derive(Clone, Default)]
pub struct Moment {
    pub seconds: f64,
    pub service: Option<Service>,
    pub revision: Option<Revision>,
    pub pods: Vec<Pod>,
    pub events: Vec<Event>,
}

/// All cases, by name.
pub fn recordings() -> Vec<Recording> {
    let files = fs::read_dir(DIRECTORY).unwrap().map(|entry| entry.unwrap().path());
    let mut names: Vec<String> = files
        .filter(|path| path.extension().is_some_and(|extension| extension == "jsonl"))
        .map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned())
        .collect();
    names.sort();
    names.iter().map(|name| Recording::read(name)).collect()
}

impl Recording {
    pub fn read(name: &str) -> Self {
        let file = |extension| {
            fs::read_to_string(Path::new(DIRECTORY).join(format!("{name}.{extension}"))).unwrap()
        };
        let lines = file("jsonl").lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let manifests = serde_yaml::Deserializer::from_str(&file("yaml"))
            .map(|one| Value::deserialize(one).unwrap())
            .collect();
        Self { name: name.to_owned(), lines, manifests }
    }

    /// The revision that does not come up: the second one, where there was one.
    pub fn revision(&self) -> RevisionName {
        let second = self.name.starts_with("second-") || self.name == "namespace-terminating";
        RevisionName::parse(if second { "web-00002" } else { "web-00001" }).unwrap()
    }

    /// Each moment at which the cluster showed something new.
    pub fn moments(&self) -> Vec<Moment> {
        let mut moments: Vec<Moment> = Vec::new();
        for line in &self.lines {
            let mut moment = moments.last().cloned().unwrap_or_default();
            moment.seconds = line["t"].as_f64().unwrap();
            self.take(&mut moment, line);
            moments.push(moment);
        }
        moments
    }

    /// When a pod's state or an event said for the first time that the revision does not come up.
    pub fn first_telling(&self) -> Option<f64> {
        let revision = self.revision();
        let ours =
            |name: &Value| name.as_str().is_some_and(|name| name.starts_with(revision.as_str()));
        let first = self.lines.iter().find(|line| match line["kind"].as_str().unwrap() {
            "pod" => ours(&line["name"]) && line["deleting"] != true && tells(line),
            "event" => {
                let tells = ["FailedMount", "FailedCreate", "InternalError"]
                    .contains(&line["reason"].as_str().unwrap());
                tells
                    && ours(&line["involvedObject"]["name"])
                    && !line["message"].as_str().unwrap().ends_with("not found")
            }
            _ => false,
        });
        first.and_then(|line| line["t"].as_f64())
    }

    /// What is found at a moment; a domain that does not work is found beside a service that does.
    pub fn found(&self, moment: &Moment) -> Option<Diagnosis> {
        let name = self.revision();
        let Moment { service, revision, pods, events, .. } = moment;
        let of_service = service.as_ref().and_then(of_service);
        let facts = Facts {
            name: &name,
            of_service: of_service.as_ref(),
            revision: revision.as_ref(),
            pods,
            events,
        };
        let domains = self.manifests.iter().filter(|one| one["kind"] == "DomainMapping");
        let domains: Vec<&str> =
            domains.filter_map(|one| one["metadata"]["name"].as_str()).collect();
        diagnose(&facts).or_else(|| of_domains(&domains, events, Timestamp::UNIX_EPOCH))
    }

    fn take(&self, moment: &mut Moment, line: &Value) {
        let name = self.revision();
        let is_there = line["deleted"] != true;
        match line["kind"].as_str().unwrap() {
            "ksvc" => moment.service = is_there.then(|| read(service(line))),
            "revision" if line["name"] == name.as_str() => {
                moment.revision = is_there.then(|| read(self.revision_object(line)))
            }
            "pod" if line["name"].as_str().unwrap().starts_with(&format!("{name}-deployment-")) => {
                moment.pods.retain(|pod| line["name"] != pod.name());
                moment.pods.extend(is_there.then(|| read::<Pod>(pod(line))));
            }
            "event" => moment.events.push(read(line.clone())),
            _ => {}
        }
    }

    /// The revision with the spec that its manifest has.
    fn revision_object(&self, compact: &Value) -> Value {
        let services: Vec<&Value> = self
            .manifests
            .iter()
            .filter(|one| one["apiVersion"] == "serving.knative.dev/v1")
            .collect();
        let manifest = if self.revision().as_str() == "web-00002" {
            services.last()
        } else {
            services.first()
        };
        json!({
            "metadata": {"name": compact["name"], "uid": compact["name"]},
            "spec": manifest.unwrap()["spec"]["template"]["spec"],
            "status": {"conditions": conditions(compact)},
        })
    }
}

fn tells(pod: &Value) -> bool {
    let statuses = pod["containerStatuses"].as_array().into_iter().flatten();
    let waits = |status: &Value| {
        status["state"]["waiting"]["reason"]
            .as_str()
            .is_some_and(|reason| reason != "ContainerCreating")
    };
    let ended = |status: &Value| {
        status["state"]["terminated"]["exitCode"].as_i64().is_some_and(|code| code != 0)
    };
    let unscheduled = pod["conditions"]
        .as_array()
        .into_iter()
        .flatten()
        .any(|one| one["reason"] == "Unschedulable");
    unscheduled || statuses.into_iter().any(|status| waits(status) || ended(status))
}

fn service(compact: &Value) -> Value {
    let mut status = json!({
        "observedGeneration": compact["observedGeneration"].as_u64().unwrap_or(0),
        "conditions": conditions(compact),
    });
    for field in ["latestCreatedRevisionName", "latestReadyRevisionName", "traffic"] {
        status[field] = compact[field].clone();
    }
    json!({
        "metadata": {"uid": "1", "generation": compact["generation"].as_u64().unwrap_or(1)},
        "spec": {"template": {}},
        "status": status,
    })
}

fn pod(compact: &Value) -> Value {
    let deleting = compact["deleting"].as_bool().unwrap_or(false);
    let statuses: Vec<Value> =
        compact["containerStatuses"].as_array().unwrap().iter().map(container).collect();
    json!({
        "metadata": {
            "name": compact["name"],
            "deletionTimestamp": deleting.then_some("2026-11-28T00:00:00Z"),
        },
        "status": {"conditions": conditions(compact), "containerStatuses": statuses},
    })
}

/// The recording has null where a container never ended.
fn container(compact: &Value) -> Value {
    let mut container = compact.clone();
    container.as_object_mut().unwrap().retain(|_, value| !value.is_null());
    container
}

fn conditions(compact: &Value) -> Value {
    let conditions = compact["conditions"].as_array().cloned().unwrap_or_default();
    conditions.iter().map(container).collect()
}

fn read<T: serde::de::DeserializeOwned>(object: Value) -> T {
    serde_json::from_value(object.clone()).unwrap_or_else(|error| panic!("{error}: {object:#}"))
}
