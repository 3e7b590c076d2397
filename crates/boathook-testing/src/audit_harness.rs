//! A journal, and the audit log beside it.

use std::{cell::Cell, fs, path::PathBuf, sync::Arc};

use boathook::{
    config::Audit,
    journal::{Journal, Store},
    observers::audit::{
        Auditor, Flaw, Proof, RefusalQueue, Refusals, Refused, VerifyError, Whose, verify,
    },
};
use boathook_core::{
    clock::Clock,
    deployment::DeploymentId,
    record::{DeploymentEvent, Event, Outcome, RequestSource},
};
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use crate::{
    delivery::NOW,
    samples::{self, append_all, image},
    state_dir::StateDir,
};

/// Limits under which everything stays in one file.
pub const ROOMY: Audit = Audit { max_bytes: 1 << 20, keep: 20 };

pub struct AuditHarness {
    pub dir: StateDir,
    pub journal: Journal,
    pub clock: Clock,
    pub limits: Audit,
    /// Made before anything is recorded, as at a first start.
    first: Cell<Option<(Auditor, Refusals)>>,
}

impl AuditHarness {
    pub fn new() -> Self {
        Self::with(ROOMY)
    }

    /// The audit log of what waits in a queue of refusals.
    pub async fn of(queue: RefusalQueue) -> Self {
        let harness = Self::new();
        let stop = CancellationToken::new();
        stop.cancel();
        let journal = harness.journal.clone();
        let clock = harness.clock.clone();
        Auditor::new(journal, clock, harness.directory(), harness.limits, queue).run(stop).await;
        harness
    }

    pub fn with(limits: Audit) -> Self {
        let dir = StateDir::new();
        let clock = Clock::following_tokio(NOW.parse().unwrap());
        let journal = Journal::open(dir.store(), clock.clone()).unwrap();
        let harness = Self { dir, journal, clock, limits, first: Cell::default() };
        harness.first.set(Some(harness.another_auditor()));
        harness
    }

    /// An auditor of this journal, as `serve` makes one at its start.
    pub fn auditor(&self) -> (Auditor, Refusals) {
        self.first.take().unwrap_or_else(|| self.another_auditor())
    }

    fn another_auditor(&self) -> (Auditor, Refusals) {
        let (refusals, queue) = Refusals::channel();
        (
            Auditor::new(
                self.journal.clone(),
                self.clock.clone(),
                self.directory(),
                self.limits,
                queue,
            ),
            refusals,
        )
    }

    /// Starts an auditor and stops it: it writes all that there is, and ends.
    pub async fn audit(&self) {
        let stop = CancellationToken::new();
        stop.cancel();
        self.auditor().0.run(stop).await;
    }

    /// Has a deployment recorded, from its acceptance to its success: eleven records.
    pub async fn record(&self, deployment_id: &str) -> DeploymentId {
        let id = samples::accept(&self.journal, "game", deployment_id).await;
        let digest = image(&format!("registry.example/game@sha256:{}", "b".repeat(64)));
        append_all(&self.journal, &id, samples::success("game", "game-00002", &digest)).await;
        id
    }

    /// Has a short deployment recorded and written: four lines.
    pub async fn deploy_shortly(&self, deployment_id: &str) {
        let id = samples::accept(&self.journal, "game", deployment_id).await;
        append_all(
            &self.journal,
            &id,
            vec![
                Event::Deployment(DeploymentEvent::Started),
                samples::step_failed("no"),
                samples::ended(Outcome::Failed),
            ],
        )
        .await;
        self.audit().await;
    }

    pub fn directory(&self) -> PathBuf {
        self.dir.path().with_file_name("audit")
    }

    pub fn file(&self, name: &str) -> PathBuf {
        self.directory().join(name)
    }

    /// The bytes of `audit.log`.
    pub fn log(&self) -> Vec<u8> {
        fs::read(self.file("audit.log")).unwrap()
    }

    pub fn put_log(&self, bytes: &[u8]) {
        fs::write(self.file("audit.log"), bytes).unwrap();
    }

    /// All lines of `audit.log`, each with its line break.
    pub fn text_lines(&self) -> Vec<Vec<u8>> {
        self.log().split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect()
    }

    /// The log's files, the oldest first.
    pub fn files(&self) -> Vec<String> {
        let entries = fs::read_dir(self.directory())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut names = entries.filter(|name| name.ends_with(".log")).collect::<Vec<_>>();
        names.sort();
        names
    }

    /// All lines of all files.
    pub fn lines(&self) -> Vec<Value> {
        let text = self
            .files()
            .iter()
            .map(|name| fs::read_to_string(self.file(name)).unwrap())
            .collect::<String>();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// The lines of this kind.
    pub fn lines_of(&self, what: &str) -> Vec<Value> {
        self.lines().into_iter().filter(|line| line["what"] == what).collect()
    }

    /// Which record each line tells of, in order, without those of boathook itself.
    pub fn sequences(&self) -> Vec<u64> {
        let of_records = self.lines().into_iter().filter(|line| line["what"] != "journal_replaced");
        of_records.filter_map(|line| line["sequence"].as_u64()).collect()
    }

    /// That each record of the journal has one line, in order.
    pub fn assert_every_record_has_one_line(&self) {
        assert_eq!(self.sequences(), (1..=self.journal.last_sequence()).collect::<Vec<_>>());
    }

    pub fn proof(&self) -> Proof {
        verify(&self.directory()).unwrap()
    }

    /// The first bad line.
    pub fn flaw(&self) -> Flaw {
        match verify(&self.directory()) {
            Err(VerifyError::Flawed(flaw)) => flaw,
            other => panic!("expected a bad line: {other:?}"),
        }
    }

    /// The same with another journal, which is open from now on.
    pub fn with_journal(self, journal: Arc<dyn Store>) -> Self {
        let journal = Journal::open(journal, self.clock.clone()).unwrap();
        Self { journal, first: Cell::default(), ..self }
    }
}

/// Has a refusal noted as the listeners do it.
pub fn note(refusals: &Refusals, refused: Refused) {
    let whose =
        if refused.signed_by.is_some() { Whose::Authenticated } else { Whose::Unauthenticated };
    refusals.note(whose, refused.status, || refused);
}

/// A refusal from this address.
pub fn refused(client: &str) -> Refused {
    Refused {
        at: NOW.parse().unwrap(),
        source: RequestSource::Listener,
        client: Some(client.parse().unwrap()),
        signed_by: None,
        identity: None,
        operator: None,
        method: "POST".to_owned(),
        path: "/webhook/deploy".to_owned(),
        delivery: None,
        status: 401,
        reason: "the signature is bad".to_owned(),
    }
}
