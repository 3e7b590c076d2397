//! The audit log after a crash at any moment, after someone else's hand, and on a disk that says
//! no: every record has one line.

use std::{fs, time::Duration};

use boathook::config::Audit;
use boathook_testing::{
    audit_harness::{AuditHarness, note, refused},
    state_dir::StateDir,
};
use expect_test::expect;
use tokio_util::sync::CancellationToken;

/// A log whose last lines are on disk, but not yet named by the head, as after a crash between the
/// two. Gives the bytes that the head names.
async fn ahead_of_its_head() -> (AuditHarness, usize) {
    let harness = AuditHarness::new();
    harness.deploy_shortly("101-1").await;
    let head = fs::read(harness.file("head.json")).unwrap();
    let named = harness.log().len();
    harness.deploy_shortly("102-1").await;
    fs::write(harness.file("head.json"), head).unwrap();
    (harness, named)
}

#[tokio::test(start_paused = true)]
async fn lines_that_a_crash_left_out_are_written_from_the_journal_at_the_next_start() {
    let harness = AuditHarness::new();
    harness.deploy_shortly("101-1").await;
    harness.record("102-1").await;
    harness.record("103-1").await;
    assert_eq!(harness.sequences().len(), 4);
    harness.audit().await;
    harness.assert_every_record_has_one_line();
    assert_eq!(harness.proof().to, harness.journal.last_sequence());
}

#[tokio::test(start_paused = true)]
async fn a_crash_between_the_lines_and_the_head_leaves_no_line_twice() {
    let (harness, _) = ahead_of_its_head().await;
    let log = harness.log();
    harness.audit().await;
    assert_eq!(harness.log(), log, "whole lines stay as they are");
    harness.assert_every_record_has_one_line();
    assert_eq!(harness.proof().to, 8);
}

#[tokio::test(start_paused = true)]
async fn a_crash_at_any_byte_of_a_write_leaves_no_hole_and_no_line_twice() {
    let (harness, named) = ahead_of_its_head().await;
    let head = fs::read(harness.file("head.json")).unwrap();
    let log = harness.log();
    for length in named..log.len() {
        fs::write(harness.file("head.json"), &head).unwrap();
        harness.put_log(&log[..length]);
        harness.audit().await;
        harness.assert_every_record_has_one_line();
        let torn = length > named && log[length - 1] != b'\n';
        assert_eq!(harness.lines_of("repaired").len(), usize::from(torn), "cut at byte {length}");
        assert_eq!(harness.proof().to, 8 + u64::from(torn));
    }
}

#[tokio::test(start_paused = true)]
async fn a_torn_line_is_cut_off_and_written_again_and_the_log_says_so() {
    let (harness, named) = ahead_of_its_head().await;
    let log = harness.log();
    harness.put_log(&[&log[..named], &b"\0\0\0\0\0\0"[..]].concat());
    harness.audit().await;
    let repaired = harness.lines_of("repaired");
    assert_eq!(
        repaired[0]["reason"],
        "6 bytes of lines that were never finished were cut off after line 4"
    );
    harness.proof();
}

#[tokio::test(start_paused = true)]
async fn a_crash_while_a_new_file_is_begun_breaks_nothing() {
    let harness = AuditHarness::with(Audit { max_bytes: 1, keep: 20 });
    harness.deploy_shortly("101-1").await;
    fs::rename(harness.file("audit.log"), harness.file("audit-000000000004.log")).unwrap();
    harness.deploy_shortly("102-1").await;
    harness.assert_every_record_has_one_line();
    assert_eq!(
        (harness.proof().to, harness.files()),
        (8, vec!["audit-000000000004.log".to_owned(), "audit.log".to_owned()])
    );
    assert_eq!(harness.lines_of("repaired"), [] as [serde_json::Value; 0]);
}

#[tokio::test(start_paused = true)]
async fn a_log_that_someone_changed_is_set_aside_and_goes_on_and_the_bad_line_stays_named() {
    let harness = AuditHarness::new();
    harness.deploy_shortly("101-1").await;
    let changed =
        String::from_utf8(harness.log()).unwrap().replace("\"reason\":\"no\"", "\"reason\":\"ok\"");
    harness.put_log(changed.as_bytes());
    let before = harness.flaw();
    harness.deploy_shortly("102-1").await;
    let after = harness.flaw();
    assert_eq!((before.line, &before.wrong), (after.line, &after.wrong));
    expect!["audit-000000000004.log line 3: changed: it does not match its own hash"]
        .assert_eq(&after.to_string());
    expect![
        "audit.log did not hold line 4 as it was written: it was set aside, see `boathook audit \
         verify`"
    ]
    .assert_eq(harness.lines_of("repaired")[0]["reason"].as_str().unwrap());
    harness.assert_every_record_has_one_line();
}

#[tokio::test(start_paused = true)]
async fn a_tail_that_someone_cut_is_missed_for_ever() {
    let harness = AuditHarness::new();
    harness.deploy_shortly("101-1").await;
    let lines = harness.text_lines();
    harness.put_log(&lines[..2].concat());
    harness.deploy_shortly("102-1").await;
    expect!["audit.log line 1: missing before it: numbers 3 to 4"]
        .assert_eq(&harness.flaw().to_string());
}

#[tokio::test(start_paused = true)]
async fn without_its_head_a_log_goes_on_from_its_last_line_and_says_so() {
    let harness = AuditHarness::new();
    harness.deploy_shortly("101-1").await;
    fs::remove_file(harness.file("head.json")).unwrap();
    harness.deploy_shortly("102-1").await;
    harness.assert_every_record_has_one_line();
    harness.proof();
    expect!["head.json was missing: it was made again from the log, which ends with line 4"]
        .assert_eq(harness.lines_of("repaired")[0]["reason"].as_str().unwrap());
}

