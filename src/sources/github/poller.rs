//! Asks for the deployments of all repositories, each in a task of its own.

use std::time::Duration;

use futures_util::future::join_all;

use crate::{
    github::GitHub,
    intake::takers::Watched,
    sources::github::{GitHubSource, repository_poller::RepositoryPoller},
};

/// Asks for the deployments of some repositories.
pub struct Poller {
    pub source: GitHubSource,
    pub github: GitHub,
    pub repositories: Vec<Watched>,
    /// From one look at a repository to the next.
    pub interval: Duration,
    /// How old a deployment may be where nothing was read before.
    pub window: Duration,
}

impl Poller {
    /// Asks until it is dropped. Whatever it was doing then is done again by the next one.
    pub async fn run(self) {
        let Self { source, github, repositories, interval, window } = self;
        let pollers = repositories.into_iter().map(|watched| {
            let source = source.clone();
            RepositoryPoller::new(source, github.clone(), watched, interval, window).run()
        });
        join_all(pollers).await;
        // Without any repository there is nothing to do, and no end.
        std::future::pending().await
    }
}
