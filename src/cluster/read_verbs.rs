//! What is read of the cluster, one function per question.

use boathook_core::{
    deployment::{Namespace, RevisionName, ServiceKey},
    objects::Document,
};
use serde::de::IgnoredAny;

use crate::cluster::{
    Cluster, ClusterError, Event, Pod, Revision, Service, kubectl::of_revision, paths::Collection,
};

/// The label by which a revision is found; its value is boathook's own id of the attempt.
pub const DEPLOYMENT_LABEL: &str = "boathook.dev/deployment";

pub(super) const LABELS: &str = "labelSelector";
const FIELDS: &str = "fieldSelector";

impl Cluster {
    /// The service, or none if there is no such service.
    pub async fn service(&self, key: &ServiceKey) -> Result<Option<Service>, ClusterError> {
        self.object(&Collection::services(&key.namespace), key.service.as_str()).await
    }

    /// The object of a manifest as it is in the cluster, or none.
    pub async fn live(&self, document: &Document) -> Result<Option<Document>, ClusterError> {
        self.object_of(document).await
    }

    /// Whether an object exists. Its content is not kept, and that of a Secret stays within
    /// kubectl.
    pub async fn is_there(&self, document: &Document) -> Result<bool, ClusterError> {
        if document.is_secret() {
            return self.secret_is_there(document.name(), document.namespace()).await;
        }
        let found: Option<IgnoredAny> = self.object_of(document).await?;
        Ok(found.is_some())
    }

    /// The quotas of a namespace.
    pub async fn quotas(&self, namespace: &Namespace) -> Result<Vec<Document>, ClusterError> {
        self.list(&Collection::quotas(namespace), &[]).await
    }

    /// A revision by name, or none.
    pub async fn revision(
        &self,
        namespace: &Namespace,
        name: &RevisionName,
    ) -> Result<Option<Revision>, ClusterError> {
        self.object(&Collection::revisions(namespace), name.as_str()).await
    }

    /// The revisions of a service that carry a deployment's label.
    pub async fn revisions_of(
        &self,
        key: &ServiceKey,
        label: &str,
    ) -> Result<Vec<Revision>, ClusterError> {
        let selector =
            format!("{DEPLOYMENT_LABEL}={label},serving.knative.dev/service={}", key.service);
        self.list(&Collection::revisions(&key.namespace), &[(LABELS, &selector)]).await
    }

    /// The pods of a revision.
    pub async fn pods(
        &self,
        namespace: &Namespace,
        revision: &RevisionName,
    ) -> Result<Vec<Pod>, ClusterError> {
        self.list(&Collection::pods(namespace), &[(LABELS, &of_revision(revision))]).await
    }

    /// The warnings in a namespace, oldest first.
    pub async fn warnings(&self, namespace: &Namespace) -> Result<Vec<Event>, ClusterError> {
        let mut events: Vec<Event> =
            self.list(&Collection::events(namespace), &[(FIELDS, "type=Warning")]).await?;
        // The API server lists them by name.
        events.sort_by_key(Event::last_seen);
        Ok(events)
    }
}
