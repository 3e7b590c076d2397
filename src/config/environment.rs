//! Settings of one environment.

use std::{collections::BTreeMap, path::PathBuf, time::Duration};

use boathook_core::{
    deploy_windows::DeployWindows,
    deployment::{Environment, Strategy},
    duration_text,
    fault::Fault,
    health::Rules,
    proof::Requirement,
    record::{Approvers, KeepsOut},
    rollout::{JobName, RestoreRule, Timeouts, UrlSettings, WatchRule},
};
use serde::Deserialize;

use crate::{
    bundles::AcceptedManifests,
    config::{
        Allow, GitHubEnvironment, IdentityRule, OverrideBy, PromotionConfig, SecretConfig,
        ServiceSelector, Waves, identity_rule, package_rule, promotion,
    },
    plan::{Pull, Traffic, Waits},
};

/// Settings of one environment.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EnvironmentConfig {
    /// Whether requests for this environment are accepted.
    pub enabled: bool,
    /// Other names that requests and operators may use for it.
    pub aliases: Vec<Environment>,
    /// The secrets that sign requests for this environment; several at once while one is being
    /// replaced.
    pub secrets: Vec<SecretConfig>,
    /// The identities that requests need, by their tokens; none if the secrets suffice.
    pub identity: Vec<IdentityRule>,
    /// The folder of the manifests; a relative one is looked for in the working directory.
    pub manifests: PathBuf,
    /// The container that gets the image; where none is named, the one with `ports`.
    pub container: Option<String>,
    /// The other containers of the manifests that get it; where none are named, all of the same
    /// repository.
    pub containers: Option<Vec<String>>,
    pub strategy: StrategyConfig,
    /// Why new requests are refused for now; none if they are accepted.
    pub frozen: Option<String>,
    /// What happens to a running deployment when a newer request for its service comes.
    pub on_newer_request: OnNewerRequest,
    /// The stages of each strategy.
    pub traffic: Traffic,
    /// What may be deployed; what is not allowed is refused.
    pub allow: Allow,
    /// What a request must carry.
    pub require: Require,
    /// When deployments may begin.
    pub windows: DeployWindows,
    /// Who may let deployments past closed windows.
    pub override_by: OverrideBy,
    /// Which deployments need an approval.
    pub approval: Approval,
    /// The Jobs of the manifests that must succeed before the service is changed.
    pub before: Vec<JobName>,
    /// Those that must succeed before the candidate gets traffic.
    pub after: Vec<JobName>,
    /// What a rollback does with the objects beside the service.
    pub rollback: RestoreRule,
    /// What an operator's rollback keeps out of the service until it is released.
    pub rollback_hold: KeepsOut,
    /// The promotions of a success to the next environments.
    #[serde(deserialize_with = "promotion::one_or_many")]
    pub promotion: Vec<PromotionConfig>,
    /// How long a success is watched, and what a bad verdict means; none if it is not watched.
    pub watch: Option<WatchRule>,
    /// The order in which they are sent.
    pub waves: Waves,
    /// How images reach the node.
    pub pull: Pull,
    /// How long each command may run.
    pub timeouts: Timeouts,
    /// How long the cluster may take.
    pub waits: Waits,
    /// What counts as healthy.
    pub health: Rules,
    /// The address of the services.
    pub url: UrlSettings,
    /// What it has to do with GitHub.
    pub github: GitHubEnvironment,
    /// The services that have settings of their own: each with all that holds for it.
    pub services: BTreeMap<ServiceSelector, Self>,
}

/// The strategies of an environment.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StrategyConfig {
    /// The default, if the sender names none.
    pub default: Strategy,
    /// What a sender may name.
    pub allowed: Vec<Strategy>,
}

/// What a newer request does while a deployment of the same service is under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OnNewerRequest {
    /// It waits until that one ends.
    Wait,
    /// That one is aborted and rolls back; then the newer one begins.
    Replace,
}

impl EnvironmentConfig {
    /// Whether it needs no folder of manifests, and has none.
    #[must_use]
    pub(crate) fn has_bundles_alone(&self) -> bool {
        self.allow.manifests == AcceptedManifests::Request && !self.manifests.is_dir()
    }

