//! Deployments on GitHub are asked for as the current settings say: if a reload changes them, asking
//! begins anew from the journal.

use std::sync::Arc;

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::{
    intake::takers::{SOURCES, Watched},
    sources::{
        forget_others,
        github::{GitHubSource, Poller},
    },
    startup::{
        KeptGitHub,
        github_settings::GitHubSettings,
        snapshot::{Snapshot, changed},
    },
};

/// Asks until it is stopped.
pub(super) async fn run(
    source: GitHubSource,
    kept: KeptGitHub,
    mut now: watch::Receiver<Arc<Snapshot>>,
    stop: CancellationToken,
) {
    loop {
        let settings = Arc::clone(&now.borrow_and_update().github);
        let polling = async {
            match kept.client(&settings) {
                Some(github) => {
                    watch(&source, &settings.repositories);
                    let kept: Vec<_> = settings.repositories.iter().map(Watched::source).collect();
                    forget_others(&source.journal, SOURCES, &kept).await;
                    let GitHubSettings { interval, window, repositories, .. } =
                        GitHubSettings::clone(&settings);
                    let source = source.clone();
                    Poller { source, github, repositories, interval, window }.run().await
                }
                None => {
                    watch(&source, &[]);
                    forget_others(&source.journal, SOURCES, &[]).await;
                    std::future::pending().await
                }
            }
        };
        tokio::select! {
            () = stop.cancelled() => return,
            () = polling => {}
            () = changed(&mut now, |snapshot| snapshot.github != settings) => {}
        }
    }
}

fn watch(source: &GitHubSource, repositories: &[Watched]) {
    let names: Vec<_> = repositories.iter().map(|one| one.repository.as_str()).collect();
    source.polls.watch(&names);
}
