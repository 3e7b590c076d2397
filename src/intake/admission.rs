//! All that decides whether a request becomes a deployment, in one place.

use std::time::Duration;

use boathook_core::{
    clock::Clock,
    deployment::{Environment, Environments},
};

use crate::{
    artifacts::Artifacts,
    bundles::{BundleLimits, SecretBundles},
    config::{Config, LoadedSecret, Network},
    identity::Issuers,
    intake::{Keyring, Policy, Refusal, takers::Watched},
    journal::Journal,
    redact::Redactor,
    sealing::Opener,
};

/// Everything that decides whether a request becomes a deployment.
pub struct Admission {
    pub keyring: Keyring,
    /// What opens sealed bodies.
    pub opener: Opener,
    /// Whose tokens prove who sends a request.
    pub issuers: Issuers,
    /// What each environment accepts, in the order of promotion; an environment without a policy
    /// is unknown.
    pub policies: Vec<Policy>,
    /// The repositories on GitHub whose deployments are taken.
    pub watched: Vec<Watched>,
    /// The maximum difference of a timestamp, either way.
    pub window: Duration,
    /// Proxies that are believed about who sent a request.
    pub trusted_proxies: Vec<Network>,
    /// Deployments that may wait.
    pub queue_limit: usize,
    /// How much the manifests of a request may hold.
    pub bundles: BundleLimits,
    /// What fetches those that a request names in a registry.
    pub artifacts: Artifacts,
    /// Where those of them are kept that hold Secrets.
    pub secret_bundles: SecretBundles,
    /// Removes secrets from unknown fields of requests.
    pub redactor: Redactor,
    /// Where accepted requests are recorded.
    pub journal: Journal,
    /// The clock.
    pub clock: Clock,
}

/// What an admission uses beside what the config says.
pub struct AdmissionParts<'a> {
    pub secrets: &'a [LoadedSecret],
    pub opener: Opener,
    pub issuers: Issuers,
    pub redactor: Redactor,
    pub journal: Journal,
    pub clock: Clock,
}

impl Admission {
    /// The admission that the config describes.
    #[must_use]
    pub fn new(config: &Config, parts: AdmissionParts<'_>) -> Self {
        let AdmissionParts { secrets, opener, issuers, redactor, journal, clock } = parts;
        Self {
            keyring: Keyring::of(secrets),
            opener,
            issuers,
            policies: config
                .in_order()
                .into_iter()
                .map(|(environment, settings)| Policy::of(environment, settings))
                .collect(),
            watched: Watched::of(config),
            window: config.replay.window,
            trusted_proxies: config.server.trusted_proxies.clone(),
            queue_limit: config.scheduler.queued,
            bundles: config.bundles,
            artifacts: Artifacts::over_http(config.artifacts.clone()),
            secret_bundles: SecretBundles::in_state(&config.state.directory),
            redactor,
            journal,
            clock,
        }
    }

    /// The environments that accept requests.
    #[must_use]
    pub fn environments(&self) -> Environments {
        Policy::environments(&self.policies)
    }

    pub(super) fn policy(&self, environment: Environment) -> Result<&Policy, Refusal> {
        let what = "it has no config".to_owned();
        self.policies
            .iter()
            .find(|policy| policy.environment == environment)
            .ok_or(Refusal::NotAllowed { environment, what })
    }
}
