//! How kubectl is run for an operator who reads the log of an application.

use std::{sync::Arc, time::Duration};

use boathook::engine::Engine;
use boathook_core::deployment::{Environment, LogReading, LogRequest};
use boathook_process::{Captured, Command, Exit, Finished, RunError, Runner};
use boathook_testing::shipped::Shipped as _;
use boathook_testing::{
    rollout_harness::{Harness, settings},
    samples,
};
use futures_util::future::BoxFuture;
use tokio::{
    sync::mpsc,
    time::{sleep, timeout},
};

/// Lines that kubectl has to print.
const LINES: usize = 20;

/// A cluster's tools, but `kubectl logs` has many lines, and waits behind its reader.
struct Waiting(Arc<dyn Runner>);

impl Runner for Waiting {
    fn run(
        &self,
        command: Command,
        lines: Option<mpsc::Sender<String>>,
    ) -> BoxFuture<'_, Result<Finished, RunError>> {
        let Some(lines) = lines.filter(|_| command.argv.contains(&"logs".to_owned())) else {
            return self.0.run(command, None);
        };
        let printing = async move {
            for line in 0..LINES {
                let _read = lines.send(line.to_string()).await;
            }
        };
        Box::pin(async move {
            let exit = match timeout(command.timeout, printing).await {
                Ok(()) => Exit::Code(0),
                Err(_) => Exit::TimedOut,
            };
            let stdout = Captured::default();
            let stderr = Captured::default();
            Ok(Finished { exit, stdout, stderr, duration: Duration::ZERO })
        })
    }
}

fn request() -> LogRequest {
    LogRequest {
        environment: Environment::STAGING,
        service: samples::service("game"),
        revision: samples::revision("game-00001"),
        reading: LogReading { container: None, tail: 10_000, follow: false },
    }
}

#[tokio::test(start_paused = true)]
async fn a_reader_who_takes_a_minute_gets_every_line() {
    let harness = Harness::serving(settings()).await;
    let runner = Arc::new(Waiting(Arc::clone(&harness.engine.runner)));
    let engine = Engine { runner, ..harness.engine.clone() };
    let (sender, mut lines) = mpsc::channel(1);
    let read = async {
        let mut read = 0;
        while lines.recv().await.is_some() {
            read += 1;
            sleep(Duration::from_secs(3)).await;
        }
        read
    };
    let (ended, read) = tokio::join!(engine.logs(request(), sender), read);
    assert_eq!((ended, read), (Ok(()), LINES));
}
