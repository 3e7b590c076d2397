//! Deployments are reported to GitHub as the current settings say: if a reload changes them, the reporter
//! goes on from its position.

use std::sync::Arc;

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::{
    github::GitHub,
    observers::github::{Reporter, Reporting},
    startup::{KeptGitHub, github_settings::GitHubSettings, snapshot::Snapshot},
};

/// Reports to GitHub until it is stopped.
pub(super) async fn run(
    mut reporter: Reporter,
    kept: KeptGitHub,
    mut now: watch::Receiver<Arc<Snapshot>>,
    stop: CancellationToken,
) {
    loop {
        let snapshot = Arc::clone(&now.borrow_and_update());
        let github = kept.client(&snapshot.github);
        let reporting = github.zip(snapshot.reporting.clone());
        tokio::select! {
            () = stop.cancelled() => return,
            () = report(&reporter, reporting) => {}
            () = others(&mut now, &snapshot.github, &snapshot.reporting) => reporter.restart(),
        }
    }
}

/// Does not return.
async fn report(reporter: &Reporter, reporting: Option<(GitHub, Reporting)>) {
    match reporting {
        Some((github, reporting)) => match reporter.report(&github, &reporting).await {},
        None => {
            reporter.forget().await;
            std::future::pending().await
        }
    }
}

/// Returns when the settings changed.
async fn others(
    now: &mut watch::Receiver<Arc<Snapshot>>,
    github: &Arc<GitHubSettings>,
    reporting: &Option<Reporting>,
) {
    let changed =
        |snapshot: &Arc<Snapshot>| snapshot.github != *github || snapshot.reporting != *reporting;
    if now.wait_for(changed).await.is_err() {
        // They cannot change any more.
        std::future::pending().await
    }
}
