//! `rollback`: an operator wants back what served before, and gets that very revision, or its image
//! and template from the record.

use boathook_testing::{
    delivery::{Delivery, body_with},
    samples,
};
use expect_test::expect;

use crate::support::listening::{Listening, shell};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rollback_says_what_it_goes_back_to_and_asks_where_that_is_not_clear() {
    let listening = Listening::start();
    let harness = &listening.harness;
    let run = async |more: &str| {
        shell(&format!("boathook rollback {more} --socket {}", listening.socket.display()), &[])
            .await
            .transcript()
    };
    let mut all = vec![run("game").await];
    let digest = |letter: &str| {
        samples::image(&format!("registry.example/game@sha256:{}", letter.repeat(64)))
    };
    for (external_id, revision, letter) in [("1", "game-00001", "a"), ("2", "game-00002", "b")] {
        let id = harness
            .accept(Delivery::of(&body_with(
                serde_json::json!({"timestamp": null, "deployment_id": external_id}),
            )))
            .await
            .id;
        if external_id == "2" {
            all.push(run("game").await);
        }
        harness.play(&id, samples::success("game", revision, &digest(letter))).await;
    }
    all.push(
        run("game --note 'login broken'").await.replace(harness.newest().await.id.as_str(), "ID"),
    );
    all.push(run("game --to 3").await);
    samples::accept(&harness.journal, "game", "1").await;
    all.push(run("game").await);
    expect![[r#"
        exit 2
        --- stdout
        --- stderr
        error: there is no record of a service game there; boathook list shows what was deployed where
        exit 2
        --- stdout
        --- stderr
        error: nothing is known from before game-00001 of game/game in development; name a deployment with --to
        exit 0
        --- stdout
        accepted as ID: game/game in development rolls back to game-00001, registry.example/game@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
        held: game/game in development takes no promotions until `boathook release game --environment development`
        withdrawn: sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb does not count as proven
        follow it: boathook show ID --follow
        --- stderr

        exit 2
        --- stdout
        --- stderr
        error: there is no deployment `3`; boathook list shows those that are known
        exit 2
        --- stdout
        --- stderr
        error: more than one service is called game: game/game in development, game/game in staging; name one with --environment and --namespace"#]].assert_eq(&all.join("\n"));
    listening.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rollback_says_that_the_image_is_the_same_where_only_the_manifest_differs() {
    let listening = Listening::start();
    let harness = &listening.harness;
    let image = samples::image(&format!("registry.example/game@sha256:{}", "a".repeat(64)));
    for (external_id, revision) in [("1", "game-00001"), ("2", "game-00002")] {
        let body = body_with(serde_json::json!({"timestamp": null, "deployment_id": external_id}));
        let id = harness.accept(Delivery::of(&body)).await.id;
        harness.play(&id, samples::success("game", revision, &image)).await;
    }
    let line = format!("boathook rollback game --socket {}", listening.socket.display());
    let said = shell(&line, &[]).await.transcript();
    let same = format!(
        "rolls back to game-00001, {image}: the same image as game-00002, which serves now; only \
         the manifest may differ"
    );
    assert!(said.contains(&same), "{said}");
    listening.stop().await;
}
