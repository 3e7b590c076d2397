//! The statuses of a pod's containers, which show a crash long before the revision does.

use std::time::Duration;

use serde_json::{Value, json};

use crate::{
    names::ObjectName,
    reconcile::keys::revision_key,
    runs::{Ended, PodRun, RevisionRun, Step},
    state::State,
};

impl State {
    /// The name of a revision's container with the port.
    pub(super) fn serving_container(&self, revision: &ObjectName) -> String {
        let object = self.store.get(&revision_key(revision));
        let run = self.revisions.get(revision);
        object.zip(run).map_or_else(
            || "user-container".to_owned(),
            |(object, run)| run.serving_container(object),
        )
    }
}

impl RevisionRun {
    /// The container with the port, or the only one.
    pub(super) fn serving_container(&self, revision: &Value) -> String {
        let containers =
            revision["spec"]["containers"].as_array().map(Vec::as_slice).unwrap_or_default();
        let with_port = containers
            .iter()
            .find(|container| container["ports"].is_array())
            .or_else(|| containers.first());
        with_port
            .and_then(|container| container["name"].as_str())
            .unwrap_or("user-container")
            .to_owned()
    }
}

/// Which containers are not ready.
pub(super) fn unready(run: &RevisionRun, pod: &PodRun) -> Vec<String> {
    let mut names: Vec<_> = match pod.step {
        Step::Running { .. } => Vec::new(),
        Step::Waiting(ref waiting) => vec![waiting.container.clone()],
        Step::Unschedulable(_) | Step::Creating | Step::Ended(_) | Step::BackOff => {
            run.digests.iter().map(|(name, _)| name.clone()).collect()
        }
    };
    if !pod.is_ready() {
        names.push("queue-proxy".to_owned());
    }
    names
}

/// All of them, by name.
pub(super) fn container_statuses(
    state: &State,
    run: &RevisionRun,
    pod: &PodRun,
    revision: &Value,
) -> Vec<Value> {
    let serving = run.serving_container(revision);
    let creating = !pod.has_begun();
    let beside = |name: &str, image: &str, ready: bool| {
        let state = if let Step::Waiting(waiting) = &pod.step
            && waiting.container == name
        {
            json!({"waiting": {"reason": waiting.reason, "message": waiting.message}})
        } else if creating {
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
        let own = if *name == serving {
            serving_status(state, run, pod, name, image)
        } else {
            beside(name, image, !creating)
        };
        statuses.push(own);
    }
    statuses.sort_by(|one, other| one["name"].as_str().cmp(&other["name"].as_str()));
    statuses
}

fn serving_status(
    state: &State,
    run: &RevisionRun,
    pod: &PodRun,
    name: &str,
    image: &str,
) -> Value {
    let running = match &pod.step {
        Step::Running { .. } => true,
        Step::Waiting(waiting) => waiting.container != name,
        Step::Unschedulable(_) | Step::Creating | Step::Ended(_) | Step::BackOff => false,
    };
    let current = match &pod.step {
        Step::Unschedulable(_) | Step::Creating => {
            json!({"waiting": {"reason": "ContainerCreating"}})
        }
        Step::Waiting(waiting) if waiting.container == name => {
            json!({"waiting": {"reason": waiting.reason, "message": waiting.message}})
        }
        Step::Waiting(_) => json!({"running": {"startedAt": state.time_of(pod.born)}}),
        Step::Running { since, .. } => json!({"running": {"startedAt": state.time_of(*since)}}),
        Step::Ended(ended) if ended.reason == "StartError" => {
            json!({"waiting": {"reason": "RunContainerError", "message": ended.message}})
        }
        Step::Ended(ended) => json!({"terminated": terminated(state, ended)}),
        Step::BackOff => {
            let pod_name = &pod.name;
            let uid = &pod.uid;
            let wait = as_go_says(pod.back_off);
            let message = format!(
                "back-off {wait} restarting failed container={name} pod={pod_name}_{}({uid})",
                run.service.namespace
            );
            json!({"waiting": {"reason": "CrashLoopBackOff", "message": message}})
        }
    };
    let failed_start = match &pod.step {
        Step::Ended(ended) if ended.reason == "StartError" => Some(ended),
        _ => None,
    };
    let last = failed_start
        .or(pod.last.as_ref())
        .map_or_else(|| json!({}), |ended| json!({"terminated": terminated(state, ended)}));
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
    let mut terminated = json!({
        "exitCode": ended.exit_code,
        "finishedAt": state.time_of(ended.at),
        "reason": ended.reason,
        "startedAt": state.time_of(ended.at),
    });
    if !ended.message.is_empty() {
        terminated["message"] = json!(ended.message);
    }
    terminated
}

/// A duration as Go writes it: `40s`, `1m20s`.
fn as_go_says(duration: Duration) -> String {
    match (duration.as_secs() / 60, duration.as_secs() % 60) {
        (0, seconds) => format!("{seconds}s"),
        (minutes, seconds) => format!("{minutes}m{seconds}s"),
    }
}
