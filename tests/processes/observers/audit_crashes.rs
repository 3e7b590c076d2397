//! The audit log after a crash at any moment, after someone else's hand, and on a disk that says
//! no: every record has one line.

use std::fs;

use boathook_testing::{audit_harness::AuditHarness, state_dir::StateDir};
use expect_test::expect;

use crate::support::listening::shell;

#[tokio::test]
async fn the_command_says_of_a_whole_log_where_it_was_repaired_and_where_the_journal_was_replaced()
{
    let harness = AuditHarness::new();
    harness.deploy_shortly("101-1").await;
    harness.put_log(&harness.text_lines()[..2].concat());
    fs::remove_file(harness.file("head.json")).unwrap();
    let other = StateDir::new();
    let harness = harness.with_journal(other.store());
    harness.audit().await;
    let result =
        shell(&format!("boathook audit verify --dir {}", harness.directory().display()), &[])
            .await
            .transcript();
    expect![[r#"
        exit 0
        --- stdout
        whole: lines 1 to 4, files: 1, last hash: HASH; it was repaired, see #3 of `boathook audit show`; the journal was replaced, see #4 of `boathook audit show`
        --- stderr
    "#]]
    .assert_eq(&result.replace(&harness.proof().hash.to_string(), "HASH"));
}
