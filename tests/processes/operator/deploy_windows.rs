//! Deployment windows on the command line.

use boathook_core::clock::Clock;
use boathook_testing::{
    delivery::{Delivery, body_with},
    samples::windows,
};
use expect_test::expect;
use serde_json::json;

use crate::support::{
    listening::{Listening, shell},
    senders::{send, transcript},
};

async fn run(listening: &Listening, line: &str) -> String {
    shell(&format!("boathook {line} --socket {}", listening.socket.display()), &[])
        .await
        .transcript()
}

/// Open on 29 February alone.
const RARE: &str = "{time_zone: Europe/Berlin, allow: [{cron: '0 9 29 FEB *', lasts: 8h}]}";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn deploy_window_shows_what_is_open_and_the_next_openings() {
    let listening = Listening::with(|admission| {
        admission.policies[1].config.windows = windows(RARE);
        admission.policies[2].config.windows =
            windows("{deny: [{cron: '0 9 29 FEB *', lasts: 8h}], applies_to: promotions}");
    });
    expect![[r#"
        exit 0
        --- stdout
        development: open at any time
        staging: closed until Tue 2028-02-29 09:00 CET (Europe/Berlin; requests wait outside)
          opens Tue 2028-02-29 09:00 CET, closes Tue 2028-02-29 17:00 CET
        production: open until Tue 2028-02-29 09:00 UTC (UTC; promotions wait outside)
          opens Tue 2028-02-29 17:00 UTC
        --- stderr
    "#]]
    .assert_eq(&run(&listening, "deploy-window").await);
    let json = run(&listening, "deploy-window development --json").await;
    assert!(json.contains("\"is_open\": true"), "{json}");
    assert!(!json.contains("staging"), "{json}");
    listening.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn send_and_list_say_when_what_waits_begins() {
    let listening =
        Listening::with(|admission| admission.policies[0].config.windows = windows(RARE));
    let waiting = json!({"deployment_id": "1", "timestamp": Clock::system().now()});
    listening.harness.accept(Delivery::of(&body_with(waiting))).await;
    let list = run(&listening, "list").await;
    assert!(list.contains("awaiting window"), "{list}");
    assert!(list.contains(": waits for the deployment window, which opens at 20"), "{list}");
    let sent = send(&listening.url(), "--timeout 2s").await;
    let result = transcript(&listening, &sent).await;
    assert!(result.contains("TIME awaiting the deployment window, which opens at 20"), "{result}");
    assert_eq!(sent.code, 4, "{result}");
    listening.stop().await;
}
