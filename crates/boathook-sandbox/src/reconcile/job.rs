//! The controller of Jobs: one pod after the other, until one completes or the limit is reached.
//!
//! More than one completion, and restarts of a container in its pod, are not simulated: each failure
//! costs a pod.

use std::time::Duration;

use serde_json::{Value, json};

use crate::{
    Kind,
    events::EventDetails,
    names::{ObjectName, random_end},
    reconcile::{
        job_pod::{ProgramEnd, end_of, job_pod_key},
        keys::job_key,
    },
    runs::JobRun,
    state::State,
    store::Key,
    timeline::Happening,
};

/// From the creation of a Job to its first pod.
const OBSERVED: Duration = Duration::from_millis(300);
/// From a pod's failure to the next pod; twice as long each time, up to six minutes.
const BACK_OFF: Duration = Duration::from_secs(10);
const BACK_OFF_MAX: Duration = Duration::from_secs(360);
/// How long the pods of a deleted Job take to end.
const GRACE: Duration = Duration::from_secs(2);
/// Kubernetes' own default.
const BACKOFF_LIMIT: u64 = 6;
const CONTROLLER: &str = "job-controller";

impl State {
    /// Reconciles a new Job. A suspended one gets no pod.
    pub(crate) fn job_created(&mut self, job: &ObjectName, object: &Value) {
        let uid = object["metadata"]["uid"].as_str().unwrap_or_default().to_owned();
        let run = JobRun { uid: uid.clone(), failed: 0, pod: None, pods: 0 };
        self.jobs.insert(job.clone(), run);
        if object["spec"]["suspend"] == true {
            let suspended = self.job_condition("Suspended", ("JobSuspended", "Job suspended"));
            return self.set_job_status(job, &json!({"conditions": [suspended]}));
        }
        let began = self.time();
        let status = json!({"active": 0, "ready": 0, "startTime": began, "terminating": 0, "uncountedTerminatedPods": {}});
        self.set_job_status(job, &status);
        self.plan(OBSERVED, Happening::JobPodCreated, job, &uid);
        if let Some(seconds) = object["spec"]["activeDeadlineSeconds"].as_u64() {
            self.plan(Duration::from_secs(seconds), Happening::JobDeadlinePassed, job, &uid);
        }
    }

    /// Creates the next pod, unless the API server refuses it.
    pub(crate) fn create_job_pod(&mut self, job: &ObjectName) {
        let Some(object) = self.store.get(&job_key(job)).cloned() else { return };
        let Some(uid) = self.jobs.get(job).map(|run| run.uid.clone()) else { return };
        let spec = &object["spec"]["template"]["spec"];
        let suffix = random_end(self.store.version());
        if let Some(why) = self.refusal_of_pod(&job.namespace, (&job.name, &suffix), spec, None) {
            let message = format!("Error creating: {why}");
            let details = EventDetails::warning(CONTROLLER, "FailedCreate", &message);
            self.emit_for(Kind::Job, job, &job_key(job), &details);
            return self.plan(BACK_OFF, Happening::JobPodCreated, job, &uid);
        }
        let pod = format!("{}-{suffix}", job.name);
        self.keep_new(job_pod_key(job, &pod), self.new_job_pod(job, &object));
        let Some(run) = self.jobs.get_mut(job) else { return };
        run.pod = Some(pod);
        run.pods += 1;
        let number = run.pods;
        let failed = run.failed;
        self.set_job_status(job, &json!({"active": 1, "ready": 0, "failed": failed}));
        self.start_job_pod(job, number);
    }

    /// The program in a pod has ended: so has the Job, or another pod follows.
    pub(crate) fn end_job_pod(&mut self, job: &ObjectName, number: u64) {
        let Some(object) = self.store.get(&job_key(job)).cloned() else { return };
        let Some(pod) = self.take_job_pod(job, number) else { return };
        let spec = &object["spec"]["template"]["spec"];
        let Some(ProgramEnd { exit_code, .. }) = end_of(spec) else { return };
        self.write_ended_pod(&job_pod_key(job, &pod), spec, exit_code);
        if exit_code == 0 {
            let reason = ("CompletionsReached", "Reached expected number of succeeded pods");
            self.end_job(job, "Complete", reason);
        } else {
            self.job_pod_failed(job, &object);
        }
    }

    /// A deleted pod counts as a failed one.
    pub(crate) fn delete_job_pod(&mut self, pod: &ObjectName) -> bool {
        let is_its = |run: &JobRun| run.pod.as_deref() == Some(&pod.name);
        let own = self.jobs.iter().find(|(job, run)| job.namespace == pod.namespace && is_its(run));
        let Some((job, number)) = own.map(|(job, run)| (job.clone(), run.pods)) else {
            return false;
        };
        self.take_job_pod(&job, number);
        self.store.remove(&job_pod_key(&job, &pod.name));
        if let Some(object) = self.store.get(&job_key(&job)).cloned() {
            self.job_pod_failed(&job, &object);
        }
        true
    }

