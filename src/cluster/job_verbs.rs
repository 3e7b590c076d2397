//! What is done with Jobs: each function runs kubectl once, or asks one question.

use std::path::Path;

use boathook_core::deployment::Namespace;
use boathook_process::Captured;

use crate::cluster::{
    Accepted, Cluster, ClusterError, Job, Pod, job::JOB_LABEL, kubectl::FIELD_MANAGER,
    paths::Collection, read_verbs::LABELS,
};

impl Cluster {
    /// A Job by name, or none.
    pub(crate) async fn job(
        &self,
        namespace: &Namespace,
        name: &str,
    ) -> Result<Option<Job>, ClusterError> {
        self.object(&Collection::jobs(namespace), name).await
    }

    /// The Jobs of a namespace that boathook created.
    pub(crate) async fn own_jobs(&self, namespace: &Namespace) -> Result<Vec<Job>, ClusterError> {
        self.list(&Collection::jobs(namespace), &[(LABELS, JOB_LABEL)]).await
    }

    /// The pods of a Job.
    pub(crate) async fn pods_of_job(
        &self,
        namespace: &Namespace,
        job: &str,
    ) -> Result<Vec<Pod>, ClusterError> {
        let selector = format!("job-name={job}");
        self.list(&Collection::pods(namespace), &[(LABELS, &selector)]).await
    }

    /// Creates what stands in the files in `directory` below `work`; what is there already is
    /// refused.
    pub(crate) async fn create(
        &self,
        work: &Path,
        directory: &str,
    ) -> Result<Accepted<Captured>, ClusterError> {
        self.create_with(work, directory, &[]).await
    }

    /// Lets the API server check the same without creating it.
    pub(crate) async fn dry_run_create(
        &self,
        work: &Path,
        directory: &str,
    ) -> Result<Accepted<Captured>, ClusterError> {
        self.create_with(work, directory, &["--dry-run=server"]).await
    }

    async fn create_with(
        &self,
        work: &Path,
        directory: &str,
        more: &[&str],
    ) -> Result<Accepted<Captured>, ClusterError> {
        let arguments =
            [&["create", "-f", directory, "--field-manager", FIELD_MANAGER][..], more].concat();
        self.kubectl_send(Some(work.to_owned()), &arguments, self.timeouts.apply).await
    }

    /// Deletes Jobs, each after its pods; a missing one is no failure. The caller has to check
    /// whether they are gone.
    pub(crate) async fn delete_jobs(
        &self,
        namespace: &Namespace,
        names: &[&str],
    ) -> Result<(), ClusterError> {
        let of = ["-n", namespace.as_str(), "--ignore-not-found", "--wait=false"];
        let arguments = [&["delete", "job"], names, &of, &["--cascade=foreground"]].concat();
        self.kubectl(&arguments, self.timeouts.delete).await.map(drop)
    }
}
