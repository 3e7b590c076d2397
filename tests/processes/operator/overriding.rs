//! Break-glass: whom config names may let a deployment past closed deployment windows, and everyone
//! sees that until it is acknowledged.

use boathook::config::OverrideBy;
use boathook_core::{
    clock::Clock,
    record::{DeploymentEvent, Event},
};
use boathook_testing::{
    dashboard_pages::seen,
    delivery::{Delivery, body_with},
    samples::windows,
};
use expect_test::expect;
use serde_json::json;

use crate::support::listening::{Listening, shell};

/// Open on 29 February alone.
const RARE: &str = "{allow: [{cron: '0 9 29 FEB *', lasts: 8h}]}";

async fn run(listening: &Listening, line: &str) -> String {
    shell(&format!("boathook {line} --socket {}", listening.socket.display()), &[])
        .await
        .transcript()
}

async fn said(command: &str) -> String {
    shell(command, &[]).await.stdout.trim().to_owned()
}

/// A listener with a deployment that waits, and the shown names for whoever runs this.
async fn waiting(override_by: OverrideBy) -> Listening {
    let listening = Listening::with(|admission| {
        admission.policies[0].config.windows = windows(RARE);
        admission.policies[0].config.override_by = override_by.clone();
    });
    let wanted = json!({"deployment_id": "1", "timestamp": Clock::system().now()});
    listening.harness.accept(Delivery::of(&body_with(wanted))).await;
    listening
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_may_override_unless_config_names_them() {
    let others = OverrideBy { users: vec!["nobody-else".to_owned()], groups: Vec::new() };
    for override_by in [OverrideBy::default(), others] {
        let listening = waiting(override_by).await;
        let refused = run(&listening, "override 1 --reason 'the shop is down'").await;
        let refused = refused.replace(&said("id -un").await, "USER");
        expect![[r#"
            exit 2
            --- stdout
            --- stderr
            error: cannot override: `override_by` of development names neither USER nor a group of theirs"#]]
        .assert_eq(&refused);
        let list = run(&listening, "list --status awaiting_window").await;
        assert!(!list.contains("no deployments"), "it still waits: {list}");
        listening.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_override_is_recorded_with_its_reason_and_marked_until_it_is_acknowledged() {
    let user = said("id -un").await;
    let group = said("id -gn").await;
    for override_by in [
        OverrideBy { users: vec![user.clone()], groups: Vec::new() },
        OverrideBy { users: Vec::new(), groups: vec![group] },
    ] {
        let listening = waiting(override_by).await;
        let id = listening.harness.newest().await.id;
        let shown = |text: String| text.replace(id.as_str(), "ID").replace(&user, "USER");
        let mut all = Vec::new();
        for line in [
            "override 1 --reason ' '",
            "override 1 --reason 'the shop is down'",
            "override 1 --reason again",
        ] {
            all.push(shown(run(&listening, line).await));
        }
        expect![[r#"
            exit 2
            --- stdout
            --- stderr
            error: say why: it needs a `reason`
            exit 0
            --- stdout
            let past its deployment windows: 1, game/game in development; marked until `boathook acknowledge ID`
            --- stderr

            exit 2
            --- stdout
            --- stderr
            error: cannot override: the deployment is queued, and only one that awaits its deployment window can be"#]]
        .assert_eq(&all.join("\n"));
        let records = listening.harness.journal.records(&id, 0).await.unwrap();
        let Event::Deployment(DeploymentEvent::Overridden { by }) = &records[1].event else {
            panic!("{records:?}")
        };
        assert_eq!((by.user.as_str(), by.note.as_deref()), (&*user, Some("the shop is down")));
        let show = shown(run(&listening, "show 1").await);
        assert!(show.contains("by USER: the shop is down, 20"), "{show}");
        assert!(show.contains("UTC; not acknowledged"), "{show}");
        let mark = "ID: overridden, and not acknowledged: boathook acknowledge ID";
        let list = shown(run(&listening, "list").await);
        assert!(list.contains(mark), "{list}");
        let overview = seen(&listening.harness.ask("/").await.text);
        assert!(overview.contains("that nobody has acknowledged"), "{overview}");

        let mut all = Vec::new();
        for line in ["acknowledge 1 --note 'seen in the morning'", "acknowledge 1"] {
            all.push(shown(run(&listening, line).await));
        }
        expect![[r#"
            exit 0
            --- stdout
            acknowledged the override of 1, game/game in development
            --- stderr

            exit 2
            --- stdout
            --- stderr
            error: cannot acknowledge: the deployment is queued, and it has no override that nobody has acknowledged"#]]
        .assert_eq(&all.join("\n"));
        let show = shown(run(&listening, "show 1").await);
        assert!(show.contains("acknowledged by USER: seen in the morning"), "{show}");
        let list = shown(run(&listening, "list").await);
        assert!(!list.contains("acknowledge"), "{list}");
        let overview = seen(&listening.harness.ask("/").await.text);
        assert!(!overview.contains("that nobody has acknowledged"), "{overview}");
        listening.stop().await;
    }
}
