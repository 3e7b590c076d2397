//! `scripts/sandbox-and-handler.sh`: how trials and the demo wait for what they start.

use crate::support::listening::{Ran, shell};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// Starts a program as the trials do on a cluster, where no sandbox was started before, and waits.
async fn started(program: &str) -> Ran {
    let folder = tempfile::tempdir().unwrap();
    let script = format!(
        "cd {ROOT} && exec bash -euo pipefail -c '. scripts/install-tools.sh
         . scripts/sandbox-and-handler.sh
         up={}/up
         {program} &
         wait_for_start \"the program\" /dev/null test -e \"$up\"
         echo \"it serves\"'",
        folder.path().display()
    );
    shell(&script, &[]).await
}

#[tokio::test]
async fn a_program_that_takes_a_while_is_waited_for_where_nothing_was_started_before() {
    let ran = started("(sleep 0.5; touch \"$up\"; sleep 0.5)").await;
    assert_eq!(ran.code, 0, "{}", ran.transcript());
    assert!(ran.transcript().contains("it serves"), "{}", ran.transcript());
}

#[tokio::test]
async fn a_program_that_ends_at_its_start_is_said_so_at_once() {
    let ran = started("true").await;
    assert_eq!(ran.code, 1, "{}", ran.transcript());
    assert!(ran.transcript().contains("the program did not start"), "{}", ran.transcript());
}
