//! All feeds: who asks for one shares it with those who asked before.

use std::sync::Arc;

use boathook_core::{api_server::ApiServer, deployment::Namespace, rollout::Timeouts};

use crate::{
    cluster::{Event, Pod, Revision, Service},
    feeds::{
        Feed,
        reading::{Limits, Reading},
        shelf::Shelf,
    },
};

/// The feeds of the namespaces in use. A feed begins with its first reader and ends some seconds
/// after its last; clones share them.
#[derive(Clone)]
pub struct Feeds {
    api_server: Arc<dyn ApiServer>,
    services: Shelf<Service>,
    revisions: Shelf<Revision>,
    pods: Shelf<Pod>,
    events: Shelf<Event>,
}

impl Feeds {
    /// Feeds that read this API server; none runs yet.
    #[must_use]
    pub fn new(api_server: Arc<dyn ApiServer>) -> Self {
        Self {
            api_server,
            services: Shelf::default(),
            revisions: Shelf::default(),
            pods: Shelf::default(),
            events: Shelf::default(),
        }
    }

    /// The services of a namespace. The time limits are those of a feed's first reader.
    #[must_use]
    pub fn services(&self, namespace: &Namespace, timeouts: &Timeouts) -> Feed<Service> {
        self.services.subscribe(|| self.reading(namespace, timeouts), namespace)
    }

    /// The revisions of a namespace.
    #[must_use]
    pub fn revisions(&self, namespace: &Namespace, timeouts: &Timeouts) -> Feed<Revision> {
        self.revisions.subscribe(|| self.reading(namespace, timeouts), namespace)
    }

    /// The pods of a namespace's revisions.
    #[must_use]
    pub fn pods(&self, namespace: &Namespace, timeouts: &Timeouts) -> Feed<Pod> {
        self.pods.subscribe(|| self.reading(namespace, timeouts), namespace)
    }

    /// The warnings in a namespace.
    #[must_use]
    pub fn warnings(&self, namespace: &Namespace, timeouts: &Timeouts) -> Feed<Event> {
        self.events.subscribe(|| self.reading(namespace, timeouts), namespace)
    }

    fn reading(&self, namespace: &Namespace, timeouts: &Timeouts) -> Reading {
        Reading {
            api_server: Arc::clone(&self.api_server),
            namespace: namespace.clone(),
            limits: Limits { answer: timeouts.get, watch: timeouts.watch },
        }
    }
}
