//! Where each environment's successes are promoted to.

use boathook_core::deployment::Environment;

use crate::config::{Config, PromotionConfig, PromotionSecret, Secret};

/// Where an environment's successes are promoted to.
#[derive(Clone)]
pub(super) struct Route {
    pub(super) from: Environment,
    pub(super) to: Environment,
    /// Another boathook and what signs for it; none if this one serves it.
    pub(super) there: Option<(String, Secret)>,
}

/// The routes that the configuration describes; `secrets` are those that sign for other boathooks.
pub(super) fn routes(config: &Config, secrets: &[PromotionSecret]) -> Vec<Route> {
    let enabled = config.environments.iter().filter(|(_, settings)| settings.enabled);
    let promoting = enabled.flat_map(|(from, settings)| {
        settings.promotion.iter().filter(|next| next.happens()).map(|next| (*from, next))
    });
    let route = |(from, promotion): (Environment, &PromotionConfig)| {
        let is_its = |secret: &&PromotionSecret| (secret.from, secret.to) == (from, promotion.to);
        let secret = secrets.iter().find(is_its).map(|found| found.secret.clone());
        let there = promotion.url.clone().zip(secret);
        Route { from, to: promotion.to, there }
    };
    promoting.map(route).collect()
}
