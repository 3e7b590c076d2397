//! What the configuration says of telling GitHub.

use std::collections::BTreeMap;

use boathook_core::deployment::{Environment, Repository};

use crate::config::Config;

/// Which environments report to GitHub, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reporting {
    pub(super) environments: BTreeMap<Environment, ReportingEnvironment>,
    /// What status links begin with; none if no listener answers at them.
    pub(super) public_url: Option<String>,
}

/// An environment whose deployments are reported to GitHub.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ReportingEnvironment {
    /// The only ones that are reported to GitHub.
    pub(super) repositories: Vec<Repository>,
    /// That of requests which name none; none if there are several.
    pub(super) only: Option<Repository>,
    /// GitHub's name of the environment.
    pub(super) name: String,
    /// Whether GitHub gets the link to a deployment's page, with which anyone can read it.
    pub(super) log_url: bool,
}

impl Reporting {
    /// None where no environment reports.
    #[must_use]
    pub fn new(config: &Config) -> Option<Self> {
        let enabled = config.environments.iter().filter(|(_, settings)| {
            settings.enabled && settings.github.statuses && !settings.github.named().is_empty()
        });
        let reporting = enabled.map(|(environment, settings)| {
            let github = &settings.github;
            let name = github.environment.as_deref().unwrap_or(environment.name());
            let repositories = github.named();
            // A package has its own.
            let usual =
                if github.repositories.is_empty() { &repositories } else { &github.repositories };
            let only = if let [only] = usual.as_slice() { Some(only.clone()) } else { None };
            let reporting = ReportingEnvironment {
                repositories,
                only,
                name: name.to_owned(),
                log_url: github.log_url,
            };
            (*environment, reporting)
        });
        let environments: BTreeMap<_, _> = reporting.collect();
        let public_url = config.server.listen.map(|_| config.server.public_url.clone());
        (!environments.is_empty()).then_some(Self { environments, public_url })
    }
}
