//! The life of the proxy on a paused clock: a program that only says that it serves. What is asked
//! through it is tested with the real kubectl.

use std::{
    path::PathBuf,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use boathook_core::{
    api_server::{ApiServer as _, ProxyEvent, ReadAnswer, ReadError, ReadRequest},
    current::Current,
    failure::LONGEST_RETRY_AFTER,
};
use boathook_process::{Captured, Command, Exit, Finished, RunError, Runner};
use futures_util::{FutureExt as _, future::BoxFuture};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{UnixListener, UnixSocket, UnixStream},
    sync::mpsc,
    time::{Instant, sleep, timeout},
};

use crate::{
    api_proxy::{KubectlProxy, ProxyEnd, ProxyParts, lease::Lease},
    cluster::Tools,
    redact::Redactor,
};

/// Says that it serves, until nobody listens, and perhaps answers; or ends at once.
struct FakeProxy {
    ends_at_once: AtomicBool,
    answers: AtomicBool,
    never_serves: AtomicBool,
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
            if self.never_serves.load(Ordering::Relaxed) {
                lines.unwrap().closed().await;
                return Ok(finished(Exit::Stopped));
            }
            let socket = command.argv.iter().find_map(|word| word.strip_prefix("--unix-socket="));
            let listener = UnixSocket::new_stream().unwrap();
            listener.bind(socket.unwrap()).unwrap();
            let listener = listener.listen(BACKLOG).unwrap();
            std::fs::set_permissions(
                socket.unwrap(),
                std::os::unix::fs::PermissionsExt::from_mode(0o700),
            )
            .unwrap();
            let lines = lines.unwrap();
            lines.send("Starting to serve on it".to_owned()).await.unwrap();
            tokio::select! {
                () = lines.closed() => {}
                () = self.answer(&listener) => {}
            }
            Ok(finished(Exit::Stopped))
        }
        .boxed()
    }
}

impl FakeProxy {
    async fn answer(&self, listener: &UnixListener) {
        loop {
            let (mut connection, _) = listener.accept().await.unwrap();
            while !self.answers.load(Ordering::Relaxed) {
                sleep(Duration::from_millis(10)).await;
            }
            let _ = connection.read(&mut [0; 1024]).await;
            let answer = b"HTTP/1.1 200 OK\r\nconnection: close\r\n\
                retry-after: 18446744073709551615\r\ncontent-length: 2\r\n\r\n{}";
            let _ = connection.write_all(answer).await;
        }
    }
}

struct Harness {
    runner: Arc<FakeProxy>,
    proxy: KubectlProxy,
    end: ProxyEnd,
    events: Arc<Mutex<Vec<ProxyEvent>>>,
    folder: tempfile::TempDir,
}

