//! The settings that hold for one service: its own over its environment's.

use std::{borrow::Cow, collections::BTreeSet};

use boathook_core::{deployment::ServiceKey, rollout::JobName};

use crate::config::{EnvironmentConfig, services::ServiceConfig};

impl EnvironmentConfig {
    /// The settings that hold for one service: its own over the environment's.
    #[must_use]
    pub fn of_service(&self, key: &ServiceKey) -> Cow<'_, Self> {
        let own = self.services.iter().filter(|(selector, _)| selector.matches(key));
        match own.max_by_key(|(selector, _)| selector.namespace.is_some()) {
            Some((_, own)) => Cow::Owned(self.with(own)),
            None => Cow::Borrowed(self),
        }
    }

    /// The Jobs that must succeed in deployments of any of its services.
    #[must_use]
    pub fn all_jobs(&self) -> BTreeSet<JobName> {
        let of_services =
            self.services.values().flat_map(|own| own.before.iter().chain(&own.after));
        self.before.iter().chain(&self.after).chain(of_services).cloned().collect()
    }

    /// The settings, overridden by those of a service.
    #[must_use]
    pub fn with(&self, service: &ServiceConfig) -> Self {
        let ServiceConfig {
            container,
            containers,
            traffic,
            watch,
            before,
            after,
            rollback,
            pull,
            waits,
            health,
            url,
        } = service.clone();
        Self {
            container,
            containers,
            traffic,
            watch,
            before,
            after,
            rollback,
            pull,
            waits,
            health,
            url,
            ..self.clone()
        }
    }
}
