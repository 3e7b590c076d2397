//! Deployments are reported to GitHub as the current settings say: if a reload changes them, the reporter
//! goes on from its position.

use std::sync::Arc;

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::{
    github::GitHub,
    observers::github::{Reporter, Reporting},
    startup::{
        KeptGitHub,
        snapshot::{Snapshot, changed},
    },
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
            () = changed(&mut now, |other| {
                other.github != snapshot.github || other.reporting != snapshot.reporting
            }) => reporter.restart(),
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
