//! The audit log proves itself: whatever is changed, taken out or moved, `verify` names the first
//! bad line.

use std::{fs, os::unix::fs::PermissionsExt as _};

use boathook::{
    config::Audit,
    observers::audit::{Wrong, verify},
};
use boathook_testing::audit_harness::AuditHarness;
use expect_test::expect;
use sha2::{Digest as _, Sha256};

/// Four lines in one file.
async fn small() -> AuditHarness {
    let harness = AuditHarness::new();
    harness.deploy_shortly("101-1").await;
    assert_eq!(harness.text_lines().len(), 4);
    harness
}

/// One line for each record in files of one batch each.
async fn in_files(keep: u32) -> AuditHarness {
    let harness = AuditHarness::with(Audit { max_bytes: 1, keep });
    for number in 1..=4 {
        harness.deploy_shortly(&format!("{number}-1")).await;
    }
    harness
}

#[tokio::test(start_paused = true)]
async fn a_log_that_nobody_touched_is_whole() {
    let harness = small().await;
    let proof = harness.proof();
    assert_eq!((proof.from, proof.to, proof.files, proof.unfinished), (1, 4, 1, false));
    let last = &harness.lines()[3];
    assert_eq!(last["hash"], proof.hash.to_string());
}

#[tokio::test(start_paused = true)]
async fn only_boathooks_own_user_may_read_it() {
    let harness = small().await;
    let mode = |name: &str| fs::metadata(harness.file(name)).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode("."), mode("audit.log"), mode("head.json")), (0o700, 0o600, 0o600));
}

