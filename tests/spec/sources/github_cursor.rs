//! boathook dies after it has accepted a deployment from GitHub, and before it has kept how far it
//! has read.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use boathook::{
    intake::takers::Watched,
    journal::{Journal, Store, StoreError},
    observers::{audit::Refusals, metrics::GitHubPolls},
    sources::github::{GitHubSource, Poller},
};
use boathook_core::{clock::Clock, current::Current, deployment::sign};
use boathook_testing::{
    delivery::{DEVELOPMENT, NOW, body_with},
    github::FakeGitHub,
    harness::Harness,
    setup::Setup,
    state_dir::StateDir,
    tapped_store::TappedStore,
};
use serde_json::json;
use tokio::time::timeout;

const SOURCE: &str = "github:acme/game";

/// A boathook on this store asks GitHub for a minute, and is gone.
async fn lives(store: Arc<dyn Store>, github: &FakeGitHub, clock: &Clock) -> Journal {
    let journal = Journal::open(store, clock.clone()).unwrap();
    let harness = Harness::with(|admission| admission.journal = journal.clone());
    let public = Arc::new(harness.public.clone());
    let source = GitHubSource {
        journal: journal.clone(),
        clock: clock.clone(),
        admission: Current::part_of(tokio::sync::watch::channel(public).1, |public| {
            &public.admission
        }),
        refusals: Refusals::channel().0,
        polls: GitHubPolls::default(),
    };
    let config = Setup::new()
        .variable("BOATHOOK__SOURCES__GITHUB__TOKEN", "{env: GITHUB_TOKEN}")
        .file("development.yaml", "github: {repositories: [acme/game]}")
        .config();
    let poller = Poller {
        source,
        github: github.client(),
        repositories: Watched::of(&config),
        interval: Duration::from_secs(10),
        window: Duration::from_secs(300),
    };
    let _ = timeout(Duration::from_secs(60), poller.run()).await;
    journal
}

#[tokio::test(start_paused = true)]
async fn a_kill_between_the_acceptance_and_the_cursor_takes_the_deployment_once() {
    let clock = Clock::following_tokio(NOW.parse().unwrap());
    let github = FakeGitHub::new(clock.clone());
    github.repository("acme/game");
    let body = body_with(json!({"timestamp": NOW})).to_string();
    let signature = sign(DEVELOPMENT, body.as_bytes());
    let payload = json!({"boathook": {"body": body, "signature": signature}});
    let deployment = github.deploy(
        "acme/game",
        "ada",
        json!({"ref": "main", "environment": "development", "payload": payload}),
    );
    let dir = StateDir::new();
    let kept_from_disk = Arc::new(AtomicU64::new(0));
    {
        let counted = Arc::clone(&kept_from_disk);
        let store = TappedStore::new(dir.try_store().unwrap(), move |batch| {
            if batch.cursors.values().any(|position| *position >= Some(deployment)) {
                counted.fetch_add(1, Ordering::SeqCst);
                return Err(StoreError::ReadOnly { path: "the journal".into() });
            }
            Ok(())
        });
        let journal = lives(Arc::new(store), &github, &clock).await;
        assert!(journal.source_cursor(SOURCE).await.unwrap() < Some(deployment));
        assert_eq!(journal.live().len(), 1, "it is accepted");
    }
    assert!(kept_from_disk.load(Ordering::SeqCst) > 0);
    let journal = lives(dir.store(), &github, &clock).await;
    assert_eq!(journal.source_cursor(SOURCE).await.unwrap(), Some(deployment));
    assert_eq!(journal.live().len(), 1);
}
