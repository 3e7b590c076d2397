//! A success that turns bad while it is watched, with the real programs and the real prober.

use boathook_process::Exit;

use crate::support::stand::Stand;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_turns_bad_after_its_success_is_rolled_back_also_by_a_handler_that_was_killed_meanwhile()
 {
    let stand = Stand::new("1s").await;
    let watch = "BOATHOOK__ENVIRONMENTS__DEVELOPMENT__WATCH=10m";
    let serving = stand.serve_with(watch, "").await;
    let late = "boathook-sandbox image ghcr.io/your-org/game-2048:late=errors-after:20s:100";
    assert_eq!(stand.shell(late).await.code, 0);
    for (tag, id) in [("v1", "101-1"), ("late", "102-1")] {
        let sent = stand.send(tag, id).await;
        assert_eq!(sent.code, 0, "{}", sent.transcript());
    }
    let status = stand.shell("boathook status").await.stdout;
    assert!(status.contains("watched until"), "{status}");
    serving.kill().await;
    let serving = stand.serve_with(watch, "").await;
    let rolled_back = "boathook show 102-1 | grep -q 'was ordered to roll back'";
    stand.until("the watch turns bad", rolled_back).await;
    let ended = "boathook list --limit 1 | grep -q succeeded";
    stand.until("the rollback succeeds", ended).await;
    assert!(stand.answers().await.starts_with("v1"));
    let withdrawn = stand.shell("boathook withdrawals").await.stdout;
    assert!(withdrawn.contains("was rolled back: "), "{withdrawn}");
    assert_eq!(serving.terminate().await, Exit::Code(0));
}
