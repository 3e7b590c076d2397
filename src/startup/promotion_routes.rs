//! Where each environment's successes are promoted to.

use boathook_core::deployment::Environment;

use crate::config::{Config, LoadedSecret, PromotionConfig, Secret, When};

/// Where an environment's successes are promoted to.
#[derive(Clone)]
pub(super) struct Route {
    pub(super) from: Environment,
    pub(super) to: Environment,
    /// Another boathook and what signs for it; none if this one serves it.
    pub(super) there: Option<(String, Secret)>,
}

/// The routes that the configuration describes; `secrets` are those that sign for other boathooks.
pub(super) fn routes(config: &Config, secrets: &[LoadedSecret]) -> Vec<Route> {
    let enabled = config.environments.iter().filter(|(_, settings)| settings.enabled);
    let promoting = enabled.filter_map(|(from, settings)| {
        Some((*from, settings.promotion.as_ref().filter(|next| next.when != When::Never)?))
    });
    let route = |(from, promotion): (Environment, &PromotionConfig)| {
        let secret = secrets.iter().find(|secret| secret.key.environment == from);
        let there = promotion.url.clone().zip(secret.map(|loaded| loaded.secret.clone()));
        Route { from, to: promotion.to, there }
    };
    promoting.map(route).collect()
}
