//! Who reaches a service: everybody, or only what runs in the cluster. The label that says so moves no generation, and the public gateway
//! follows before the status does.

use serde_json::Value;

use crate::sandbox::{
    names::ObjectName,
    reconcile::{run::ServiceRun, service::service_key},
    state::State,
    timeline::Happening,
};

const LABEL: &str = "networking.knative.dev/visibility";

/// Whether a service asks to be reached from inside the cluster only; no other value of the label means anything.
pub(super) fn wants_to_be_local(service: &Value) -> bool {
    service["metadata"]["labels"][LABEL] == "cluster-local"
}

impl State {
    /// A service's metadata was changed: the controller looks where its visibility did.
    pub(in crate::sandbox) fn service_relabelled(&mut self, name: &ObjectName) {
        let wants = self.store.get(&service_key(name)).is_some_and(wants_to_be_local);
        if self.services.get(name).is_some_and(|run| run.observed > 0 && run.route.is_to_be_local != wants) {
            self.plan_for_service(self.settings.timings.observe, Happening::ServiceObserved, name);
        }
    }
}

impl ServiceRun {
    /// Takes note of what the service asks for; true where that is another than before. The public gateway is closed at once.
    pub(super) fn note_visibility(&mut self, wants_to_be_local: bool) -> bool {
        let is_new = self.route.wanted.is_empty() && self.route.attempt == 0;
        let changed = self.route.is_to_be_local != wants_to_be_local;
        self.route.is_to_be_local = wants_to_be_local;
        self.route.is_closed |= wants_to_be_local;
        if is_new {
            self.is_local = wants_to_be_local;
        }
        changed && !is_new
    }

    /// Moves the service to the host that it asked for; true where that is another than before.
    pub(super) fn move_host(&mut self) -> bool {
        std::mem::replace(&mut self.is_local, self.route.is_to_be_local) != self.route.is_to_be_local
    }

    /// The ingress is written: a service that is for everybody is reached by everybody.
    pub(super) fn open_gateway(&mut self) {
        self.route.is_closed = self.is_local;
    }
}