#[tokio::test(start_paused = true)]
async fn the_hash_of_a_line_can_be_computed_with_any_tool() {
    let lines = small().await.text_lines();
    let texts =
        lines.iter().map(|line| std::str::from_utf8(line).unwrap().trim_end()).collect::<Vec<_>>();
    for pair in texts.windows(2) {
        let (body, _) = pair[0].split_once(r#","hash":"#).unwrap();
        let hash = hex::encode(Sha256::digest(body));
        assert!(pair[0].ends_with(&format!(r#","hash":"{hash}"}}"#)), "{}", pair[0]);
        assert!(pair[1].contains(&format!(r#""previous":"{hash}""#)), "{}", pair[1]);
    }
}

#[tokio::test(start_paused = true)]
async fn any_byte_that_is_changed_names_its_line() {
    let harness = small().await;
    let log = harness.log();
    let mut line = 1;
    for (at, byte) in log.iter().enumerate() {
        let mut changed = log.clone();
        changed[at] ^= 1 << (at % 8);
        harness.put_log(&changed);
        let flaw = harness.flaw();
        assert_eq!((flaw.file.as_str(), flaw.line), ("audit.log", Some(line)), "byte {at}: {flaw}");
        line += u64::from(*byte == b'\n');
    }
}

#[tokio::test(start_paused = true)]
async fn a_log_that_is_cut_at_any_byte_is_not_whole() {
    let harness = small().await;
    let log = harness.log();
    for length in 0..log.len() {
        harness.put_log(&log[..length]);
        let whole = log[..length].iter().filter(|byte| **byte == b'\n').count() as u64;
        let between = length == 0 || log[length - 1] == b'\n';
        let expected = if between {
            Wrong::TailCut { from: whole + 1, to: 4 }
        } else {
            Wrong::Torn { number: whole + 1 }
        };
        assert_eq!(harness.flaw().wrong, expected, "cut at byte {length}");
    }
}

#[tokio::test(start_paused = true)]
async fn lines_that_are_dropped_swapped_or_written_twice_are_named() {
    let harness = small().await;
    let lines = harness.text_lines();
    let arranged = |order: &[usize]| {
        order.iter().flat_map(|number| lines[*number - 1].clone()).collect::<Vec<_>>()
    };
    let result = [
        &[2, 3, 4][..],
        &[1, 3, 4],
        &[1, 4],
        &[1, 2, 3],
        &[2, 1, 3, 4],
        &[1, 3, 2, 4],
        &[1, 2, 4, 3],
        &[1, 2, 2, 3, 4],
        &[],
    ]
    .map(|order| {
        harness.put_log(&arranged(order));
        format!("{order:?}: {}", harness.flaw())
    });
    expect![[r#"
        [2, 3, 4]: audit.log line 1: missing before it: number 1
        [1, 3, 4]: audit.log line 2: missing before it: number 2
        [1, 4]: audit.log line 2: missing before it: numbers 2 to 3
        [1, 2, 3]: audit.log line 3: the tail was cut off: number 4 should follow
        [2, 1, 3, 4]: audit.log line 1: swapped: this is number 2, and number 1, which belongs here, stands in audit.log line 2
        [1, 3, 2, 4]: audit.log line 2: swapped: this is number 3, and number 2, which belongs here, stands in audit.log line 3
        [1, 2, 4, 3]: audit.log line 3: swapped: this is number 4, and number 3, which belongs here, stands in audit.log line 4
        [1, 2, 2, 3, 4]: audit.log line 3: out of place: this is number 2, and number 3 belongs here
        []: audit.log: the tail was cut off: numbers 1 to 4 should follow"#]]
    .assert_eq(&result.join("\n"));
}

#[tokio::test(start_paused = true)]
async fn lines_that_are_written_anew_with_hashes_that_fit_do_not_fit_what_follows_or_the_head() {
    let harness = small().await;
    let lines = harness.text_lines();
    let forged = |line: &[u8]| {
        let text = String::from_utf8(line.to_vec()).unwrap().replace("2026-08-01", "2026-08-02");
        let (body, _) = text.split_once(r#","hash":"#).unwrap();
        format!("{body},\"hash\":\"{}\"}}\n", hex::encode(Sha256::digest(body))).into_bytes()
    };
    let result = [2, 4].map(|number| {
        let mut lines = lines.clone();
        lines[number - 1] = forged(&lines[number - 1]);
        harness.put_log(&lines.concat());
        format!("{number}: {}", harness.flaw())
    });
    expect![[r#"
        2: audit.log line 3: written anew: it, or what stands before it, is not what was chained here
        4: audit.log line 4: written anew: it, or what stands before it, is not what was chained here"#]]
    .assert_eq(&result.join("\n"));
}

#[tokio::test(start_paused = true)]
async fn a_head_that_is_gone_or_changed_is_named() {
    let harness = small().await;
    let head = fs::read_to_string(harness.file("head.json")).unwrap();
    let mut result = Vec::new();
    for changed in [Some("{"), None] {
        match changed {
            Some(text) => fs::write(harness.file("head.json"), text).unwrap(),
            None => fs::remove_file(harness.file("head.json")).unwrap(),
        }
        result.push(harness.flaw().to_string());
    }
    let hash = harness.lines()[3]["hash"].as_str().unwrap().to_owned();
    fs::write(harness.file("head.json"), head.replace(&hash, &"0".repeat(64))).unwrap();
    result.push(harness.flaw().to_string());
    expect![[r#"
        head.json: changed: it cannot be read, so that a tail that was cut off would not be noticed
        head.json: missing, so that a tail that was cut off would not be noticed
        audit.log line 4: written anew: it, or what stands before it, is not what was chained here"#]]
    .assert_eq(&result.join("\n"));
}

#[tokio::test(start_paused = true)]
async fn any_bit_of_the_head_that_is_changed_is_noticed_but_for_the_first_line_kept() {
    let harness = small().await;
    let head = fs::read(harness.file("head.json")).unwrap();
    // Anyone who says that the oldest lines were removed as configured cannot be refuted by those
    // that are kept.
    let from = String::from_utf8_lossy(&head).find("\"from\":").unwrap() + "\"from\":".len();
    for (at, bit) in (0..head.len())
        .flat_map(|at| (0..8).map(move |bit| (at, bit)))
        .filter(|(at, _)| *at != from)
    {
        let mut changed = head.clone();
        changed[at] ^= 1 << bit;
        fs::write(harness.file("head.json"), &changed).unwrap();
        assert!(
            verify(&harness.directory()).is_err(),
            "byte {at}: {}",
            String::from_utf8_lossy(&changed)
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_record_that_is_reported_a_second_time_is_named() {
    let harness = AuditHarness::new();
    harness.deploy_shortly("101-1").await;
    let last = String::from_utf8(harness.text_lines()[3].clone()).unwrap();
    let (_, result) = last.rsplit_once(r#"{"number":4,"previous":""#).unwrap();
    let (result, _) = result.split_once(r#","hash":"#).unwrap();
    let body = format!(r#"{{"number":5,"previous":"{}{}"#, harness.proof().hash, &result[64..]);
    let again = format!("{body},\"hash\":\"{}\"}}\n", hex::encode(Sha256::digest(&body)));
    harness.put_log(&[harness.log(), again.into_bytes()].concat());
    expect!["audit.log line 5: out of order: it is about record 4, and record 4 comes before it"]
        .assert_eq(&harness.flaw().to_string());
}

#[tokio::test(start_paused = true)]
async fn the_chain_is_carried_over_into_each_new_file() {
    let harness = in_files(20).await;
    assert_eq!(
        harness.files(),
        ["audit-000000000004.log", "audit-000000000008.log", "audit-000000000012.log", "audit.log"]
    );
    let lines = harness.lines();
    assert_eq!(lines[4]["previous"], lines[3]["hash"]);
    let proof = harness.proof();
    assert_eq!((proof.from, proof.to, proof.files), (1, 16, 4));
    harness.assert_every_record_has_one_line();
}

#[tokio::test(start_paused = true)]
async fn where_the_oldest_files_were_removed_by_keep_the_proof_says_from_where_on_it_holds() {
    let harness = in_files(2).await;
    assert_eq!(harness.files(), ["audit-000000000008.log", "audit-000000000012.log", "audit.log"]);
    let proof = harness.proof();
    assert_eq!((proof.from, proof.to), (5, 16));
}

#[tokio::test(start_paused = true)]
async fn a_file_that_someone_removes_is_missed() {
    let result =
        ["audit-000000000004.log", "audit-000000000008.log", "audit.log"].map(async |name| {
            let harness = in_files(20).await;
            fs::remove_file(harness.file(name)).unwrap();
            format!("{name}: {}", harness.flaw())
        });
    let result = futures_util::future::join_all(result).await;
    expect![[r#"
        audit-000000000004.log: audit-000000000008.log line 1: missing before it: numbers 1 to 4
        audit-000000000008.log: audit-000000000012.log line 1: missing before it: numbers 5 to 8
        audit.log: audit-000000000012.log line 4: the tail was cut off: numbers 13 to 16 should follow"#]]
    .assert_eq(&result.join("\n"));
}

#[tokio::test(start_paused = true)]
async fn a_line_after_the_head_that_is_not_finished_is_no_flaw_but_is_said() {
    let harness = small().await;
    harness.put_log(&[harness.log(), b"{\"number\":5,".to_vec()].concat());
    assert!(harness.proof().unfinished);
}

#[tokio::test(start_paused = true)]
async fn where_there_is_no_log_nothing_is_proven() {
    let harness = AuditHarness::new();
    let error = verify(&harness.directory()).unwrap_err().to_string();
    assert_eq!(
        error.replace(&harness.directory().display().to_string(), "DIR"),
        "no audit log in `DIR`; name its directory with --dir"
    );
}
