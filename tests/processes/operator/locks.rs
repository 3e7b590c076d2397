//! Locks: new requests for an environment or one service are refused; everything else continues.

use boathook_core::{
    deployment::{Actor, Environment},
    record::Place,
};
use boathook_testing::{
    samples,
    shipped::{self, Shipped as _},
};
use expect_test::expect;

use crate::support::listening::{Listening, shell};

async fn run(listening: &Listening, line: &str) -> String {
    let result = shell(&format!("boathook {line} --socket {}", listening.socket.display()), &[])
        .await
        .transcript();
    let user = shell("id -un", &[]).await.stdout.trim().to_owned();
    let is_time = |text: &str| text.len() == 23 && text.ends_with(" UTC");
    let mut text = result.replace(&user, "USER");
    while let Some(at) = text.find(" UTC").filter(|at| is_time(&text[at - 19..at + 4])) {
        text.replace_range(at - 19..at + 4, "TIME");
    }
    // How wide a column is depends on who runs this.
    while text.contains("   ") {
        text = text.replace("   ", "  ");
    }
    text
}

fn of_service(environment: Environment, name: &str) -> Place {
    Place { environment, service: Some(samples::service(name)) }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lock_locks_and_unlock_on_the_command_line() {
    let listening = Listening::start();
    let mut all = Vec::new();
    for line in [
        "locks",
        "lock prod --reason 'database migration' --for 2h",
        "lock staging --service game/game --reason 'hands off'",
        "lock production --reason again",
        "lock staging --reason ' '",
        "lock staging --service game/gmae --reason 'hands off'",
        "locks",
        "unlock production --note done",
        "unlock production",
    ] {
        all.push(format!("$ boathook {line}\n{}", run(&listening, line).await));
    }
    expect![[r#"
        $ boathook locks
        exit 0
        --- stdout
        nothing is locked
        --- stderr

        $ boathook lock prod --reason 'database migration' --for 2h
        exit 0
        --- stdout
        locked production, by USER since TIME, until TIME: database migration
        --- stderr

        $ boathook lock staging --service game/game --reason 'hands off'
        exit 0
        --- stdout
        locked game/game in staging, by USER since TIME, until someone ends it: hands off
        --- stderr

        $ boathook lock production --reason again
        exit 2
        --- stdout
        --- stderr
        error: production is locked already by USER since TIME, until TIME: database migration; end that lock first with `boathook unlock`
        $ boathook lock staging --reason ' '
        exit 2
        --- stdout
        --- stderr
        error: say why: a lock needs a `reason`
        $ boathook lock staging --service game/gmae --reason 'hands off'
        exit 2
        --- stdout
        --- stderr
        error: staging takes no deployments of game/gmae: `allow.namespaces` and `allow.services` do not name it; correct the name
        $ boathook locks
        exit 0
        --- stdout
        ENVIRONMENT  SERVICE  BY  SINCE  UNTIL  REASON
        production  all  USER  TIME  TIME  database migration
        staging  game/game  USER  TIME  it is unlocked  hands off
        --- stderr

        $ boathook unlock production --note done
        exit 0
        --- stdout
        unlocked production
        --- stderr

        $ boathook unlock production
        exit 2
        --- stdout
        --- stderr
        error: production is not locked; see `boathook locks`"#]]
    .assert_eq(&all.join("\n"));
    let locks = listening.harness.journal.locks();
    assert_eq!(
        locks.iter().map(|lock| lock.place()).collect::<Vec<_>>(),
        [of_service(Environment::STAGING, "game")]
    );
    listening.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_lock_of_a_renamed_environment_is_ended_by_the_name_that_it_was_set_on() {
    let qa = shipped::of("qa");
    let listening = Listening::with(|admission| {
        let mut policies = admission.policies.iter_mut();
        let staging = policies.find(|it| it.environment == Environment::STAGING).unwrap();
        staging.environment = qa;
        staging.config.aliases = vec![Environment::STAGING];
    });
    let journal = &listening.harness.journal;
    for environment in [Environment::STAGING, qa] {
        let place = Place { environment, service: None };
        journal.lock(place, "moving".to_owned(), Actor::new("ada"), None).await.unwrap();
    }
    let mut ended = Vec::new();
    for _ in 0..3 {
        ended.push(run(&listening, "unlock staging").await);
    }
    expect![[r#"
        exit 0
        --- stdout
        unlocked staging
        --- stderr

        exit 0
        --- stdout
        unlocked qa
        --- stderr

        exit 2
        --- stdout
        --- stderr
        error: qa is not locked; see `boathook locks`"#]]
    .assert_eq(&ended.join("\n"));
    listening.stop().await;
}
