//! kubectl, one function per command.

use std::{collections::BTreeSet, path::Path, process, time::Duration};

use boathook_core::{
    deployment::{LogReading, Namespace, RevisionName, ServiceKey},
    failure::shorten,
};
use boathook_process::{Captured, Exit};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};
use tokio::sync::mpsc;

use crate::cluster::{
    Accepted, Cluster, ClusterError, Container, Pod, Service, ServicePatch,
    sent::{missing_of_operations, missing_of_patch},
};

/// The field manager of our changes.
pub(super) const FIELD_MANAGER: &str = "boathook";

/// The variable that names what `kubectl diff` runs. Its words come behind the two folders, and one
/// with other characters than letters, digits, `-` and `=` is dropped.
const EXTERNAL_DIFF: &str = "KUBECTL_EXTERNAL_DIFF";

/// Prints the name of an object, and then the keys of its data, each on a line.
const KEYS: &str = r#"{{.metadata.name}}{{range $key, $value := .data}}{{"\n"}}{{$key}}{{end}}{{range $key, $value := .binaryData}}{{"\n"}}{{$key}}{{end}}"#;

/// How much of a container's log a record keeps.
const LAST_LINES: &str = "--tail=20";

/// Pods whose logs kubectl reads at once; with more, it refuses.
const LOG_STREAMS: u32 = 50;

/// The name of a patch in errors.
const PATCH: &str = "kubectl patch ksvc";
/// The maximum length of what an answer lacks: an annotation may be long.
const MISSING_MAX: usize = 400;

/// The place of an annotation that only makes Knative reconcile. Knative annotates each service, so
/// the parent exists.
const RECONCILE_PATH: &str = "/metadata/annotations/boathook.dev~1reconcile";

impl Cluster {
    /// The keys of a Secret or ConfigMap; none where it is not there. The values stay within
    /// kubectl.
    pub async fn keys_of(
        &self,
        kind: &str,
        name: &str,
        namespace: &str,
    ) -> Result<Option<BTreeSet<String>>, ClusterError> {
        let template = format!("-o=go-template={KEYS}");
        let arguments =
            ["get", &kind.to_lowercase(), name, "-n", namespace, &template, "--ignore-not-found"];
        let stdout = self.kubectl(&arguments, self.timeouts.get).await?;
        let text = stdout.text();
        let mut lines = text.lines().map(str::to_owned);
        Ok(lines.next().map(|_| lines.collect()))
    }

    /// Whether a Secret exists; nothing of it leaves kubectl but its name.
    pub(super) async fn secret_is_there(
        &self,
        name: &str,
        namespace: Option<&str>,
    ) -> Result<bool, ClusterError> {
        let place = namespace.map(|namespace| ["-n", namespace]);
        let mut arguments = vec!["get", "secret", name];
        arguments.extend(place.into_iter().flatten());
        arguments.extend(["-o", "name", "--ignore-not-found"]);
        let stdout = self.kubectl(&arguments, self.timeouts.get).await?;
        Ok(!stdout.bytes.trim_ascii().is_empty())
    }

    /// The output of kustomize for a folder. It contains Secrets and is never recorded.
    pub async fn kustomize(&self, directory: &Path) -> Result<Captured, ClusterError> {
        let directory = directory.to_string_lossy();
        self.kubectl_alone_secretly(&["kustomize", &directory], self.timeouts.kustomize).await
    }

    /// Applies the files in `directory` below `work`.
    pub async fn apply(
        &self,
        work: &Path,
        directory: &str,
    ) -> Result<Accepted<Captured>, ClusterError> {
        self.apply_within(work, directory, self.timeouts.apply).await
    }

    /// The same where less time is left.
    pub(crate) async fn apply_within(
        &self,
        work: &Path,
        directory: &str,
        left: Duration,
    ) -> Result<Accepted<Captured>, ClusterError> {
        let arguments = ["apply", "-f", directory, "--field-manager", FIELD_MANAGER];
        let timeout = self.timeouts.apply.min(left);
        self.kubectl_send(Some(work.to_owned()), &arguments, timeout).await
    }

    /// Lets the API server check the files in `directory` below `work` as `apply` would send them,
    /// without changing anything.
    pub(crate) async fn dry_run_apply(
        &self,
        work: &Path,
        directory: &str,
    ) -> Result<Accepted<Captured>, ClusterError> {
        let arguments =
            ["apply", "-f", directory, "--field-manager", FIELD_MANAGER, "--dry-run=server"];
        self.kubectl_send(Some(work.to_owned()), &arguments, self.timeouts.apply).await
    }

    /// Has kubectl compare the files in `directory` below `work` with the cluster as `apply` would
    /// change it: both sides of each object that differs, as this program prints them when kubectl
    /// runs it with the word `compare`. kubectl's own files are in `temporary`.
    pub(crate) async fn diff(
        &self,
        (work, directory, temporary): (&Path, &str, &Path),
        compare: &str,
        timeout: Duration,
    ) -> Result<Captured, ClusterError> {
        let arguments = ["diff", "-f", directory, "--field-manager", FIELD_MANAGER];
        // Not by its path: that may have a space, at which kubectl ends the program's name, and the
        // file may have been replaced.
        let program = format!("/proc/{}/exe {compare}", process::id());
        let environment = [
            (EXTERNAL_DIFF.to_owned(), program),
            ("TMPDIR".to_owned(), temporary.display().to_string()),
        ];
        let timeout = timeout.min(self.timeouts.apply);
        self.kubectl_secretly(work.to_owned(), &arguments, environment, timeout).await
    }

