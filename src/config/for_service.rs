//! The settings that hold for one service: its own over its environment's.

use std::collections::BTreeSet;

use boathook_core::{deployment::ServiceKey, rollout::JobName};

use crate::config::EnvironmentConfig;

impl EnvironmentConfig {
    /// The settings that hold for one service; `NAMESPACE/NAME` overrides `NAME`.
    #[must_use]
    pub fn of_service(&self, key: &ServiceKey) -> &Self {
        let own = self.services.iter().filter(|(selector, _)| selector.matches(key));
        let nearest = own.max_by_key(|(selector, _)| selector.namespace.is_some());
        nearest.map_or(self, |(_, own)| own)
    }

    /// The settings of the environment itself, and of the services that have their own.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Self> {
        std::iter::once(self).chain(self.services.values())
    }

    /// Changes them all, each in the same way.
    pub(crate) fn change_all(&mut self, mut change: impl FnMut(&mut Self)) {
        self.services.values_mut().for_each(&mut change);
        change(self);
    }

    /// The Jobs that must succeed in deployments of any of its services.
    #[must_use]
    pub fn all_jobs(&self) -> BTreeSet<JobName> {
        self.all().flat_map(|own| own.before.iter().chain(&own.after)).cloned().collect()
    }
}
