//! What the containers wrote.

use crate::{
    Caller, Kind, Status,
    read_verbs::allow_part,
    reconcile::job_log,
    runs::{PodRun, Step},
    state::State,
};

impl State {
    /// The log of a container: the one that runs, or the one before it.
    pub(super) fn logs(
        &self,
        caller: &Caller,
        namespace: &str,
        pod: &str,
        container: &str,
        previous: bool,
    ) -> Result<String, Status> {
        allow_part(caller, "get", Kind::Pod, Some("log"), Some(namespace), Some(pod))?;
        if let Some(log) = job_log(self.find(Kind::Pod, Some(namespace), pod)?) {
            return Ok(log);
        }
        let own = self.revisions.iter().filter(|(name, _)| name.namespace == namespace);
        let found = own
            .filter_map(|(_, run)| run.pod.as_ref().map(|one| (run, one)))
            .find(|(_, one)| one.name == pod);
        let Some((run, one)) = found else { return Ok(String::new()) };
        let known =
            container == "queue-proxy" || run.digests.iter().any(|(name, _)| name == container);
        if !known {
            return Err(Status::bad_request(format!(
                "container {container} is not valid for pod {pod}"
            )));
        }
        if previous { previous_log(one, pod, container) } else { current_log(one, pod, container) }
    }
}

fn previous_log(run: &PodRun, pod: &str, container: &str) -> Result<String, Status> {
    let missing = || {
        Status::bad_request(format!(
            "previous terminated container \"{container}\" in pod \"{pod}\" not found"
        ))
    };
    run.last.as_ref().map(|ended| ended.message.clone()).ok_or_else(missing)
}

fn current_log(run: &PodRun, pod: &str, container: &str) -> Result<String, Status> {
    let waiting = |why: &str| {
        Err(Status::bad_request(format!(
            "container \"{container}\" in pod \"{pod}\" is waiting to start: {why}"
        )))
    };
    match &run.step {
        Step::Running { .. } => Ok("listening\n".to_owned()),
        Step::Ended(ended) => Ok(ended.message.clone()),
        Step::BackOff => {
            Ok(run.last.as_ref().map(|ended| ended.message.clone()).unwrap_or_default())
        }
        Step::Unschedulable(_) | Step::Creating => waiting("ContainerCreating"),
        Step::Waiting(one) if one.container != container => Ok("listening\n".to_owned()),
        Step::Waiting(one)
            if one.reason.ends_with("PullBackOff") || one.reason == "ErrImagePull" =>
        {
            waiting("trying and failing to pull image")
        }
        Step::Waiting(one) => waiting(one.reason),
    }
}
