//! A service's visibility: public or cluster-local, over http or redirected to https. The label and
//! the annotation do not change the generation, and the public gateway closes before status shows
//! it.

use crate::{
    names::ObjectName,
    reconcile::keys::service_key,
    runs::{Exposure, ServiceRun},
    state::State,
    timeline::Happening,
};

impl State {
    /// A service's metadata changed: the controller acts if its visibility did.
    pub(crate) fn service_relabelled(&mut self, name: &ObjectName) {
        let wanted = self.store.get(&service_key(name)).map(Exposure::wanted).unwrap_or_default();
        if self
            .services
            .get(name)
            .is_some_and(|run| run.observed > 0 && run.route.exposure != wanted)
        {
            self.plan_for_service(self.settings.timings.observe, Happening::ServiceObserved, name);
        }
    }
}

impl ServiceRun {
    /// Takes note of what the service asks for; true if that is another than before. The public
    /// gateway is closed at once.
    pub(super) fn note_exposure(&mut self, wanted: Exposure) -> bool {
        let is_new = self.route.wanted.is_empty() && self.route.attempt == 0;
        let changed = self.route.exposure != wanted;
        self.route.exposure = wanted;
        self.route.is_closed |= wanted.is_local;
        if is_new {
            self.is_local = wanted.is_local;
        }
        changed && !is_new
    }

    /// Moves the service to the host that it asked for; true where the ingress has to be written
    /// again for what it asks.
    pub(super) fn move_host(&mut self) -> bool {
        let wanted = self.route.exposure;
        let moved = std::mem::replace(&mut self.is_local, wanted.is_local) != wanted.is_local;
        moved || self.route.redirects != wanted.redirects
    }

    /// The ingress is written: a service that is for everybody is reached by everybody.
    pub(super) fn open_gateway(&mut self) {
        self.route.is_closed = self.is_local;
        self.route.redirects = self.route.exposure.redirects;
    }
}