#[tokio::test(start_paused = true)]
async fn a_head_that_names_another_record_than_the_lines_doubles_nothing_and_loses_nothing() {
    for said in [0, 3, 6] {
        let harness = AuditHarness::new();
        harness.deploy_shortly("101-1").await;
        let head = fs::read_to_string(harness.file("head.json")).unwrap();
        fs::write(
            harness.file("head.json"),
            head.replace("\"sequence\":4", &format!("\"sequence\":{said}")),
        )
        .unwrap();
        expect!["head.json: changed: it does not say what the lines say"]
            .assert_eq(&harness.flaw().to_string());
        harness.deploy_shortly("102-1").await;
        harness.assert_every_record_has_one_line();
        assert_eq!(
            harness.lines_of("repaired")[0]["reason"],
            format!(
                "head.json named record {said} as the last one that has its line, and the lines \
                 say 4: going on after 4"
            )
        );
        harness.proof();
    }
}

#[tokio::test(start_paused = true)]
async fn a_log_that_someone_took_away_is_restarted_and_says_so() {
    let harness = AuditHarness::new();
    harness.deploy_shortly("101-1").await;
    assert_eq!((harness.proof().repaired, harness.proof().journal_replaced), (vec![], vec![]));
    fs::remove_dir_all(harness.directory()).unwrap();
    harness.audit().await;
    harness.assert_every_record_has_one_line();
    expect![
        "begun anew: the journal ends at record 4, and no line was here; what only the log held, \
         such as refusals, is gone"
    ]
    .assert_eq(harness.lines_of("repaired")[0]["reason"].as_str().unwrap());
    assert_eq!(harness.proof().repaired, [1]);
}

#[tokio::test(start_paused = true)]
async fn another_journal_in_the_old_ones_place_is_reported_and_followed() {
    let harness = AuditHarness::new();
    harness.deploy_shortly("101-1").await;
    let other = StateDir::new();
    let harness = harness.with_journal(other.store());
    harness.audit().await;
    harness.deploy_shortly("201-1").await;
    harness.deploy_shortly("202-1").await;
    assert_eq!(harness.sequences(), [1, 2, 3, 4, 1, 2, 3, 4, 5, 6, 7, 8]);
    expect![
        "the journal ends at record 0, and 4 was written here: it was replaced; going on after 0"
    ]
    .assert_eq(harness.lines_of("journal_replaced")[0]["reason"].as_str().unwrap());
    assert_eq!(harness.lines_of("journal_replaced").len(), 1);
    harness.proof();
}

#[tokio::test(start_paused = true)]
async fn a_disk_that_refuses_is_tried_again_and_nothing_is_lost_or_written_twice() {
    let harness = AuditHarness::new();
    fs::write(harness.directory(), "a file in the directory's place").unwrap();
    let (auditor, refusals) = harness.auditor();
    let stop = CancellationToken::new();
    let auditing = tokio::spawn(auditor.run(stop.clone()));
    note(&refusals, refused("192.0.2.7"));
    harness.record("101-1").await;
    tokio::time::sleep(Duration::from_secs(600)).await;
    fs::remove_file(harness.directory()).unwrap();
    harness.record("102-1").await;
    tokio::time::sleep(Duration::from_secs(60)).await;
    stop.cancel();
    auditing.await.unwrap();
    harness.assert_every_record_has_one_line();
    assert_eq!(harness.lines_of("refused").len(), 1);
    harness.proof();
}

#[tokio::test(start_paused = true)]
async fn an_old_file_that_cannot_be_removed_stays_and_nothing_stops() {
    let harness = AuditHarness::with(Audit { max_bytes: 1, keep: 1 });
    harness.deploy_shortly("1-1").await;
    let failed_rollback = harness.file("audit-000000000002.log");
    let kept = harness.file("audit-000000000004.log");
    fs::create_dir(&failed_rollback).unwrap();
    harness.deploy_shortly("2-1").await;
    let old = fs::read(&kept).unwrap();
    harness.deploy_shortly("3-1").await;
    harness.deploy_shortly("4-1").await;
    assert_eq!(harness.files(), ["audit-000000000002.log", "audit-000000000012.log", "audit.log"]);
    fs::remove_dir(&failed_rollback).unwrap();
    assert_eq!(harness.sequences(), (9..=16).collect::<Vec<_>>());
    // An old file that stayed behind is no hole in what is proven.
    fs::write(&kept, old).unwrap();
    assert_eq!((harness.proof().from, harness.proof().to), (9, 16));
}

#[tokio::test(start_paused = true)]
async fn a_head_that_cannot_be_written_loses_nothing_and_doubles_nothing() {
    let harness = AuditHarness::new();
    harness.deploy_shortly("101-1").await;
    let (auditor, refusals) = harness.auditor();
    let stop = CancellationToken::new();
    let auditing = tokio::spawn(auditor.run(stop.clone()));
    tokio::time::sleep(Duration::from_secs(1)).await;
    // The lines get to the disk, and then the head does not.
    fs::create_dir(harness.file("head.json.new")).unwrap();
    note(&refusals, refused("192.0.2.7"));
    harness.record("102-1").await;
    tokio::time::sleep(Duration::from_secs(600)).await;
    assert!(harness.lines().len() > 4, "lines were written before the head was");
    fs::remove_dir(harness.file("head.json.new")).unwrap();
    tokio::time::sleep(Duration::from_secs(60)).await;
    stop.cancel();
    auditing.await.unwrap();
    harness.assert_every_record_has_one_line();
    assert_eq!(harness.lines_of("refused").len(), 1);
    harness.proof();
}
