//! Causes from a pod's containers: why one does not start, or how it ended.

use crate::{
    cluster::{Container, Event, Pod, Terminated, Waiting},
    diagnosis::{Diagnosis, Kind, registry},
};

/// The message for containers that are about to start.
pub(super) const STARTING: &[&str] = &["", "ContainerCreating", "PodInitializing"];

/// The causes in the containers of a pod; `events` have the details of a probe that ended one.
pub(super) fn of_pod<'a>(
    pod: &'a Pod,
    events: &'a [Event],
) -> impl Iterator<Item = Diagnosis> + 'a {
    let init = pod.init_containers().iter().map(|container| (container, "init container"));
    let main = pod.containers().iter().map(|container| (container, "container"));
    init.chain(main).filter_map(move |(container, what)| of_container(pod, container, what, events))
}

fn of_container(
    pod: &Pod,
    container: &Container,
    what: &str,
    events: &[Event],
) -> Option<Diagnosis> {
    if what == "init container" && container.is_done() {
        return None;
    }
    let name = format!("{what} {}", container.name);
    let waits = container.waiting().filter(|waiting| {
        !STARTING.contains(&waiting.reason.as_str()) && waiting.reason != "CrashLoopBackOff"
    });
    if let Some(Waiting { reason, message }) = waits {
        let words = [reason.as_str(), message.trim()]
            .iter()
            .filter(|word| !word.is_empty())
            .copied()
            .collect::<Vec<_>>()
            .join(": ");
        return Some(Diagnosis::new(
            waiting_kind(reason, message),
            format!("{name} does not start: {words}"),
        ));
    }
    if let Some(ended) = container.ended().filter(|ended| is_start_error(ended)) {
        let words = format!("{name} does not start: {}: {}", ended.reason, ended.message.trim());
        // A container that runs has started.
        return (!container.is_running())
            .then(|| Diagnosis::new(start_kind(&ended.message), words));
    }
    let ended = container.crashed().filter(|ended| what == "container" || ended.exit_code != 0)?;
    Some(crash(pod, container, &name, ended, events))
}

/// The cause of a waiting state, by the kubelet's reason and the runtime's message.
pub(super) fn waiting_kind(reason: &str, message: &str) -> Kind {
    match reason {
        "ErrImagePull" | "ImagePullBackOff" => registry::kind(message),
        "ErrImageNeverPull" => Kind::ImageNotOnNode,
        "InvalidImageName" => Kind::ImageNameInvalid,
        "CreateContainerConfigError" => config_kind(message),
        _ => start_kind(message),
    }
}

/// The cause of a Secret or ConfigMap that cannot be used.
pub(super) fn config_kind(message: &str) -> Kind {
    let says = |any: &[&str]| any.iter().any(|word| message.contains(word));
    if says(&["runAsNonRoot"]) {
        Kind::RunsAsRoot
    } else if (says(&["secret", "configmap", "Secret", "ConfigMap"])
        && says(&["not found", "couldn't find key", "non-existent"]))
        || says(&["non-existent config key"])
    {
        Kind::ConfigMissing
    } else {
        Kind::ContainerNotStarted
    }
}

fn start_kind(message: &str) -> Kind {
    let says = |any: &[&str]| any.iter().any(|word| message.contains(word));
    if says(&["no command specified"]) {
        Kind::NoCommand
    } else if says(&["unable to set memory limit", "container init was OOM-killed"]) {
        Kind::MemoryLimitTooLow
    } else if says(&["exec: ", "exec user process", "exec format error"])
        && says(&[
            "no such file or directory",
            "permission denied",
            "not found in $PATH",
            "exec format error",
            "is a directory",
            "not a directory",
        ])
    {
        Kind::CommandNotRunnable
    } else {
        Kind::ContainerNotStarted
    }
}

fn is_start_error(ended: &Terminated) -> bool {
    matches!(ended.reason.as_str(), "StartError" | "ContainerCannotRun")
}

fn crash(
    pod: &Pod,
    container: &Container,
    name: &str,
    ended: &Terminated,
    events: &[Event],
) -> Diagnosis {
    let words = crash_words(name, container.restart_count, ended);
    if ended.reason == "OOMKilled" {
        return Diagnosis::new(Kind::OutOfMemory, words);
    }
    if !may_have_been_asked_to_end(container, ended) {
        return Diagnosis::new(Kind::Crash, words);
    }
    match probe_that_ended(pod, events) {
        Some(probe) => Diagnosis::new(
            Kind::LivenessProbe,
            format!("{words}; it was ended because of its probe: {}", probe.trim()),
        ),
        None => Diagnosis::new(Kind::Crash, words).asked_to_end(),
    }
}

fn crash_words(name: &str, restarts: u32, ended: &Terminated) -> String {
    if ended.exit_code == 0 {
        return format!(
            "{name} ended by itself (exit code 0{}); a service has to go on running",
            restarted(restarts)
        );
    }
    let how = match ended.reason.as_str() {
        "" | "Error" | "Completed" => format!("exit code {}", ended.exit_code),
        reason => format!("{reason}, exit code {}", ended.exit_code),
    };
    let message = ended.message.trim();
    let said = if message.is_empty() { String::new() } else { format!(": {message}") };
    format!("{name} crashed ({how}{}){said}", restarted(restarts))
}

fn restarted(times: u32) -> String {
    match times {
        0 => String::new(),
        1 => ", restarted once".to_owned(),
        times => format!(", restarted {times} times"),
    }
}

/// Whether the application ended as by SIGTERM or SIGKILL.
fn may_have_been_asked_to_end(container: &Container, ended: &Terminated) -> bool {
    container.name != "queue-proxy" && matches!(ended.exit_code, 0 | 137 | 143)
}

/// The kubelet's message about the probe for which it ended a container.
fn probe_that_ended<'e>(pod: &Pod, events: &'e [Event]) -> Option<&'e str> {
    let of_pod = events.iter().rev().filter(|event| {
        event.kind() == "Pod" && event.name() == pod.name() && event.reason == "Unhealthy"
    });
    of_pod.map(|event| event.message.as_str()).find(|said| {
        said.starts_with("Liveness probe failed") || said.starts_with("Startup probe failed")
    })
}
