//! The statuses of a pod's containers, where a crash shows long before its revision says so.

use serde_json::{Value, json};

use crate::sandbox::{
    reconcile::{
        pod::{Ended, PodRun, Step},
        run::RevisionRun,
    },
    state::State,
};

impl RevisionRun {
    /// The container with the port, or the only one.
    pub(super) fn serving_container(&self, revision: &Value) -> String {
        let containers = revision["spec"]["containers"].as_array().map(Vec::as_slice).unwrap_or_default();
        let with_port = containers.iter().find(|container| container["ports"].is_array()).or_else(|| containers.first());
        with_port.and_then(|container| container["name"].as_str()).unwrap_or("user-container").to_owned()
    }
}

/// Which containers are not ready.
pub(super) fn unready(run: &RevisionRun, pod: &PodRun) -> Vec<String> {
    let mut names: Vec<_> = match pod.step {
        Step::Running { .. } => Vec::new(),
        Step::Unschedulable | Step::Creating | Step::PullFailed { .. } | Step::Ended(_) | Step::BackOff => {
            run.digests.iter().map(|(name, _)| name.clone()).collect()
        }
    };
    if !pod.is_ready() {
        names.push("queue-proxy".to_owned());
    }
    names
}

/// All of them, by name.
pub(super) fn container_statuses(state: &State, run: &RevisionRun, pod: &PodRun, revision: &Value) -> Vec<Value> {
    let serving = run.serving_container(revision);
    let creating = matches!(pod.step, Step::Creating | Step::Unschedulable);
    let beside = |name: &str, image: &str, ready: bool| {
        let state = if creating {
            json!({"waiting": {"reason": "ContainerCreating"}})
        } else {
            json!({"running": {"startedAt": state.time_of(pod.born)}})
        };
        json!({
            "image": image, "imageID": image, "lastState": {}, "name": name, "ready": ready, "restartCount": 0, "started": !creating,
            "state": state,
        })
    };
    let mut statuses = vec![beside("queue-proxy", "knative/queue-proxy", pod.is_ready())];
    for (name, image) in &run.digests {
        let own = if *name == serving { serving_status(state, run, pod, name, image) } else { beside(name, image, !creating) };
        statuses.push(own);
    }
    statuses.sort_by(|one, other| one["name"].as_str().cmp(&other["name"].as_str()));
    statuses
}

fn serving_status(state: &State, run: &RevisionRun, pod: &PodRun, name: &str, image: &str) -> Value {
    let running = matches!(pod.step, Step::Running { .. });
    let current = match &pod.step {
        Step::Unschedulable | Step::Creating => json!({"waiting": {"reason": "ContainerCreating"}}),
        Step::PullFailed { message, again: false } => json!({"waiting": {"reason": "ErrImagePull", "message": message}}),
        Step::PullFailed { message, again: true } => {
            let message = format!("Back-off pulling image \"{image}\": ErrImagePull: {message}");
            json!({"waiting": {"reason": "ImagePullBackOff", "message": message}})
        }
        Step::Running { since, .. } => json!({"running": {"startedAt": state.time_of(*since)}}),
        Step::Ended(ended) => json!({"terminated": terminated(state, ended)}),
        Step::BackOff => {
            let (pod_name, uid) = (&pod.name, &run.uid);
            let wait = pod.back_off().as_secs();
            let message = format!("back-off {wait}s restarting failed container={name} pod={pod_name}_{}({uid})", run.service.namespace);
            json!({"waiting": {"reason": "CrashLoopBackOff", "message": message}})
        }
    };
    let last = pod.last.as_ref().map_or_else(|| json!({}), |ended| json!({"terminated": terminated(state, ended)}));
    json!({
        "image": image,
        "imageID": image,
        "lastState": last,
        "name": name,
        "ready": running,
        "restartCount": pod.restarts,
        "started": running,
        "state": current,
    })
}

fn terminated(state: &State, ended: &Ended) -> Value {
    json!({
        "exitCode": ended.exit_code,
        "finishedAt": state.time_of(ended.at),
        "message": ended.message,
        "reason": "Error",
        "startedAt": state.time_of(ended.at),
    })
}