    /// Patches the service; returns it as it is right after. It fails if the answer does not show
    /// what was sent.
    pub async fn patch_service(
        &self,
        key: &ServiceKey,
        patch: &ServicePatch<'_>,
    ) -> Result<Accepted<Service>, ClusterError> {
        self.patch_service_with(key, patch, &[]).await
    }

    /// Lets the API server check a patch; returns the service as it would be, and changes nothing.
    pub(crate) async fn dry_run_patch(
        &self,
        key: &ServiceKey,
        patch: &ServicePatch<'_>,
    ) -> Result<Accepted<Service>, ClusterError> {
        self.patch_service_with(key, patch, &["--dry-run=server"]).await
    }

    async fn patch_service_with(
        &self,
        key: &ServiceKey,
        patch: &ServicePatch<'_>,
        more: &[&str],
    ) -> Result<Accepted<Service>, ClusterError> {
        self.patch(key, &operations(patch), more).await?.try_map(|answer| {
            shows(missing_of_patch(patch, &answer))?;
            Service::deserialize(answer).map_err(|error| unreadable(PATCH, &error))
        })
    }

    async fn patch(
        &self,
        key: &ServiceKey,
        operations: &Value,
        more: &[&str],
    ) -> Result<Accepted<Value>, ClusterError> {
        let operations = operations.to_string();
        let arguments = [
            &["patch", "ksvc", key.service.as_str(), "-n", key.namespace.as_str()],
            &["--type", "json", "--field-manager", FIELD_MANAGER, "-o", "json"][..],
            more,
            &["-p", &operations],
        ];
        let sent = self.kubectl_send(None, &arguments.concat(), self.timeouts.patch).await?;
        sent.try_map(|answer| read(PATCH, &answer))
    }

    /// Makes Knative reconcile the service again, by writing `mark` to an annotation of the
    /// service: a patch that changes nothing would not. There is no new revision, and the
    /// generation stays.
    pub(crate) async fn reconcile_again(
        &self,
        key: &ServiceKey,
        mark: &str,
    ) -> Result<(), ClusterError> {
        let operations = [json!({"op": "add", "path": RECONCILE_PATH, "value": mark})];
        let patched = self.patch(key, &json!(operations), &[]).await?;
        shows(missing_of_operations(&operations, &patched.answer))
    }

    /// Deletes a revision; a missing one is no failure. The caller has to check whether it is gone.
    pub async fn delete_revision(
        &self,
        namespace: &Namespace,
        name: &RevisionName,
    ) -> Result<(), ClusterError> {
        let arguments = [
            "delete",
            "revision",
            name.as_str(),
            "-n",
            namespace.as_str(),
            "--ignore-not-found",
            "--wait=false",
        ];
        self.kubectl(&arguments, self.timeouts.delete).await.map(drop)
    }

    /// The last lines of a container's log, or of the log before its restart.
    pub(crate) async fn log_end(
        &self,
        namespace: &Namespace,
        pod: &Pod,
        container: &Container,
        before_restart: bool,
    ) -> Result<String, ClusterError> {
        // `--limit-bytes` would leave out the end, which says why it failed.
        let mut arguments = vec!["logs", pod.name(), "-n", namespace.as_str()];
        arguments.extend(["-c", &container.name, LAST_LINES]);
        arguments.extend(before_restart.then_some("--previous"));
        Ok(self.kubectl(&arguments, self.timeouts.logs).await?.text().into_owned())
    }

    /// Reads the log of a revision's pods, each line with its pod, until the receiver is dropped,
    /// the log ends, or `timeout` passes.
    pub(crate) async fn logs(
        &self,
        of: (&Namespace, &RevisionName),
        reading: &LogReading,
        timeout: Duration,
        lines: mpsc::Sender<String>,
    ) -> Result<Exit, ClusterError> {
        let (namespace, revision) = of;
        let LogReading { container, tail, follow } = reading;
        let selector = of_revision(revision);
        let tail = format!("--tail={tail}");
        let streams = format!("--max-log-requests={LOG_STREAMS}");
        let mut arguments =
            vec!["logs", "-n", namespace.as_str(), "-l", &selector, "--prefix", &tail, &streams];
        arguments.extend(follow.then_some("--follow"));
        arguments.extend(container.iter().flat_map(|container| ["-c", container.as_str()]));
        self.kubectl_lines(&arguments, timeout, lines).await
    }
}

pub(super) fn of_revision(revision: &RevisionName) -> String {
    format!("serving.knative.dev/revision={revision}")
}

fn operations(patch: &ServicePatch<'_>) -> Value {
    let ServicePatch { uid, generation, template, traffic, metadata } = patch;
    let mut operations =
        vec![json!({"op": "test", "path": "/metadata/generation", "value": generation})];
    if let Some(template) = template {
        operations.push(json!({"op": "replace", "path": "/spec/template", "value": template}));
    }
    operations.push(json!({"op": "replace", "path": "/spec/traffic", "value": traffic}));
    operations.extend(metadata.iter().cloned());
    operations.extend(uid.map(|uid| json!({"op": "test", "path": "/metadata/uid", "value": uid})));
    operations.into()
}

fn read<T: DeserializeOwned>(program: &str, stdout: &Captured) -> Result<T, ClusterError> {
    serde_json::from_slice(&stdout.bytes).map_err(|error| unreadable(program, &error))
}

fn unreadable(program: &str, error: &serde_json::Error) -> ClusterError {
    ClusterError::Unreadable { program: program.to_owned(), reason: error.to_string() }
}

/// Fails if the answer lacks something that was sent.
fn shows(missing: Option<String>) -> Result<(), ClusterError> {
    missing.map_or(Ok(()), |missing| {
        Err(ClusterError::NotDone {
            program: PATCH.to_owned(),
            missing: shorten(&missing, MISSING_MAX),
        })
    })
}
