//! Events about the parts of a service.

use serde_json::Value;

use crate::{
    Kind,
    events::{EventDetails, Involved},
    names::ObjectName,
    reconcile::{
        keys::{part_key, revision_key, service_key},
        pod_object::replica_set,
    },
    runs::PodRun,
    state::State,
};

/// The kubelet's burst of events about one pod; after it, warnings are dropped.
pub(super) const KUBELET_BURST: u32 = 25;
pub(super) const KUBELET: &str = "kubelet";
pub(super) const REVISION_CONTROLLER: &str = "revision-controller";
pub(super) const CONFIGURATION_CONTROLLER: &str = "configuration-controller";
pub(super) const ROUTE_CONTROLLER: &str = "route-controller";
pub(super) const SERVICE_CONTROLLER: &str = "service-controller";

impl State {
    pub(super) fn emit_for_service(&mut self, service: &ObjectName, details: &EventDetails<'_>) {
        self.emit_for(Kind::Service, service, &service_key(service), details);
    }

    pub(super) fn emit_for_configuration(
        &mut self,
        service: &ObjectName,
        details: &EventDetails<'_>,
    ) {
        self.emit_for(
            Kind::Configuration,
            service,
            &part_key(Kind::Configuration, service),
            details,
        );
    }

    pub(super) fn emit_for_route(&mut self, service: &ObjectName, details: &EventDetails<'_>) {
        self.emit_for(Kind::Route, service, &part_key(Kind::Route, service), details);
    }

    pub(super) fn emit_for_revision(&mut self, revision: &ObjectName, details: &EventDetails<'_>) {
        self.emit_for(Kind::Revision, revision, &revision_key(revision), details);
    }

    /// An event about a revision's replica set.
    pub(super) fn emit_for_replica_set(
        &mut self,
        revision: &ObjectName,
        details: &EventDetails<'_>,
    ) {
        let Some(run) = self.revisions.get(revision) else { return };
        let name = replica_set(&revision.name, &run.uid);
        let about = Involved {
            api_version: "apps/v1",
            kind: "ReplicaSet",
            namespace: revision.namespace.clone(),
            name,
            uid: run.uid.clone(),
            part: String::new(),
        };
        self.write_event(&about, details);
    }

    /// An event about a pod, or about one of its containers.
    pub(super) fn emit_for_pod(
        &mut self,
        revision: &ObjectName,
        pod: &mut PodRun,
        container: &str,
        details: &EventDetails<'_>,
    ) {
        if details.source == KUBELET {
            pod.events += 1;
            if pod.events > KUBELET_BURST && details.severity == "Warning" {
                return;
            }
        }
        let part = if container.is_empty() {
            String::new()
        } else {
            format!("spec.containers{{{container}}}")
        };
        let about = Involved {
            api_version: "v1",
            kind: "Pod",
            namespace: revision.namespace.clone(),
            name: pod.name.clone(),
            uid: pod.uid.clone(),
            part,
        };
        self.write_event(&about, details);
    }

    pub(super) fn emit_for(
        &mut self,
        kind: Kind,
        name: &ObjectName,
        key: &crate::store::Key,
        details: &EventDetails<'_>,
    ) {
        let uid = self
            .store
            .get(key)
            .map(|object| &object["metadata"]["uid"])
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned();
        let about = Involved {
            api_version: kind.api_version(),
            kind: kind.name(),
            namespace: name.namespace.clone(),
            name: name.name.clone(),
            uid,
            part: String::new(),
        };
        self.write_event(&about, details);
    }
}
