//! Which environments deploy published packages, and which rule is for one.

use boathook_core::deployment::{Environment, ImageRef, Key, Repository};

use crate::config::{Config, EnvironmentConfig, PackageRule};

/// An environment that deploys packages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackageTaker {
    pub environment: Environment,
    pub rules: Vec<PackageRule>,
}

impl PackageTaker {
    /// The enabled environments that have rules, in the order of promotion.
    #[must_use]
    pub fn of(config: &Config) -> Vec<Self> {
        let enabled = config
            .in_order()
            .into_iter()
            .filter(|(_, settings)| settings.enabled && !settings.github.packages.is_empty());
        let taker = |(environment, settings): (_, &EnvironmentConfig)| Self {
            environment,
            rules: settings.github.packages.clone(),
        };
        enabled.map(taker).collect()
    }

    /// The first rule for a package, of the first environment whose secret signed.
    pub(in crate::intake) fn rule<'a>(
        takers: &'a [Self],
        signers: &[Key],
        image: &ImageRef,
        repository: &Repository,
        tag: &str,
    ) -> Option<(Environment, &'a PackageRule)> {
        let signed = |taker: &&Self| signers.iter().any(|key| key.environment == taker.environment);
        takers.iter().filter(signed).find_map(|taker| {
            let rule = taker.rules.iter().find(|rule| rule.takes(image, repository, tag))?;
            Some((taker.environment, rule))
        })
    }
}
