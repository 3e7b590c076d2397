//! Where each environment's successes are promoted to, and on which terms.

use boathook_core::deployment::Environment;

use crate::{
    config::{Config, EnvironmentConfig, PromotionConfig, PromotionSecret, Secret},
    observers::promotion::Terms,
};

/// Where an environment's successes are promoted to.
#[derive(Clone)]
pub(super) struct Route {
    pub(super) from: Environment,
    pub(super) to: Environment,
    pub(super) terms: Terms,
    /// Another boathook and what signs for it; none if this one serves it.
    pub(super) there: Option<(String, Secret)>,
}

/// The routes that the configuration describes; `secrets` are those that sign for other boathooks.
pub(super) fn routes(config: &Config, secrets: &[PromotionSecret]) -> Vec<Route> {
    let enabled = config.environments.iter().filter(|(_, settings)| settings.enabled);
    let promoting = enabled.flat_map(|(from, settings)| {
        let happening = settings.promotion.iter().filter(|next| next.happens());
        happening.map(move |next| (*from, settings, next))
    });
    let route =
        |(from, settings, promotion): (Environment, &EnvironmentConfig, &PromotionConfig)| {
            let to = promotion.to;
            let is_its = |secret: &&PromotionSecret| (secret.from, secret.to) == (from, to);
            let secret = secrets.iter().find(is_its).map(|found| found.secret.clone());
            let there = promotion.url.clone().zip(secret);
            let terms = Terms { soak: promotion.soak, after: settings.waves.before(to) };
            Route { from, to, terms, there }
        };
    promoting.map(route).collect()
}
