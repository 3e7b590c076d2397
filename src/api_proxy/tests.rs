//! The life of the proxy on a paused clock: a program that only says that it serves. What is asked
//! through it is tested with the real kubectl.

use std::{
    os::unix::net::UnixListener,
    path::PathBuf,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use boathook_core::{
    api_server::{ProxyEvent, ReadError},
    current::Current,
};
use boathook_process::{Captured, Command, Exit, Finished, RunError, Runner};
use futures_util::{FutureExt as _, future::BoxFuture};
use tokio::{
    sync::mpsc,
    time::{Instant, sleep},
};

use crate::{
    api_proxy::{KubectlProxy, ProxyEnd, ProxyParts, lease::Lease},
    cluster::Tools,
    redact::Redactor,
};

/// Says that it serves, until nobody listens; or ends at once.
struct FakeProxy {
    ends_at_once: AtomicBool,
    starts: Mutex<Vec<Instant>>,
}

impl Runner for FakeProxy {
    fn run(
        &self,
        command: Command,
        lines: Option<mpsc::Sender<String>>,
    ) -> BoxFuture<'_, Result<Finished, RunError>> {
        async move {
            let began = Instant::now();
            self.starts.lock().unwrap().push(began);
            let finished = |exit| Finished {
                exit,
                stdout: Captured::default(),
                stderr: Captured { bytes: b"error: no".to_vec(), cut: 0 },
                duration: began.elapsed(),
            };
            if self.ends_at_once.load(Ordering::Relaxed) {
                return Ok(finished(Exit::Code(1)));
            }
            let socket = command.argv.iter().find_map(|word| word.strip_prefix("--unix-socket="));
            let listener = UnixListener::bind(socket.unwrap()).unwrap();
            std::fs::set_permissions(
                socket.unwrap(),
                std::os::unix::fs::PermissionsExt::from_mode(0o700),
            )
            .unwrap();
            let lines = lines.unwrap();
            lines.send("Starting to serve on it".to_owned()).await.unwrap();
            lines.closed().await;
            drop(listener);
            Ok(finished(Exit::Stopped))
        }
        .boxed()
    }
}

struct Harness {
    runner: Arc<FakeProxy>,
    proxy: KubectlProxy,
    _end: ProxyEnd,
    events: Arc<Mutex<Vec<ProxyEvent>>>,
    _folder: tempfile::TempDir,
}

impl Harness {
    fn new(ends_at_once: bool) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let runner = Arc::new(FakeProxy {
            ends_at_once: AtomicBool::new(ends_at_once),
            starts: Mutex::default(),
        });
        let events: Arc<Mutex<Vec<ProxyEvent>>> = Arc::default();
        let log = Arc::clone(&events);
        let (proxy, end) = KubectlProxy::new(ProxyParts {
            runner: runner.clone(),
            tools: Current::fixed(tools()),
            folder: folder.path().join("proxy"),
            redactor: Redactor::default(),
            log: Arc::new(move |event| log.lock().unwrap().push(event)),
        });
        Self { runner, proxy, _end: end, events, _folder: folder }
    }

    async fn lease(&self) -> Result<Lease, ReadError> {
        self.proxy.lease(None).await
    }

    fn reasons(&self) -> Vec<Option<&'static str>> {
        let events = self.events.lock().unwrap();
        let reason = |event: &ProxyEvent| match event {
            ProxyEvent::Started { .. } => None,
            ProxyEvent::Ended { reason, .. } => Some(*reason),
        };
        events.iter().filter_map(reason).collect()
    }
}

fn tools() -> Tools {
    Tools {
        kubectl: vec!["kubectl".to_owned()],
        crictl: Vec::new(),
        ctr: Vec::new(),
        kubectl_flags: Vec::new(),
        environment: vec![("PATH".to_owned(), PathBuf::from("/usr/bin").display().to_string())],
        output_cap: 1 << 20,
    }
}

const MINUTE: Duration = Duration::from_secs(60);

#[tokio::test(start_paused = true)]
async fn a_proxy_that_nobody_reads_ends_after_some_minutes_and_an_open_watch_counts_as_reading() {
    let harness = Harness::new(false);
    let watch = harness.lease().await.unwrap();
    sleep(MINUTE * 60).await;
    assert_eq!(harness.reasons(), []);
    drop(watch);
    sleep(MINUTE * 4).await;
    drop(harness.lease().await.unwrap());
    sleep(MINUTE * 4).await;
    assert_eq!(harness.reasons(), [], "it was read four minutes ago");
    sleep(MINUTE * 2).await;
    assert_eq!(harness.reasons(), [Some("nobody reads")]);
    drop(harness.lease().await.unwrap());
    assert_eq!(harness.runner.starts.lock().unwrap().len(), 2, "the next read starts another");
}

#[tokio::test(start_paused = true)]
async fn a_proxy_that_does_not_start_is_tried_again_after_growing_pauses_however_often_it_is_wanted()
 {
    let harness = Harness::new(true);
    let until = Instant::now() + MINUTE;
    while Instant::now() < until {
        let Err(ReadError::NoReader(said)) = harness.lease().await else {
            panic!("it is not there")
        };
        assert_eq!(said, "`kubectl proxy` ended before it served (exit code 1): error: no");
        sleep(Duration::from_millis(10)).await;
    }
    let starts = harness.runner.starts.lock().unwrap().clone();
    let pauses: Vec<_> =
        starts.windows(2).map(|pair| (pair[1] - pair[0]).as_millis() / 100).collect();
    assert_eq!(pauses[..6], [1, 2, 4, 8, 16, 32]);
    assert!(pauses[6..].iter().all(|pause| *pause == 50), "{pauses:?}");
    harness.runner.ends_at_once.store(false, Ordering::Relaxed);
    sleep(Duration::from_secs(6)).await;
    assert!(harness.lease().await.is_ok());
}
