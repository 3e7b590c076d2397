//! What an environment has to do with GitHub.

use boathook_core::{
    deployment::{Environment, Namespace, Repository, ServiceName},
    fault::Fault,
};
use serde::Deserialize;

use crate::config::{PackageRule, Pattern};

/// What an environment has to do with GitHub: nothing, if it names no repository and no package.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GitHubEnvironment {
    /// The repositories whose deployments are taken.
    pub repositories: Vec<Repository>,
    /// GitHub's name of the environment; the environment's own if there is none.
    pub environment: Option<String>,
    /// Which deployments are believed.
    pub trust: Trust,
    /// What an unsigned deployment deploys, and which ones are taken.
    pub unsigned: Unsigned,
    /// The container packages that are deployed when GitHub says that they were published.
    pub packages: Vec<PackageRule>,
    /// Whether GitHub is told what became of deployments.
    pub statuses: bool,
    /// Whether it is given the link to a deployment's page, with which anyone can read it.
    pub log_url: bool,
}

/// Which deployments on GitHub are believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Trust {
    /// Those that carry a request which a secret of the environment signed.
    Signed,
    /// Unsigned ones too: everyone who may write deployments on GitHub is believed.
    GitHub,
}

/// What an unsigned deployment deploys, and which ones are taken. Empty lists take nothing.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Unsigned {
    /// The image, with `{repository}` and `{sha}` in it.
    pub image: Option<String>,
    pub namespace: Option<Namespace>,
    pub service: Option<ServiceName>,
    /// The branches and tags that may be deployed, as the deployment names them.
    pub refs: Vec<Pattern>,
    /// The users of GitHub who may create one.
    pub creators: Vec<Pattern>,
    /// The tasks that deploy.
    pub tasks: Vec<Pattern>,
}

impl GitHubEnvironment {
    /// Whether a deployment of this repository and environment on GitHub is for `own`, which has
    /// these aliases. The case of a name means nothing to GitHub.
    #[must_use]
    pub fn takes(
        &self,
        own: Environment,
        aliases: &[Environment],
        repository: &Repository,
        named: &str,
    ) -> bool {
        let mut names = self.names(&own, aliases);
        names.any(|name| name.eq_ignore_ascii_case(named))
            && self.repositories.iter().any(|one| one.is(repository))
    }

    /// Every repository that it names, once: those of its packages too.
    #[must_use]
    pub fn named(&self) -> Vec<Repository> {
        let mut named = self.repositories.clone();
        for PackageRule { repository, .. } in &self.packages {
            if !named.iter().any(|one| one.is(repository)) {
                named.push(repository.clone());
            }
        }
        named
    }

    /// What the environment is called on GitHub.
    pub(super) fn names<'a>(
        &'a self,
        own: &'a Environment,
        aliases: &'a [Environment],
    ) -> impl Iterator<Item = &'a str> {
        let named = self.environment.as_deref();
        let own = std::iter::once(own).chain(aliases).map(Environment::name);
        named.into_iter().chain(own.filter(move |_| named.is_none()))
    }

    pub(super) fn faults(&self) -> Vec<Fault> {
        let Self {
            repositories,
            environment,
            trust,
            unsigned,
            packages: _,
            statuses: _,
            log_url: _,
        } = self;
        let is_twice = |(index, one): (usize, &Repository)| {
            repositories[..index].iter().any(|other| other.is(one))
        };
        let mut faults = Fault::of([
            (
                !repositories.iter().enumerate().any(is_twice),
                "repositories",
                "names a repository twice",
            ),
            (
                environment.as_ref().is_none_or(|name| !name.trim().is_empty()),
                "environment",
                "must be GitHub's name of the environment; without the key it is this one's",
            ),
        ]);
        if *trust == Trust::GitHub {
            faults.extend(Fault::inside("unsigned", unsigned.faults()));
        }
        faults
    }
}

impl Unsigned {
    fn faults(&self) -> Vec<Fault> {
        let Self { image, namespace, service, refs, creators, tasks } = self;
        let needed = "is needed with `trust: github`";
        Fault::of([
            (
                image.as_ref().is_some_and(|image| image.contains("{sha}")),
                "image",
                "must be an image with {sha} in it, such as \"ghcr.io/{repository}:{sha}\"",
            ),
            (namespace.is_some(), "namespace", needed),
            (service.is_some(), "service", needed),
            (!refs.is_empty(), "refs", "must name the branches and tags, such as [main]"),
            (!creators.is_empty(), "creators", "must name users of GitHub; [\"*\"] is anyone"),
            (!tasks.is_empty(), "tasks", "must name the tasks that deploy, such as [deploy]"),
        ])
    }
}
