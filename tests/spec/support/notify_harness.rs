//! A journal, receivers as an operator configures them, and an inbox in their place, on a paused
//! clock.

use std::{
    collections::HashMap,
    ffi::OsString,
    fs,
    sync::{Arc, Mutex},
    time::Duration,
};

use boathook::{
    config::{Config, Receiver, SecretError, load_receivers},
    journal::Journal,
    observers::{
        cursor::Cursors,
        notify::{
            DeliveryCounters, DeliveryError, DeliveryResponse, Notification, Notifier, Transport,
        },
    },
};
use boathook_core::clock::Clock;
use boathook_testing::{delivery::NOW, state_dir::StateDir};
use futures_util::{
    FutureExt,
    future::{BoxFuture, pending},
};
use jiff::Timestamp;
use serde_json::Value;
use tokio::{
    sync::watch,
    time::{sleep, timeout},
};

const DEFAULT: &str = include_str!("../../../config/default.yaml");
/// How long anything may take before a test gives up on it.
const DEADLINE: Duration = Duration::from_secs(6 * 60 * 60);

/// Where the receivers `team` and `pager` are.
pub const TEAM: &str = "https://hooks.slack.example/services/T0000/B0000/a-token-of-slack";
pub const PAGER: &str = "https://pager.example/hook/a-path-that-nobody-knows";
/// What signs for `pager`.
pub const PAGER_SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo=";
/// A Slack channel that hears how every deployment ends.
pub const SLACK: &str = "{name: team, slack: {url: {env: TEAM}}, events: [succeeded, rolled_back, \
                         failed, rollback_failed]}";
/// A webhook that hears the same.
pub const WEBHOOK: &str = "{name: pager, webhook: {url: {env: PAGER}, secret: {env: \
                           PAGER_SECRET}}, events: [succeeded, failed, rollback_failed]}";

/// The configuration that has these receivers, or what is wrong with it.
pub fn config(notify: &str) -> Result<Config, String> {
    let directory = tempfile::tempdir().unwrap();
    fs::write(
        directory.path().join("default.yaml"),
        DEFAULT.replace("notify: []", &format!("notify: [{notify}]")),
    )
    .unwrap();
    for environment in ["staging.yaml", "production.yaml"] {
        fs::write(directory.path().join(environment), "").unwrap();
    }
    let shortened = |text: String| text.replace(&directory.path().display().to_string(), "config");
    Config::load(directory.path(), []).map_err(|error| shortened(error.to_string()))
}

/// The receivers with what their variables hold.
pub fn receivers_where(
    notify: &str,
    variables: &[(&str, &str)],
) -> Result<Vec<Receiver>, SecretError> {
    let variable = |name: &str| {
        variables.iter().find(|(known, _)| *known == name).map(|(_, value)| OsString::from(value))
    };
    load_receivers(&config(notify).unwrap(), variable)
}

pub fn receivers(notify: &str) -> Vec<Receiver> {
    receivers_where(notify, &[("TEAM", TEAM), ("PAGER", PAGER), ("PAGER_SECRET", PAGER_SECRET)])
        .unwrap()
}

/// What the next tries at a host come to; after them, everything is taken.
pub enum Comes {
    /// An answer with this status.
    Status(u16),
    /// An answer that asks for so many seconds of rest.
    Rest(u64),
    /// Nothing, ever.
    Nothing,
}

/// One try, as it arrived.
#[derive(Clone, Debug)]
pub struct Got {
    pub host: String,
    pub at: Timestamp,
    pub headers: HashMap<String, String>,
    pub body: String,
}

impl Got {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    /// The sender's name of the deployment and what became of it.
    pub fn transcript(&self) -> String {
        let json = self.json();
        let data = |key: &str| json["data"][key].as_str().unwrap().to_owned();
        format!("{} {}", data("deployment_id"), data("status"))
    }
}

/// In the place of all receivers.
pub struct Inbox {
    clock: Clock,
    got: watch::Sender<Vec<Got>>,
    script: Mutex<HashMap<String, Vec<Comes>>>,
}

