//! The effect of a pod's state on its revision.

use std::time::Duration;

use crate::{
    events::EventDetails,
    names::ObjectName,
    reconcile::{emitting::REVISION_CONTROLLER, pod_object::replica_set},
    runs::{Condition, Ended, Finding, PodRun, Step, Truth},
    state::State,
    timeline::Happening,
};

/// How long after its deadline a revision's pods are deleted.
const ABANDONED: Duration = Duration::from_secs(30);

impl State {
    pub(super) fn mark_resources(&mut self, revision: &ObjectName, finding: &Finding) {
        self.judge(revision, |run, now| {
            if !run.was_ready {
                run.resources_available.set(finding.clone(), now.to_owned());
                run.ready.set(finding.clone(), now.to_owned());
            }
        });
    }

    /// A pod was created and scheduled: earlier refusals are obsolete.
    pub(super) fn mark_again(&mut self, revision: &ObjectName) {
        let Some(run) = self.revisions.get(revision) else { return };
        let reason = &run.resources_available.finding.reason;
        if matches!(reason.as_str(), "Unschedulable" | "FailedCreate" | "Deploying") {
            self.mark_resources(revision, &Finding::unknown("Deploying", ""));
        }
    }

    pub(super) fn mark_ready(&mut self, revision: &ObjectName) {
        let time = self.now;
        let idle = self.settings.timings.scale_to_zero;
        let before = self.revisions.get(revision).map(|run| run.ready.finding.truth);
        let was_ready = self.revisions.get(revision).is_some_and(|run| run.was_ready);
        self.judge(revision, |run, now| {
            for condition in
                [&mut run.container_healthy, &mut run.resources_available, &mut run.ready]
            {
                condition.set(Finding::good(), now.to_owned());
            }
            run.active = Some(Condition::new(Finding::good(), now.to_owned()));
            run.was_ready = true;
            run.last_request = run.last_request.max(time);
        });
        if before != Some(Truth::True) {
            let message = "Revision becomes ready upon all resources being ready";
            self.emit_for_revision(
                revision,
                &EventDetails::normal(REVISION_CONTROLLER, "RevisionReady", message),
            );
        }
        if was_ready && before == Some(Truth::False) {
            self.route_again(revision);
        }
        self.plan_for_revision(idle, Happening::Idle, revision);
    }

    /// A container that was ready ends again and again: its revision is no longer Ready.
    pub(super) fn mark_crashed(&mut self, revision: &ObjectName) {
        let run = self.revisions.get(revision).filter(|run| run.was_ready);
        let Some(ended) = run.and_then(|run| run.pod.as_ref()?.last.clone()) else {
            self.write_revision_status(revision);
            return;
        };
        let crashed = exited(&ended);
        self.judge(revision, |run, now| {
            run.container_healthy.set(crashed.clone(), now.to_owned());
            run.ready.set(crashed, now.to_owned());
            run.active = Some(Condition::new(queued(), now.to_owned()));
        });
        self.route_again(revision);
    }

    fn route_again(&mut self, revision: &ObjectName) {
        let Some(service) = self.revisions.get(revision).map(|run| run.service.clone()) else {
            return;
        };
        self.plan_route(self.settings.timings.route, &service);
    }

    /// The autoscaler deletes the pods of a revision that missed its deadline.
    pub(super) fn abandon(&mut self, revision: &ObjectName) {
        if !self
            .revisions
            .get(revision)
            .is_some_and(|run| !run.was_ready && run.ready.finding.truth == Truth::False)
        {
            return;
        }
        self.remove_pod(revision);
        let never = Finding::bad("ProgressDeadlineExceeded", "Initial scale was never achieved");
        self.judge(revision, |run, now| {
            run.resources_available.set(never.clone(), now.to_owned());
            run.ready.set(never, now.to_owned());
            run.active = Some(Condition::new(
                Finding::bad("NoTraffic", "The target is not receiving traffic."),
                now.to_owned(),
            ));
        });
    }

    /// The revision has had its time: what its pod shows now is the reason. A revision that failed
    /// already keeps its reason.
    pub(super) fn give_up(&mut self, revision: &ObjectName) {
        let is_open = |truth| truth == Truth::Unknown;
        let Some(run) = self
            .revisions
            .get(revision)
            .filter(|run| !run.was_ready && is_open(run.ready.finding.truth))
        else {
            return;
        };
        let replica_set = replica_set(&revision.name, &run.uid);
        let timed_out = Finding::bad(
            "ProgressDeadlineExceeded",
            format!("ReplicaSet \"{replica_set}\" has timed out progressing."),
        );
        let ended = run.pod.as_ref().and_then(|pod| match &pod.step {
            Step::Ended(ended) => Some(ended.clone()),
            Step::BackOff => pod.last.clone(),
            Step::Unschedulable(_) | Step::Creating | Step::Waiting(_) | Step::Running { .. } => {
                None
            }
        });
        let resources = run.pod.as_ref().and_then(waiting).unwrap_or(timed_out);
        self.judge(revision, |run, now| {
            let mut reason = resources;
            run.resources_available.set(reason.clone(), now.to_owned());
            if let Some(ended) = ended {
                reason = exited(&ended);
                run.container_healthy.set(reason.clone(), now.to_owned());
            }
            run.ready.set(reason, now.to_owned());
        });
        self.plan_for_revision(ABANDONED, Happening::Abandoned, revision);
    }
}

/// How a container ended, as its revision repeats it.
fn exited(ended: &Ended) -> Finding {
    Finding::bad(
        &format!("ExitCode{}", ended.exit_code),
        format!("Container failed with: {}", ended.message),
    )
}

/// Requests wait for a pod.
pub(super) fn queued() -> Finding {
    Finding::unknown(
        "Queued",
        "Requests to the target are being buffered as resources are provisioned.",
    )
}

/// What a pod waits for, as its revision repeats it; a container that is still being made waits
/// without a message.
fn waiting(pod: &PodRun) -> Option<Finding> {
    match &pod.step {
        Step::Creating => Some(Finding::bad("ContainerCreating", "")),
        Step::Waiting(waiting) => Some(Finding::bad(waiting.reason, waiting.message.clone())),
        Step::Unschedulable(_) | Step::Running { .. } | Step::Ended(_) | Step::BackOff => None,
    }
}
