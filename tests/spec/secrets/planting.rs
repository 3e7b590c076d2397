//! Secrets are planted wherever boathook could come by one. None may be found in anything that it
//! writes.

use std::{sync::Arc, time::Duration};

use boathook::redact::{MASK, Redactor};
use boathook_process::{Captured, Command, Exit, Finished, RunError, Runner};
use boathook_testing::rollout_harness::{Harness, request};
use futures_util::{FutureExt, future::BoxFuture};
use tokio::sync::mpsc;

const OWN_VARIABLE: &str = "own-variable-71e0c2";

/// Programs of the simulated cluster, but `kubectl apply` fails with these words.
struct Failing {
    others: Arc<dyn Runner>,
    words: Captured,
}

impl Runner for Failing {
    fn run(
        &self,
        command: Command,
        lines: Option<mpsc::Sender<String>>,
    ) -> BoxFuture<'_, Result<Finished, RunError>> {
        if !command.argv.iter().any(|word| word == "apply") {
            return self.others.run(command, lines);
        }
        let stdout = self.words.clone();
        let stderr = self.words.clone();
        std::future::ready(Ok(Finished {
            exit: Exit::Code(1),
            stdout,
            stderr,
            duration: Duration::ZERO,
        }))
        .boxed()
    }
}

/// What stands in the record of a deployment whose `kubectl apply` says this.
async fn recorded(words: Captured) -> String {
    let mut harness = Harness::new();
    harness.engine.redactor = Redactor::knowing([OWN_VARIABLE]);
    harness.engine.runner = Arc::new(Failing { others: Arc::clone(&harness.engine.runner), words });
    let result = harness.deploy_request(request("1", "101-1")).await;
    format!("{}{}", result.timeline(), serde_json::to_string(&result.records).unwrap())
}

#[tokio::test(start_paused = true)]
async fn a_secret_that_the_cut_of_the_output_goes_through_leaves_no_half() {
    for kept in 1..OWN_VARIABLE.len() {
        let bytes =
            format!("words that may stay\nlast line {}", &OWN_VARIABLE[..kept]).into_bytes();
        let record = recorded(Captured { bytes, cut: 100 }).await;
        assert!(
            record.contains("words that may stay") && !record.contains("last line"),
            "{record}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_secret_that_the_beginning_of_the_recorded_tail_goes_through_leaves_no_half() {
    for kept in [5, OWN_VARIABLE.len() - 1] {
        let bytes = format!("{OWN_VARIABLE}{}", "x".repeat(4096 - kept)).into_bytes();
        let record = recorded(Captured { bytes, cut: 0 }).await;
        let half = &OWN_VARIABLE[OWN_VARIABLE.len() - kept..];
        assert!(record.contains("xxx") && !record.contains(&format!("{half}xxx")), "{record}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_output_of_a_mebibyte_is_recorded_by_its_tail() {
    let bytes = format!("{OWN_VARIABLE} ").repeat((1 << 20) / 20).into_bytes();
    let record = recorded(Captured { bytes, cut: 0 }).await;
    assert!(record.contains(MASK) && !record.contains(OWN_VARIABLE), "{}", &record[..2000]);
    assert!(record.len() < 100_000, "{} bytes", record.len());
}