impl Transport for Inbox {
    fn send(
        &self,
        notification: Notification,
    ) -> BoxFuture<'_, Result<DeliveryResponse, DeliveryError>> {
        let Notification { url, allowed: _, headers, body } = notification;
        let host = url.host_str().unwrap().to_owned();
        let headers = headers.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        self.got.send_modify(|got| {
            got.push(Got { host: host.clone(), at: self.clock.now(), headers, body })
        });
        let comes = self
            .script
            .lock()
            .unwrap()
            .get_mut(&host)
            .and_then(|script| (!script.is_empty()).then(|| script.remove(0)));
        let receipt = |status, rest: Option<u64>| {
            Ok(DeliveryResponse { status, retry_after: rest.map(Duration::from_secs) })
        };
        async move {
            match comes {
                None => receipt(204, None),
                Some(Comes::Status(status)) => receipt(status, None),
                Some(Comes::Rest(seconds)) => receipt(429, Some(seconds)),
                Some(Comes::Nothing) => pending().await,
            }
        }
        .boxed()
    }
}

pub struct NotifyHarness {
    pub dir: StateDir,
    pub journal: Journal,
    pub clock: Clock,
    pub inbox: Arc<Inbox>,
    pub counters: DeliveryCounters,
}

impl NotifyHarness {
    pub fn new() -> Self {
        let dir = StateDir::new();
        let clock = Clock::following_tokio(NOW.parse().unwrap());
        let journal = Journal::open(dir.store(), clock.clone()).unwrap();
        let inbox = Inbox {
            clock: clock.clone(),
            got: watch::Sender::new(Vec::new()),
            script: Mutex::default(),
        };
        Self { dir, journal, clock, inbox: Arc::new(inbox), counters: DeliveryCounters::default() }
    }

    /// What comes of the next tries at a host.
    pub fn script(&self, host: &str, comes: Vec<Comes>) {
        self.inbox.script.lock().unwrap().insert(host.to_owned(), comes);
    }

    /// A notifier of this journal, as `serve` makes one at its start.
    pub fn notifier(&self) -> Notifier {
        self.notifier_with(false)
    }

    /// The same of a boathook that shares the record with others.
    pub fn notifier_in_record(&self) -> Notifier {
        self.notifier_with(true)
    }

    fn notifier_with(&self, in_record: bool) -> Notifier {
        let cursors = Cursors {
            journal: self.journal.clone(),
            folder: self.dir.path().with_file_name("notify"),
            kind: "notify",
            in_record,
        };
        Notifier::new(
            self.journal.clone(),
            self.clock.clone(),
            Arc::clone(&self.inbox) as _,
            cursors,
            self.counters.clone(),
        )
    }

    /// Delivers until so many attempts have arrived in all, and then for a second more, so that one
    /// too many is seen.
    pub async fn deliver(
        &self,
        notifier: &Notifier,
        receivers: &[Receiver],
        count: usize,
    ) -> Vec<Got> {
        let mut got = self.inbox.got.subscribe();
        let enough = async {
            let waited = timeout(DEADLINE, got.wait_for(|got| got.len() >= count)).await;
            assert!(waited.is_ok(), "only these arrived: {:#?}", self.got());
            // Less than the first rest: nothing is tried again meanwhile.
            sleep(Duration::from_millis(500)).await;
        };
        tokio::select! {
            never = notifier.notify(receivers) => match never {},
            () = enough => {}
        }
        let got = self.got();
        assert_eq!(got.len(), count, "{got:#?}");
        got
    }

    /// Notifies for so long.
    pub async fn notify_for(&self, notifier: &Notifier, receivers: &[Receiver], time: Duration) {
        tokio::select! {
            never = notifier.notify(receivers) => match never {},
            () = sleep(time) => {}
        }
    }

    /// All that arrived.
    pub fn got(&self) -> Vec<Got> {
        self.inbox.got.borrow().clone()
    }
}
