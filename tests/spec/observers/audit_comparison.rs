//! The audit logs of boathooks that share one record: `compare` proves each, and names the records of
//! which they say different things.

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use boathook::{
    config::Audit,
    journal::{Accepted, Retention},
    observers::audit::{Auditor, CompareError, Comparison, Difference, Found, Refusals, compare},
};
use boathook_core::record::{DeploymentEvent, Event, Outcome};
use boathook_testing::{
    audit_harness::{AuditHarness, ROOMY, note, refused},
    samples::{QUEUE, acceptance, append_all, ended, step_failed},
};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use tokio::time::advance;
use tokio_util::sync::CancellationToken;

const DAY: Duration = Duration::from_hours(24);

/// A further node's log of the harness's journal, written until there is nothing more to write.
async fn audit_elsewhere(harness: &AuditHarness, directory: &Path, refusals: usize) {
    let (noted, queue) = Refusals::channel();
    for _ in 0..refusals {
        note(&noted, refused("192.0.2.7"));
    }
    let journal = harness.journal.clone();
    let clock = harness.clock.clone();
    let stop = CancellationToken::new();
    stop.cancel();
    Auditor::new(journal, clock, directory.to_owned(), ROOMY, queue).run(stop).await;
}

/// The folder of a further node's log.
fn elsewhere(harness: &AuditHarness) -> PathBuf {
    harness.dir.folder().join("elsewhere")
}

fn compared(harness: &AuditHarness) -> Comparison {
    compare(&[harness.directory(), elsewhere(harness)]).unwrap()
}

