//! The real `kubectl proxy`, as boathook runs it, in front of a sandbox of a test's own. Holds no
//! test.

use std::{
    fs,
    path::PathBuf,
    sync::{Arc, Mutex},
    time::Duration,
};

use boathook::{
    api_proxy::{KubectlProxy, ProxyEnd, ProxyParts},
    cluster::Tools,
    redact::Redactor,
};
use boathook_core::{
    api_server::{ApiServer as _, ProxyEvent, ReadAnswer, ReadError, ReadRequest, WatchAnswer},
    current::Current,
};
use boathook_process::ProgramRunner;
use boathook_sandbox::harness::SandboxHarness;
use futures_util::{StreamExt as _, stream::BoxStream};
use serde_json::Value;
use tempfile::TempDir;
use tokio::{sync::watch, time::Instant};

/// How long anything may take before a test gives up on it.
const DEADLINE: Duration = Duration::from_secs(30);

/// A proxy, and what it is made of.
pub struct ProxyHarness {
    pub room: SandboxHarness,
    pub proxy: KubectlProxy,
    pub tools: watch::Sender<Arc<Tools>>,
    pub folder: PathBuf,
    end: ProxyEnd,
    events: Arc<Mutex<Vec<ProxyEvent>>>,
    directory: TempDir,
}

impl ProxyHarness {
    /// In front of a sandbox with the service `web`.
    pub async fn open() -> Self {
        let room = SandboxHarness::open();
        room.ready_service().await;
        let directory = tempfile::tempdir().unwrap();
        let kubeconfig = directory.path().join("kubeconfig");
        fs::copy(room.sandbox.home.kubeconfig(), &kubeconfig).unwrap();
        let tools = tools(room.kubectl.to_str().unwrap(), kubeconfig.to_str().unwrap());
        let tools = watch::Sender::new(Arc::new(tools));
        let folder = directory.path().join("run/proxy");
        let events = Arc::new(Mutex::new(Vec::new()));
        let (proxy, end) = KubectlProxy::new(parts(&folder, &tools, &events));
        Self { room, proxy, tools, folder, end, events, directory }
    }

    /// Replaces the kubeconfig, or a file beside it, as whoever renews a token does.
    pub fn replace(&self, name: &str, text: &str) {
        let new = self.directory.path().join("new");
        fs::write(&new, text).unwrap();
        fs::rename(new, self.directory.path().join(name)).unwrap();
    }

    /// Reads through another boathook's proxy in the same folder.
    pub async fn read_beside(&self, path: &str) -> Result<ReadAnswer, ReadError> {
        let (proxy, end) = KubectlProxy::new(parts(&self.folder, &self.tools, &Arc::default()));
        let answer = proxy.read(ReadRequest { path: path.to_owned(), timeout: DEADLINE }).await;
        end.end().await;
        answer
    }

    pub async fn read(&self, path: &str) -> Result<ReadAnswer, ReadError> {
        self.read_within(path, DEADLINE).await
    }

    pub async fn read_within(
        &self,
        path: &str,
        timeout: Duration,
    ) -> Result<ReadAnswer, ReadError> {
        self.proxy.read(ReadRequest { path: path.to_owned(), timeout }).await
    }

    /// One object or list.
    pub async fn object(&self, path: &str) -> Value {
        let answer = self.read(path).await.unwrap();
        assert_eq!(answer.code, 200, "{}", String::from_utf8_lossy(&answer.body));
        serde_json::from_slice(&answer.body).unwrap()
    }

    /// A watch that was accepted.
    pub async fn watch(&self, path: &str) -> Watching {
        let request = ReadRequest { path: path.to_owned(), timeout: DEADLINE };
        match self.proxy.watch(request).await.unwrap() {
            WatchAnswer::Events(events) => Watching(events),
            WatchAnswer::Refused(answer) => panic!("{answer:?}"),
        }
    }

    /// What happened to the proxy until now, each in a few words.
    pub fn events(&self) -> Vec<String> {
        self.events.lock().unwrap().iter().map(in_short).collect()
    }

    /// The same, as soon as there are so many.
    pub async fn events_until(&self, count: usize) -> Vec<String> {
        let give_up = Instant::now() + DEADLINE;
        loop {
            let events = self.events();
            if events.len() >= count {
                return events;
            }
            assert!(Instant::now() < give_up, "waited too long; {events:?}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// The ids of the processes that serve on the socket.
    pub fn processes(&self) -> Vec<i32> {
        serving_on(&self.folder.join("api.sock").display().to_string())
    }

    /// Ends the proxy and gives what happened to it.
    pub async fn close(self) -> Vec<String> {
        let socket = self.folder.join("api.sock").display().to_string();
        let Self { room, proxy, end, events, .. } = self;
        tokio::time::timeout(DEADLINE, end.end()).await.unwrap();
        drop(proxy);
        assert_eq!(serving_on(&socket), [0; 0], "a proxy is left");
        room.sandbox.stop().await;
        let events = events.lock().unwrap();
        events.iter().map(in_short).collect()
    }
}

/// A watch under way.
pub struct Watching(BoxStream<'static, Result<Vec<u8>, ReadError>>);

impl Watching {
    /// The next item; none at the end.
    pub async fn next(&mut self) -> Option<Result<Value, ReadError>> {
        let item = tokio::time::timeout(DEADLINE, self.0.next()).await.expect("something comes")?;
        Some(item.map(|event| serde_json::from_slice(&event).unwrap()))
    }

    /// The next event.
    pub async fn event(&mut self) -> Value {
        self.next().await.unwrap().unwrap()
    }
}

/// What boathook runs with this kubeconfig.
pub fn tools(kubectl: &str, kubeconfig: &str) -> Tools {
    let variable = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    Tools {
        kubectl: vec![kubectl.to_owned()],
        crictl: Vec::new(),
        ctr: Vec::new(),
        kubectl_flags: vec!["--vmodule=with_retry=4".to_owned()],
        environment: vec![
            variable("PATH", "/usr/local/bin:/usr/bin:/bin"),
            variable("KUBECONFIG", kubeconfig),
            variable("KUBECACHEDIR", &format!("{kubeconfig}.cache")),
        ],
        output_cap_bytes: 1 << 20,
    }
}

fn parts(
    folder: &std::path::Path,
    tools: &watch::Sender<Arc<Tools>>,
    events: &Arc<Mutex<Vec<ProxyEvent>>>,
) -> ProxyParts {
    let events = Arc::clone(events);
    ProxyParts {
        runner: Arc::new(ProgramRunner::default()),
        tools: Current::from(tools.subscribe()),
        folder: folder.to_owned(),
        redactor: Redactor::default(),
        log: Arc::new(move |event| events.lock().unwrap().push(event)),
    }
}

/// The processes whose arguments name this socket.
fn serving_on(socket: &str) -> Vec<i32> {
    let wanted = format!("--unix-socket={socket}");
    let processes = fs::read_dir("/proc").unwrap().filter_map(|entry| {
        let entry = entry.ok()?;
        let id: i32 = entry.file_name().to_str()?.parse().ok()?;
        let arguments = fs::read(entry.path().join("cmdline")).ok()?;
        let named = arguments.split(|byte| *byte == 0).any(|word| word == wanted.as_bytes());
        named.then_some(id)
    });
    processes.collect()
}

fn in_short(event: &ProxyEvent) -> String {
    match event {
        ProxyEvent::Started { .. } => "started".to_owned(),
        ProxyEvent::Ended { exit, reason: Some(reason), .. } => format!("{exit}: {reason}"),
        ProxyEvent::Ended { exit, reason: None, .. } => exit.clone(),
    }
}
