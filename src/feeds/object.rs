//! The kinds of objects that feeds read, and where the API server has them.

use boathook_core::deployment::Namespace;
use serde::de::DeserializeOwned;

use crate::cluster::{Event, Pod, Revision, Service};

/// An object that a feed keeps: as much of it as boathook reads anywhere.
pub trait FeedObject: DeserializeOwned + Send + Sync + 'static {
    /// The objects, as people call them.
    const KIND: &'static str;

    /// The path of all of them in a namespace, with the query that selects them.
    fn path(namespace: &Namespace) -> String;

    /// The name of this one.
    fn name(&self) -> &str;
}

impl FeedObject for Service {
    const KIND: &'static str = "services";

    fn path(namespace: &Namespace) -> String {
        format!("/apis/serving.knative.dev/v1/namespaces/{namespace}/services?")
    }

    fn name(&self) -> &str {
        self.name()
    }
}

impl FeedObject for Revision {
    const KIND: &'static str = "revisions";

    fn path(namespace: &Namespace) -> String {
        format!("/apis/serving.knative.dev/v1/namespaces/{namespace}/revisions?")
    }

    fn name(&self) -> &str {
        self.name_text()
    }
}

/// Only those of a revision.
impl FeedObject for Pod {
    const KIND: &'static str = "pods";

    fn path(namespace: &Namespace) -> String {
        format!("/api/v1/namespaces/{namespace}/pods?labelSelector=serving.knative.dev%2Frevision&")
    }

    fn name(&self) -> &str {
        self.name()
    }
}

/// Only warnings.
impl FeedObject for Event {
    const KIND: &'static str = "events";

    fn path(namespace: &Namespace) -> String {
        format!("/api/v1/namespaces/{namespace}/events?fieldSelector=type%3DWarning&")
    }

    fn name(&self) -> &str {
        self.own_name()
    }
}
