//! The record in PostgreSQL, kept by the program itself.

use std::time::Duration;

use boathook_testing::postgres_server::PostgresServer;
use expect_test::expect;
use tokio::{task::block_in_place, time::sleep};

use crate::support::{
    listening::shell,
    serving::{SECRET, Serving},
};

const DEFAULT: &str = "
server: {listen: 'ADDRESS'}
state: {node: first, postgres: {url: {file: DIR/database}, schema: record}}
";
const PRODUCTION: &str = "secrets: [{id: ci, credential: secret}]";
const LOCK: &str = "lock production --reason moving";
const PASSWORD: &str = "correct-horse-battery";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_record_is_in_the_database_and_one_boathook_leads() {
    let server = PostgresServer::start();
    let url = server.url_with_password(PASSWORD);
    let place = format!("schema record of postgresql://{}:5432/postgres", server.folder());
    // It starts before its database.
    block_in_place(|| server.kill());
    let files = [("database", url.as_str())];
    let (serving, ()) = tokio::join!(Serving::start_among(&files, DEFAULT, PRODUCTION), async {
        sleep(Duration::from_secs(1)).await;
        block_in_place(|| server.restart());
    });
    assert!(!serving.path().join("state/journal.db").exists());
    let path = serving.path().display();
    let shown = |text: &str| text.replace(&place, "PLACE");
    serving.until(|log| log.contains("This boathook leads from now on")).await;

    block_in_place(|| server.kill());
    let refused = serving.boathook(LOCK).await;
    expect![[r#"
        exit 2
        --- stdout
        --- stderr
        error: the record cannot be written; nothing was done, try again later"#]]
    .assert_eq(&refused);
    block_in_place(|| server.restart());
    while !serving.boathook(LOCK).await.starts_with("exit 0") {
        sleep(Duration::from_millis(50)).await;
    }

    let second = format!(
        "CREDENTIALS_DIRECTORY={path} BOATHOOK__OPERATOR__SOCKET={path}/second.sock \
         BOATHOOK__STATE__DIRECTORY={path}/second BOATHOOK__STATE__NODE=second BOATHOOK__SERVER__LISTEN=null timeout 8 boathook serve --config {path}"
    );
    let second = shell(&second, &[]).await;
    assert_eq!(second.code, 124, "{}", second.transcript());
    assert!(second.stderr.contains("Serving"), "{}", second.stderr);
    assert!(!second.stderr.contains("leads from now on"), "{}", second.stderr);
    let nodes = serving.boathook("nodes").await;
    assert!(nodes.contains("\nfirst leads since "), "{nodes}");
    for row in ["\nfirst   leads ", "\nsecond  "] {
        assert!(nodes.contains(row), "{nodes}");
    }

    let checked = format!("boathook check --config {path} | grep ' journal '");
    let state = format!("{path}/state");
    let checked = shell(&checked, &[("BOATHOOK__STATE__DIRECTORY", &state)]).await;
    let checked = shown(&checked.stdout);
    assert!(checked.contains("PLACE has the newest format (13; PostgreSQL "), "{checked}");
    assert!(checked.contains("the server of PLACE has fsync or full_page_writes off"), "{checked}");

    let copied = shell(&format!("boathook backup --config {path}"), &[]).await;
    assert_eq!(copied.code, 1, "{}", copied.transcript());
    assert!(copied.stderr.contains("`pg_dump --schema=record`"), "{}", copied.stderr);

    for text in [serving.log(), second.stderr, checked, copied.stderr] {
        assert!(!text.contains(PASSWORD), "{text}");
        assert!(!text.contains(SECRET), "{text}");
    }
}

#[tokio::test]
async fn a_record_in_the_state_directory_is_not_left_behind_unseen() {
    let serving = Serving::start(PRODUCTION).await;
    let path = serving.path().display().to_string();
    serving.file("database", "postgresql://boathook@127.0.0.1:1/boathook");
    serving.file("default.yaml", DEFAULT);
    let again = format!(
        "CREDENTIALS_DIRECTORY={path} BOATHOOK__OPERATOR__SOCKET={path}/second.sock \
         BOATHOOK__STATE__DIRECTORY={path}/state BOATHOOK__SERVER__LISTEN=null boathook serve --config {path}"
    );
    let refused = shell(&again, &[]).await;
    assert_eq!(refused.code, 1, "{}", refused.transcript());
    assert!(
        refused.stderr.contains("journal.db`, and state.postgres would leave it behind"),
        "{}",
        refused.stderr
    );
}