impl Harness {
    fn new(ends_at_once: bool) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let runner = Arc::new(FakeProxy {
            ends_at_once: AtomicBool::new(ends_at_once),
            answers: AtomicBool::new(false),
            never_serves: AtomicBool::new(false),
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
        Self { runner, proxy, end, events, folder }
    }

    async fn lease(&self) -> Result<Lease, ReadError> {
        self.proxy.lease(None).await
    }

    async fn answer(&self) -> Result<ReadAnswer, ReadError> {
        let request = ReadRequest { path: "/version".to_owned(), timeout: DEADLINE };
        self.proxy.read(request).await
    }

    async fn read(&self) -> Result<Vec<u8>, ReadError> {
        Ok(self.answer().await?.body)
    }

    fn proxy_socket(&self) -> PathBuf {
        self.folder.path().join("proxy/api.sock")
    }

    fn answers(&self, answers: bool) {
        self.runner.answers.store(answers, Ordering::Relaxed);
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
        output_cap_bytes: 1 << 20,
    }
}

const MINUTE: Duration = Duration::from_secs(60);
const DEADLINE: Duration = Duration::from_secs(2);
/// Connections that may wait at the fake proxy.
const BACKLOG: u32 = 3;
const UNANSWERED: Option<&str> = Some("it leaves reads without an answer");

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
        let Err(ReadError::Unreachable(said)) = harness.lease().await else {
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

#[tokio::test(start_paused = true)]
async fn a_proxy_that_leaves_two_reads_without_an_answer_is_replaced_and_an_answer_between_keeps_it()
 {
    let harness = Harness::new(false);
    let watch = harness.lease().await.unwrap();
    let timed_out = Err(ReadError::TimedOut(DEADLINE));
    assert_eq!(harness.read().await, timed_out);
    harness.answers(true);
    assert_eq!(harness.read().await.unwrap(), b"{}");
    harness.answers(false);
    assert_eq!(harness.read().await, timed_out);
    harness.answers(true);
    assert_eq!(harness.read().await.unwrap(), b"{}");
    assert!(!watch.ended.is_cancelled());
    assert_eq!(harness.reasons(), [], "it answered between");
    harness.answers(false);
    assert_eq!((harness.read().await, harness.read().await), (timed_out.clone(), timed_out));
    harness.answers(true);
    assert_eq!(harness.read().await.unwrap(), b"{}", "the next one answers");
    assert_eq!(harness.reasons(), [UNANSWERED]);
    assert!(watch.ended.is_cancelled());
}

#[tokio::test(start_paused = true)]
async fn for_however_long_an_api_server_asks_to_be_left_alone_two_minutes_are_what_it_gets() {
    let harness = Harness::new(false);
    harness.answers(true);
    assert_eq!(harness.answer().await.unwrap().retry_after, Some(LONGEST_RETRY_AFTER));
}

#[tokio::test(start_paused = true)]
async fn an_api_server_that_never_answers_replaces_the_proxy_after_growing_pauses() {
    let harness = Harness::new(false);
    let until = Instant::now() + MINUTE * 2;
    while Instant::now() < until {
        harness.read().await.unwrap_err();
    }
    let starts = harness.runner.starts.lock().unwrap().clone();
    let pauses: Vec<_> = starts.windows(2).map(|pair| (pair[1] - pair[0]).as_secs()).collect();
    assert!(pauses[..3].iter().all(|pause| *pause == 4), "{pauses:?}");
    assert!(pauses[pauses.len() - 3..].iter().all(|pause| *pause >= 8), "{pauses:?}");
}

#[tokio::test(start_paused = true)]
async fn a_proxy_with_as_many_connections_as_may_wait_is_not_taken_for_dead() {
    let harness = Harness::new(false);
    let lease = harness.lease().await.unwrap();
    let socket = harness.proxy_socket();
    let mut waiting = Vec::new();
    let full = loop {
        match UnixStream::connect(&socket).await {
            Ok(connection) => waiting.push(connection),
            Err(error) => break error,
        }
    };
    assert_eq!(full.kind(), std::io::ErrorKind::WouldBlock);
    let again = harness.proxy.lease(Some(lease.number)).await.unwrap();
    assert_eq!((again.number, harness.reasons()), (lease.number, Vec::new()));
}

#[tokio::test(start_paused = true)]
async fn a_proxy_whose_socket_is_gone_is_replaced_after_growing_pauses() {
    let harness = Harness::new(false);
    let mut number = harness.lease().await.unwrap().number;
    for _ in 0..4 {
        std::fs::remove_file(harness.proxy_socket()).unwrap();
        number = harness.proxy.lease(Some(number)).await.unwrap().number;
    }
    assert_eq!(harness.reasons(), [Some("its socket does not answer"); 4]);
    let starts = harness.runner.starts.lock().unwrap().clone();
    let pauses: Vec<_> =
        starts.windows(2).map(|pair| (pair[1] - pair[0]).as_millis() / 100).collect();
    assert_eq!(pauses, [1, 2, 4, 8]);
}

#[tokio::test(start_paused = true)]
async fn boathook_stops_while_a_proxy_starts_and_its_end_is_logged() {
    let harness = Harness::new(false);
    harness.runner.never_serves.store(true, Ordering::Relaxed);
    assert!(timeout(Duration::from_secs(1), harness.lease()).await.is_err(), "it does not serve");
    let began = Instant::now();
    let events = Arc::clone(&harness.events);
    harness.end.end().await;
    assert!(began.elapsed() < Duration::from_secs(1));
    let events = events.lock().unwrap();
    let [ProxyEvent::Started { .. }, ProxyEvent::Ended { reason, .. }] = &events[..] else {
        panic!("{events:?}")
    };
    assert_eq!(*reason, Some("boathook stops"));
}

#[tokio::test(start_paused = true)]
async fn boathook_stops_in_the_pause_before_another_start() {
    let harness = Harness::new(false);
    let mut number = harness.lease().await.unwrap().number;
    for _ in 0..6 {
        std::fs::remove_file(harness.proxy_socket()).unwrap();
        number = harness.proxy.lease(Some(number)).await.unwrap().number;
    }
    std::fs::remove_file(harness.proxy_socket()).unwrap();
    let waits = harness.proxy.lease(Some(number));
    assert!(timeout(Duration::from_millis(500), waits).await.is_err(), "it pauses for 5 s");
    let began = Instant::now();
    let runner = Arc::clone(&harness.runner);
    harness.end.end().await;
    assert!(began.elapsed() < Duration::from_secs(1));
    assert_eq!(runner.starts.lock().unwrap().len(), 7);
}
