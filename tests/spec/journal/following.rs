//! Following a deployment: every record once, in order, to the end.

use std::time::Duration;

use boathook_core::{
    deployment::DeploymentId,
    record::{DeploymentEvent, Event, Outcome, Record},
};
use boathook_testing::{
    samples::{accept, append_all, command_started, ended, image, step_failed, success},
    state_dir::StateDir,
};
use futures_util::StreamExt;
use tokio::time::timeout;

#[tokio::test]
async fn a_follower_gets_each_record_once_and_then_the_end() {
    let dir = StateDir::new();
    let journal = dir.journal();
    let id = accept(&journal, "game", "1").await;
    accept(&journal, "other", "1").await;
    let mut events = success("game", "game-00002", &image("game:1"));
    let rest = events.split_off(3);
    append_all(&journal, &id, events).await;

    let follower = tokio::spawn(
        journal.follow_deployment(&id, 1).map(Result::unwrap).collect::<Vec<Record>>(),
    );
    append_all(&journal, &id, rest).await;

    let followed =
        timeout(Duration::from_secs(10), follower).await.expect("the follower saw no end").unwrap();
    assert_eq!(followed, journal.records(&id, 1).await.unwrap());
    assert_eq!(followed.last().unwrap().event, ended(Outcome::Succeeded));
}

#[tokio::test]
async fn a_follower_who_falls_far_behind_reads_what_it_missed() {
    let dir = StateDir::new();
    let journal = dir.journal();
    let id = accept(&journal, "game", "1").await;
    let mut following = Box::pin(journal.follow_deployment(&id, 0));
    assert_eq!(following.next().await.unwrap().unwrap().sequence, 1);

    journal.append(&id, Event::Deployment(DeploymentEvent::Started)).await.unwrap();
    append_all(&journal, &id, (1..1000).map(command_started).collect()).await;
    append_all(&journal, &id, vec![step_failed("no"), ended(Outcome::Failed)]).await;

    let rest =
        timeout(Duration::from_secs(10), following.map(Result::unwrap).collect::<Vec<Record>>())
            .await
            .expect("no end was seen");
    assert_eq!(
        rest.iter().map(|record| record.sequence).collect::<Vec<u64>>(),
        (2..=1003).collect::<Vec<u64>>()
    );
}

#[tokio::test]
async fn following_what_has_ended_or_never_was_comes_to_an_end() {
    let dir = StateDir::new();
    let journal = dir.journal();
    let id = accept(&journal, "game", "1").await;
    append_all(&journal, &id, success("game", "game-00002", &image("game:1"))).await;

    for (id, after, expected) in [
        (&id, 0, 11),
        (&id, 10, 1),
        (&id, 11, 0),
        (&id, u64::MAX, 0),
        (&DeploymentId::from_lookup("nobody"), 0, 0),
    ] {
        let records =
            timeout(Duration::from_secs(10), journal.follow_deployment(id, after).count())
                .await
                .expect("no end was seen");
        assert_eq!(records, expected);
    }
}