    /// What cannot be used, of all but single services, and of what depends on other environments.
    pub(super) fn faults(&self) -> Vec<Fault> {
        let Self {
            enabled: _,
            aliases: _,
            secrets: _,
            identity,
            manifests,
            container: _,
            containers: _,
            strategy,
            frozen,
            on_newer_request: _,
            traffic,
            allow,
            require,
            windows,
            override_by,
            approval,
            before,
            after,
            rollback: _,
            rollback_hold: _,
            promotion: _,
            watch: _,
            waves: _,
            pull,
            timeouts: _,
            waits: _,
            health,
            url,
            github,
            services: _,
        } = self;
        let mut faults = Fault::of([
            (!manifests.as_os_str().is_empty(), "manifests", "must name a folder"),
            (
                frozen.as_ref().is_none_or(|reason| !reason.trim().is_empty()),
                "frozen",
                "must say why, for those who are refused; without the key it is not frozen",
            ),
            (
                require.proven.is_none() || pull.enabled || !allow.tags,
                "require.proven",
                "needs `pull.enabled`, which tells a tag's digest before anything is changed, or `allow.tags: false`",
            ),
            (
                strategy.allowed.contains(&strategy.default),
                "strategy.allowed",
                "must hold the default strategy",
            ),
        ]);
        faults.extend(identity_rule::faults(identity));
        faults.extend(Fault::inside("allow", allow.faults()));
        let proven = require.proven.iter().flat_map(Requirement::faults).collect();
        faults.extend(Fault::inside("require.proven", proven));
        faults.extend(Fault::inside("windows", windows.faults()));
        faults.extend(Fault::inside("override_by", override_by.faults()));
        faults.extend(Fault::inside("approval.approvers", approval.approvers.faults()));
        faults.extend(Fault::inside("pull", pull.faults()));
        faults.extend(Fault::inside("url", url.faults()));
        faults.extend(Fault::inside("traffic", traffic.faults(&strategy.allowed)));
        faults.extend(Fault::inside("github", github.faults()));
        faults.extend(self.faults_of_packages());
        faults.extend(Fault::inside("health", health.faults()));
        faults.extend(named_twice(before, after));
        faults
    }

    /// What cannot be used of the packages on GitHub, and what would refuse each of them.
    fn faults_of_packages(&self) -> Vec<Fault> {
        let Self { identity, allow, require, github, .. } = self;
        let of_packages = package_rule::faults(&github.packages, allow);
        let mut faults: Vec<Fault> = Fault::inside("github", of_packages).collect();
        faults.extend(Fault::of([
            (
                github.packages.is_empty() || identity.is_empty(),
                "github.packages",
                "deploys nothing where `identity` asks for a token: GitHub's webhooks carry none; remove one of the two",
            ),
            (
                github.packages.is_empty() || require.confirmation.is_none(),
                "github.packages",
                "deploys nothing where `require.confirmation` asks for a word: a package carries none; remove one of the two",
            ),
        ]));
        faults
    }
}

/// A Job runs once in a deployment.
fn named_twice(before: &[JobName], after: &[JobName]) -> Option<Fault> {
    let all: Vec<&JobName> = before.iter().chain(after).collect();
    let twice = (1..all.len()).find(|index| all[..*index].contains(&all[*index]))?;
    let key = if twice < before.len() { "before" } else { "after" };
    Some(Fault::new(key, format!("names {} again, which runs once", all[twice])))
}

/// What a request must carry.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Require {
    /// A timestamp within the replay window.
    pub timestamp: bool,
    /// A name for the deployment.
    pub deployment_id: bool,
    /// This exact text in `confirmation`, except for a promotion.
    pub confirmation: Option<String>,
    /// A proven image; none if any image is accepted.
    pub proven: Option<Requirement>,
}

/// Which deployments wait for an operator's approval, and for how long.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Approval {
    /// Which deployments; those whose request asks for an approval always wait.
    pub required: Approve,
    /// Whose approvals they need, and how many.
    pub approvers: Approvers,
    /// A deployment is rejected after this time without an answer.
    #[serde(deserialize_with = "duration_text::positive")]
    pub expires: Duration,
}

/// Which deployments wait for an operator's approval.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Approve {
    /// None.
    Never,
    Always,
    /// Promotions.
    Promotions,
}

impl Approve {
    /// Which deployments it means; none if it means none.
    #[must_use]
    pub const fn of_which(self) -> Option<&'static str> {
        match self {
            Self::Never => None,
            Self::Always => Some("everything"),
            Self::Promotions => Some("promotions"),
        }
    }
}