/// Someone who may write the folder changes its lines, and seals all of them anew.
fn rewrite(directory: &Path, change: impl FnOnce(&mut Vec<Value>)) {
    let text = fs::read_to_string(directory.join("audit.log")).unwrap();
    let mut lines = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    change(&mut lines);
    let mut hash = "0".repeat(64);
    let mut written = String::new();
    let mut head =
        serde_json::from_slice::<Value>(&fs::read(directory.join("head.json")).unwrap()).unwrap();
    for (index, line) in lines.into_iter().enumerate() {
        let Value::Object(mut fields) = line else { panic!("no object") };
        ["number", "previous", "hash"].into_iter().for_each(|name| drop(fields.remove(name)));
        let fields = serde_json::to_string(&fields).unwrap();
        let number = index + 1;
        let body = format!(r#"{{"number":{number},"previous":"{hash}",{}"#, &fields[1..]);
        let body = body.strip_suffix('}').unwrap();
        hash = hex::encode(Sha256::digest(body));
        written.push_str(&format!("{body},\"hash\":\"{hash}\"}}\n"));
        head["number"] = number.into();
        head["hash"] = hash.clone().into();
    }
    fs::write(directory.join("audit.log"), written).unwrap();
    fs::write(directory.join("head.json"), head.to_string()).unwrap();
}

#[tokio::test(start_paused = true)]
async fn logs_of_one_record_say_the_same_and_each_has_refusals_of_its_own() {
    let harness = AuditHarness::new();
    harness.deploy_shortly("101-1").await;
    harness.deploy_shortly("102-1").await;
    audit_elsewhere(&harness, &elsewhere(&harness), 2).await;
    let Comparison { logs, same, alone, different, named } = compared(&harness);
    assert_eq!((same, alone, different, named), (8, 0, 0, vec![]));
    let scopes = logs.iter().map(|log| (log.scope.records, log.scope.own)).collect::<Vec<_>>();
    // The later one also says that it was begun when the journal had records.
    assert_eq!(scopes, [(Some((1, 8)), 0), (Some((1, 8)), 3)]);
}

#[tokio::test(start_paused = true)]
async fn a_line_that_someone_wrote_anew_with_the_whole_chain_is_named() {
    let harness = AuditHarness::new();
    harness.deploy_shortly("101-1").await;
    audit_elsewhere(&harness, &elsewhere(&harness), 0).await;
    rewrite(&harness.directory(), |lines| lines[2]["what"] = "step_done".into());
    harness.proof();
    let Comparison { same, different, named, .. } = compared(&harness);
    assert_eq!((same, different), (3, 1));
    let found = vec![Found::Line { number: 3, content: 0 }, Found::Line { number: 4, content: 1 }];
    assert_eq!(named, [Difference { sequence: 3, what: "step_done".to_owned(), found }]);
}

#[tokio::test(start_paused = true)]
async fn a_line_that_someone_took_out_is_named() {
    let harness = AuditHarness::new();
    audit_elsewhere(&harness, &elsewhere(&harness), 1).await;
    harness.deploy_shortly("101-1").await;
    audit_elsewhere(&harness, &elsewhere(&harness), 0).await;
    rewrite(&elsewhere(&harness), |lines| drop(lines.remove(2)));
    let Comparison { same, different, named, .. } = compared(&harness);
    assert_eq!((same, different), (3, 1));
    let [Difference { sequence: 2, what, found }] = &*named else { panic!("{named:?}") };
    assert_eq!(what, "started");
    assert_eq!(found[..], [Found::Line { number: 2, content: 0 }, Found::Missing]);
}

#[tokio::test(start_paused = true)]
async fn only_what_both_should_have_is_compared() {
    let harness = AuditHarness::with(Audit { max_bytes: 1, keep: 1 });
    harness.deploy_shortly("101-1").await;
    audit_elsewhere(&harness, &elsewhere(&harness), 0).await;
    harness.deploy_shortly("102-1").await;
    harness.deploy_shortly("103-1").await;
    // The first deployment's lines were removed by age here, and there the last two are still to come.
    let Comparison { same, alone, different, .. } = compared(&harness);
    assert_eq!((same, alone, different), (0, 12, 0));
    audit_elsewhere(&harness, &elsewhere(&harness), 0).await;
    let Comparison { same, alone, different, .. } = compared(&harness);
    assert_eq!((same, alone, different), (8, 4, 0));
}

#[tokio::test(start_paused = true)]
async fn a_log_begun_later_need_not_have_what_was_pruned_before() {
    let harness = AuditHarness::new();
    let mut kept_for_ever = acceptance("game", "101-1");
    kept_for_ever.request.timestamp = None;
    let accepted = harness.journal.accept(kept_for_ever, QUEUE).await.unwrap();
    let Accepted::New(summary) = accepted else { panic!("a repeat") };
    let end = vec![
        Event::Deployment(DeploymentEvent::Started),
        step_failed("no"),
        ended(Outcome::Failed),
    ];
    append_all(&harness.journal, &summary.id, end).await;
    advance(10 * DAY).await;
    harness.deploy_shortly("102-1").await;
    let keep = Retention { keep_days: 1, keep_count: 1, window: DAY };
    assert_eq!(harness.journal.prune(keep, u64::MAX).await.unwrap(), 1);
    audit_elsewhere(&harness, &elsewhere(&harness), 0).await;
    let Comparison { logs, same, alone, different, .. } = compared(&harness);
    // Of the first deployment, the acceptance is left, and that it was pruned.
    assert_eq!((same, alone, different), (5, 3, 0));
    assert_eq!(logs[1].scope.began_at, 8);
}

#[tokio::test(start_paused = true)]
async fn a_log_that_is_not_whole_is_named_among_several() {
    let harness = AuditHarness::new();
    harness.deploy_shortly("101-1").await;
    audit_elsewhere(&harness, &elsewhere(&harness), 0).await;
    let log = elsewhere(&harness).join("audit.log");
    let text = fs::read_to_string(&log).unwrap().replace("started", "stopped");
    fs::write(log, text).unwrap();
    match compare(&[harness.directory(), elsewhere(&harness)]) {
        Err(CompareError::Flawed { path, flaw }) => {
            assert_eq!((path, flaw.line), (elsewhere(&harness), Some(3)));
        }
        other => panic!("expected a flaw: {other:?}"),
    }
}
