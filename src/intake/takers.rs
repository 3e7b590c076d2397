//! Which environments take the deployments that GitHub reports of a repository.

use std::collections::BTreeMap;

use boathook_core::deployment::{Environment, Repository};

use crate::config::{Config, GitHubEnvironment};

/// What the names of all repositories in the journal begin with.
pub(crate) const SOURCES: &str = "github:";

/// A repository, and the environments that take its deployments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Watched {
    pub repository: Repository,
    pub takers: Vec<Taker>,
    /// Bytes of the longest request that is taken.
    pub body_max: usize,
}

/// An environment that takes deployments of a repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taker {
    pub environment: Environment,
    pub aliases: Vec<Environment>,
    pub settings: GitHubEnvironment,
}

impl Watched {
    /// Each repository once, with all the enabled environments that name it.
    #[must_use]
    pub fn of(config: &Config) -> Vec<Self> {
        let mut all: BTreeMap<String, Self> = BTreeMap::new();
        for (environment, settings) in config.in_order() {
            if !settings.enabled {
                continue;
            }
            let taker = Taker {
                environment,
                aliases: settings.aliases.clone(),
                settings: settings.github.clone(),
            };
            for repository in &settings.github.repositories {
                let new = || Self {
                    repository: repository.clone(),
                    takers: Vec::new(),
                    body_max: config.server.max_body_bytes,
                };
                let key = repository.as_str().to_ascii_lowercase();
                all.entry(key).or_insert_with(new).takers.push(taker.clone());
            }
        }
        all.into_values().collect()
    }

    /// The environment for which GitHub's environment of that name is.
    pub(crate) fn taker(&self, named: &str) -> Option<&Taker> {
        self.takers.iter().find(|Taker { environment, aliases, settings }| {
            settings.takes(*environment, aliases, &self.repository, named)
        })
    }

    /// The environments that take its deployments, for a sentence.
    pub(crate) fn names_of_takers(&self) -> String {
        let names = self.takers.iter().map(|taker| taker.environment.name());
        names.collect::<Vec<_>>().join(", ")
    }

    /// Its name in the journal.
    pub(crate) fn source(&self) -> String {
        format!("{SOURCES}{}", self.repository.as_str().to_ascii_lowercase())
    }
}
