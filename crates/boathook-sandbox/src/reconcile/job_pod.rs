//! The pods of Jobs. The program in one does what the first of its `args` says, in the words of
//! [`crate::behaviour_text`]: `crash:3` fails at once, `ends-after:2s:0` completes after two seconds,
//! and `good` never ends. Without `args` it completes after a second.

use std::time::Duration;

use serde_json::{Value, json};

use crate::{
    Behaviour, Kind, Start, behaviour_text, names::ObjectName, reconcile::keys::job_key,
    state::State, store::Key, timeline::Happening,
};

/// From a pod's creation to the start of its container.
const STARTS: Duration = Duration::from_millis(300);
/// How long a program runs that is not told.
const USUAL: Duration = Duration::from_secs(1);
/// When the kubelet tries again what keeps a container from starting.
const AGAIN: Duration = Duration::from_secs(10);

/// How the program in a pod ends, and what it wrote.
pub(super) struct ProgramEnd {
    pub after: Duration,
    pub exit_code: i32,
    pub message: String,
}

impl State {
    /// A pod of a Job before its container starts.
    pub(super) fn new_job_pod(&self, job: &ObjectName, object: &Value) -> Value {
        let uid = &object["metadata"]["uid"];
        let mut labels = object["spec"]["template"]["metadata"]["labels"].clone();
        for (label, value) in [
            ("batch.kubernetes.io/controller-uid", uid),
            ("batch.kubernetes.io/job-name", &json!(job.name)),
            ("controller-uid", uid),
            ("job-name", &json!(job.name)),
        ] {
            labels[label] = value.clone();
        }
        json!({
            "metadata": {
                "generateName": format!("{}-", job.name),
                "labels": labels,
                "ownerReferences": [{
                    "apiVersion": "batch/v1", "blockOwnerDeletion": true, "controller": true, "kind": "Job", "name": job.name,
                    "uid": uid,
                }],
            },
            "spec": object["spec"]["template"]["spec"],
            "status": {"phase": "Pending", "qosClass": "BestEffort"},
        })
    }

    /// Starts the container of a Job's pod, or says what keeps it from starting.
    pub(crate) fn start_job_pod(&mut self, job: &ObjectName, number: u64) {
        let Some(object) = self.store.get(&job_key(job)).cloned() else { return };
        let Some(run) = self.jobs.get(job).filter(|run| run.pods == number).cloned() else {
            return;
        };
        let Some(pod) = run.pod else { return };
        let spec = &object["spec"]["template"]["spec"];
        let key = job_pod_key(job, &pod);
        if let Some((reason, message)) = self.why_not_started(&job.namespace, spec) {
            let waiting = json!({"waiting": {"reason": reason, "message": message}});
            self.store
                .update(&key, |pod| pod["status"]["containerStatuses"] = statuses(spec, &waiting));
            return self.plan(AGAIN, Happening::JobPodStarts(number), job, &run.uid);
        }
        let now = self.time();
        self.store.update(&key, |pod| {
            pod["status"]["phase"] = "Running".into();
            pod["status"]["startTime"] = now.clone().into();
            pod["status"]["containerStatuses"] =
                statuses(spec, &json!({"running": {"startedAt": now}}));
        });
        self.set_job_status(job, &json!({"ready": 1}));
        if let Some(end) = end_of(spec) {
            self.plan(STARTS + end.after, Happening::JobPodEnded(number), job, &run.uid);
        }
    }

    /// What keeps a container from starting, in the kubelet's words.
    fn why_not_started(&mut self, namespace: &str, spec: &Value) -> Option<(&'static str, String)> {
        let registry_away = self.registry_is_away();
        for container in spec["containers"].as_array().into_iter().flatten() {
            let image = container["image"].as_str().unwrap_or_default();
            if self.images.obtain(image, false, registry_away).is_err() {
                return Some(("ImagePullBackOff", format!("Back-off pulling image \"{image}\"")));
            }
            if let Some(why) = self.unset_variable(namespace, container) {
                return Some(("CreateContainerConfigError", why));
            }
        }
        None
    }

    /// Writes how a pod ended.
    pub(super) fn write_ended_pod(&mut self, key: &Key, spec: &Value, exit_code: i32) {
        let now = self.time();
        let (phase, reason) =
            if exit_code == 0 { ("Succeeded", "Completed") } else { ("Failed", "Error") };
        let ended =
            json!({"terminated": {"exitCode": exit_code, "finishedAt": now, "reason": reason}});
        self.store.update(key, |pod| {
            pod["status"]["phase"] = phase.into();
            pod["status"]["containerStatuses"] = statuses(spec, &ended);
        });
    }
}

/// What the program in a Job's pod wrote so far; none of another pod.
pub(crate) fn job_log(pod: &Value) -> Option<String> {
    pod["metadata"]["labels"]["job-name"].as_str()?;
    let started = "started\n".to_owned();
    Some(match end_of(&pod["spec"]) {
        Some(end)
            if ["Succeeded", "Failed"].iter().any(|phase| pod["status"]["phase"] == *phase) =>
        {
            started + &end.message
        }
        _ => started,
    })
}

/// How the program ends; none if it does not.
pub(super) fn end_of(spec: &Value) -> Option<ProgramEnd> {
    let done = |after| Some(ProgramEnd { after, exit_code: 0, message: "done\n".to_owned() });
    let said = spec["containers"][0]["args"][0].as_str();
    let Some(behaviour) = said.and_then(|text| behaviour_text::parse(text, "job").ok()) else {
        return done(USUAL);
    };
    let Behaviour { start, ends_after, .. } = behaviour;
    match start {
        Start::Crash { exit_code: 0, .. } => done(ends_after),
        Start::Crash { exit_code, message } => Some(ProgramEnd {
            after: ends_after,
            exit_code,
            message: format!("{}\n", message.trim_end()),
        }),
        Start::Ready | Start::NeverReady | Start::LayerMissing | Start::NoRoom => None,
    }
}

fn statuses(spec: &Value, state: &Value) -> Value {
    let containers = spec["containers"].as_array().into_iter().flatten();
    let status = |container: &Value| {
        json!({
            "name": container["name"], "image": container["image"], "state": state, "restartCount": 0, "lastState": {},
            "ready": state["running"].is_object(),
        })
    };
    containers.map(status).collect()
}

pub(super) fn job_pod_key(job: &ObjectName, pod: &str) -> Key {
    Key::new(Kind::Pod, Some(&job.namespace), pod)
}
