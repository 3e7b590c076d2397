//! What kubectl leaves unsaid, and what it is not believed.

use std::sync::Arc;

use boathook_core::record::Outcome;
use boathook_process::{Command, Finished, RunError, Runner};
use boathook_sandbox::FakeTools;
use boathook_testing::rollout_harness::Harness;
use futures_util::{FutureExt, future::BoxFuture};
use tokio::sync::mpsc::Sender;

/// A kubectl that was told by somebody's kuberc to ask first: it does nothing, and ends with 0.
struct Asking {
    tools: FakeTools,
    verb: &'static str,
    printed: &'static str,
}

impl Runner for Asking {
    fn run(
        &self,
        command: Command,
        lines: Option<Sender<String>>,
    ) -> BoxFuture<'_, Result<Finished, RunError>> {
        let asks = command.argv[..2] == ["kubectl", self.verb];
        let instead = if asks {
            vec![
                "kubectl".to_owned(),
                "get".to_owned(),
                "ns".to_owned(),
                "default".to_owned(),
                "-o".to_owned(),
                "json".to_owned(),
            ]
        } else {
            command.argv.clone()
        };
        self.tools
            .run(Command { argv: instead, ..command }, lines)
            .map(move |finished| {
                let mut finished = finished?;
                if asks {
                    finished.stdout.bytes = self.printed.as_bytes().to_vec();
                }
                Ok(finished)
            })
            .boxed()
    }
}

#[tokio::test(start_paused = true)]
async fn a_deletion_that_was_cancelled_with_exit_code_0_is_noticed() {
    let mut harness = Harness::new();
    harness.deploy("1").await;
    harness.engine.runner = Arc::new(Asking {
        tools: FakeTools::new(harness.cluster.clone()),
        verb: "delete",
        printed: "deletion is cancelled\n",
    });
    let result = harness.deploy("crash").await;
    result.assert_end(Outcome::RolledBack);
    let notes = result.outcome.findings.notes.join("\n");
    assert!(
        notes.contains(
            "revision game-00002, which never became ready, is still there, although kubectl ended \
             its deletion"
        ),
        "{notes}"
    );
}

#[tokio::test(start_paused = true)]
async fn an_apply_that_names_none_of_its_objects_is_no_success() {
    let mut harness = Harness::new();
    harness.engine.runner = Arc::new(Asking {
        tools: FakeTools::new(harness.cluster.clone()),
        verb: "apply",
        printed: "",
    });
    let result = harness.deploy("1").await;
    result.assert_end(Outcome::Failed);
    assert!(
        result.reason().contains("kubectl apply ended with exit code 0, but did not name "),
        "{}",
        result.reason()
    );
}