    fn take_job_pod(&mut self, job: &ObjectName, number: u64) -> Option<String> {
        self.jobs.get_mut(job).filter(|run| run.pods == number)?.pod.take()
    }

    fn job_pod_failed(&mut self, job: &ObjectName, object: &Value) {
        let Some(run) = self.jobs.get_mut(job) else { return };
        run.failed += 1;
        let uid = run.uid.clone();
        let failed = run.failed;
        let limit = object["spec"]["backoffLimit"].as_u64().unwrap_or(BACKOFF_LIMIT);
        if failed > limit {
            let reason = ("BackoffLimitExceeded", "Job has reached the specified backoff limit");
            return self.end_job(job, "Failed", reason);
        }
        self.set_job_status(job, &json!({"active": 0, "ready": 0, "failed": failed}));
        let doubled = u32::try_from(failed - 1).unwrap_or(u32::MAX).min(6);
        let wait = BACK_OFF.saturating_mul(1 << doubled).min(BACK_OFF_MAX);
        self.plan(wait, Happening::JobPodCreated, job, &uid);
    }

    /// Kubernetes ends a Job that takes too long, and deletes its pod.
    pub(crate) fn end_late_job(&mut self, job: &ObjectName) {
        if let Some(pod) = self.jobs.get(job).and_then(|run| run.pod.clone()) {
            self.store.remove(&job_pod_key(job, &pod));
        }
        let reason = ("DeadlineExceeded", "Job was active longer than specified deadline");
        self.end_job(job, "Failed", reason);
    }

    /// The controller first says how a Job will end, and then that it has.
    fn end_job(&mut self, job: &ObjectName, kind: &str, why: (&str, &str)) {
        let Some(run) = self.jobs.remove(job) else { return };
        let first = if kind == "Complete" { "SuccessCriteriaMet" } else { "FailureTarget" };
        let conditions = [self.job_condition(first, why), self.job_condition(kind, why)];
        self.set_job_status(job, &json!({"active": 0, "ready": 0, "conditions": conditions[..1]}));
        let mut status = json!({"failed": run.failed, "conditions": conditions});
        if kind == "Complete" {
            status["succeeded"] = json!(1);
            status["completionTime"] = json!(self.time());
        }
        self.set_job_status(job, &status);
        let kept = self.store.get(&job_key(job));
        if let Some(seconds) = kept.and_then(|job| job["spec"]["ttlSecondsAfterFinished"].as_u64())
        {
            self.plan(Duration::from_secs(seconds), Happening::JobExpired, job, &run.uid);
        }
    }

    /// The time after which an ended Job is deleted has passed.
    pub(crate) fn expire_job(&mut self, job: &ObjectName, uid: &str) {
        if self.store.get(&job_key(job)).is_some_and(|found| found["metadata"]["uid"] == uid) {
            self.drop_job(job);
        }
    }

    /// Deletes a Job, as with `--cascade=foreground` after its pod.
    pub(crate) fn delete_job(&mut self, job: &ObjectName) {
        let Some(run) = self.jobs.get(job).filter(|run| run.pod.is_some()) else {
            return self.drop_job(job);
        };
        let uid = run.uid.clone();
        let now = self.time();
        self.store.update(&job_key(job), |job| {
            job["metadata"]["deletionTimestamp"] = now.into();
            job["metadata"]["finalizers"] = json!(["foregroundDeletion"]);
        });
        self.plan(GRACE, Happening::JobGone, job, &uid);
    }

    /// A Job is gone with its pods.
    pub(crate) fn drop_job(&mut self, job: &ObjectName) {
        self.jobs.remove(job);
        self.store.remove(&job_key(job));
        let is_its = |pod: &Value| pod["metadata"]["labels"]["job-name"] == job.name.as_str();
        let pods = self.store.list(Kind::Pod, Some(&job.namespace));
        let pods: Vec<Key> =
            pods.filter(|(_, pod)| is_its(pod)).map(|(key, _)| key.clone()).collect();
        pods.iter().for_each(|pod| self.store.remove(pod));
    }

    fn job_condition(&self, kind: &str, (reason, message): (&str, &str)) -> Value {
        let now = self.time();
        json!({
            "type": kind, "status": "True", "reason": reason, "message": message,
            "lastProbeTime": now, "lastTransitionTime": now,
        })
    }

    pub(super) fn set_job_status(&mut self, job: &ObjectName, fields: &Value) {
        self.store.update(&job_key(job), |object| {
            for (field, value) in fields.as_object().into_iter().flatten() {
                object["status"][field] = value.clone();
            }
        });
    }
}
