//! What the audit log says: every record of the journal and refused requests, who and what, and
//! never a token or a secret.

use boathook_core::record::{CommandEvent, DeploymentEvent, Event};
use boathook_testing::{
    audit_harness::AuditHarness,
    samples::{self, append_all},
};
use expect_test::expect;

use crate::support::listening::shell;

#[tokio::test]
async fn the_command_proves_a_log_and_names_the_first_bad_line() {
    let harness = AuditHarness::new();
    harness.deploy_shortly("101-1").await;
    let directory = harness.directory().display().to_string();
    let verify =
        async || shell(&format!("boathook audit verify --dir {directory}"), &[]).await.transcript();
    let hash = harness.proof().hash.to_string();
    let mut result = vec![verify().await.replace(&hash, "HASH")];
    harness.put_log(&harness.text_lines()[..3].concat());
    result.push(verify().await);
    std::fs::remove_dir_all(harness.directory()).unwrap();
    result.push(verify().await.replace(&directory, "DIR"));
    result.push(shell("boathook audit prove 2>/dev/null", &[]).await.transcript());
    expect![[r#"
        exit 0
        --- stdout
        whole: lines 1 to 4, files: 1, last hash: HASH
        --- stderr

        exit 1
        --- stdout
        --- stderr
        error: audit.log line 3: the tail was cut off: number 4 should follow
        exit 2
        --- stdout
        --- stderr
        error: no audit log in `DIR`; name its directory with --dir
        exit 2
        --- stdout
        --- stderr
    "#]]
    .assert_eq(&result.join("\n"));
}

#[tokio::test]
async fn the_command_shows_the_lines_of_one_deployment_harmlessly() {
    let harness = AuditHarness::new();
    harness.deploy_shortly("101-1").await;
    let id = samples::accept(&harness.journal, "game", "102-1").await;
    let argv = ["kubectl", "get", "ksvc it's", "\u{1b}]0;title\u{7}"].map(str::to_owned).to_vec();
    append_all(
        &harness.journal,
        &id,
        vec![
            Event::Deployment(DeploymentEvent::Started),
            Event::Command(CommandEvent::CommandStarted { command: 1, argv }),
        ],
    )
    .await;
    harness.audit().await;
    let show = async |options: &str| {
        shell(
            &format!("boathook audit show --dir {} {options}", harness.directory().display()),
            &[],
        )
        .await
    };
    let by_id = show(&format!("--deployment {id}")).await;
    let by_external_id = show("--deployment 102-1").await;
    assert_eq!(by_id.stdout, by_external_id.stdout);
    let shown = by_id.transcript().lines().map(without_at).collect::<Vec<_>>().join("\n");
    expect![[r#"
        exit 0
        --- stdout
        #5 TIME ID accepted secret=staging-1 use=deploy attempt=1 commit=4f2a9c1 deployment_id=102-1 environment=staging image=registry.example/game:1 namespace=game service=game strategy=rolling
        #6 TIME ID started program=boathook
        #7 TIME ID command_started program=boathook argv=(kubectl get 'ksvc it'\''s' $'\U0000001B]0;title\U00000007') command=1
        --- stderr"#]].assert_eq(&shown.replace(id.as_str(), "ID"));
    assert_eq!(show("--json").await.stdout.as_bytes(), harness.log());
    expect![[r#"
        exit 1
        --- stdout
        --- stderr
        error: no line is about a deployment "nosuch"; boathook list shows those that are known"#]]
    .assert_eq(&show("--deployment nosuch").await.transcript());
}

/// The line without its time.
fn without_at(line: &str) -> String {
    match line.splitn(5, ' ').collect::<Vec<_>>()[..] {
        [number, _day, _time, "UTC", rest] => format!("{number} TIME {rest}"),
        _ => line.to_owned(),
    }
}
