//! Each judge finds what was made up for it, and nothing where all went well.

use jiff::{SignedDuration, Timestamp};

use crate::failover::{
    evidence::{
        Asked, Audit, Change, Changed, Deployment, Evidence, Fault, Lead, Look, Start, Term, Try,
        Written,
    },
    judge::{judge, times::without_leader},
};

fn at(milliseconds: i64) -> Timestamp {
    Timestamp::from_millisecond(milliseconds).unwrap()
}

fn tried(deployment_id: &str, deployment: &str, status: u16) -> Try {
    Try {
        at: at(1),
        service: "shop".to_owned(),
        deployment_id: deployment_id.to_owned(),
        good: deployment_id != "bad",
        status: Some(status),
        milliseconds: 1,
        deployment: Some(deployment.to_owned()),
    }
}

fn deployed(deployment_id: &str, id: &str, status: &str) -> Deployment {
    Deployment {
        id: id.to_owned(),
        deployment_id: deployment_id.to_owned(),
        status: status.to_owned(),
        accepted_at: at(1),
        ended_at: Some(at(900)),
        ends: 1,
    }
}

fn change(kind: &str, by: &str, milliseconds: i64, generation: i64, uid: &str) -> Change {
    Change {
        at: at(milliseconds),
        kind: kind.to_owned(),
        name: "shop".to_owned(),
        uid: uid.to_owned(),
        generation,
        by: Some(by.to_owned()),
        deployment: Some("a".to_owned()),
    }
}

fn audit(node: &str) -> Audit {
    let node = node.to_owned();
    let said = String::new();
    Audit { node, code: 0, said, gap_after: None, last_sequence: 20 }
}

fn lead(milliseconds: i64, epoch: Option<i64>) -> Lead {
    Lead { at: at(milliseconds), epoch, node: epoch.map(|epoch| format!("node-{epoch}")) }
}

/// A trial without a finding: node 1 leads, is killed at 1000, and node 2 leads from 5000 on.
fn flawless() -> Evidence {
    let written = |epoch, process, first_sequence, last_sequence| Written {
        epoch,
        process,
        first_sequence,
        last_sequence,
    };
    let start = |node: &str, process| Start { node: node.to_owned(), process };
    let look = Look {
        at: at(7),
        service: "shop".to_owned(),
        status: Some(200),
        shares: vec![("shop-1".to_owned(), 90), ("shop-2".to_owned(), 10)],
    };
    Evidence {
        tries: vec![tried("good", "a", 202), tried("good", "a", 200), tried("bad", "b", 202)],
        deployments: vec![deployed("good", "a", "succeeded"), deployed("bad", "b", "rolled_back")],
        written: vec![written(1, 101, 1, 9), written(2, 102, 10, 20)],
        others: vec![Changed { changed: "deployments".to_owned(), epoch: 2, process: 102 }],
        asked: vec![Asked { faults: 1 }],
        terms: vec![
            Term { epoch: 1, at: at(0), process: 101 },
            Term { epoch: 2, at: at(5000), process: 102 },
        ],
        starts: vec![start("node-1", 101), start("node-2", 102)],
        changes: vec![
            change("service", "node-1", 100, 1, "s"),
            change("service", "node-1", 6000, 1, "s"),
            change("service", "node-2", 6001, 2, "s"),
            change("revision", "", 6002, 1, "r"),
        ],
        looks: vec![look],
        leads: vec![lead(0, Some(1)), lead(4000, None), lead(5000, Some(2))],
        faults: vec![Fault {
            kind: "kill-leader".to_owned(),
            begun: at(1000),
            over: at(1001),
            recovered: at(8000),
            led: 101,
            proof: "process 101 ended".to_owned(),
        }],
        audits: vec![audit("node-1"), audit("node-2")],
    }
}

/// The findings after this was done to it.
fn found(doctor: impl FnOnce(&mut Evidence)) -> Vec<String> {
    let mut evidence = flawless();
    doctor(&mut evidence);
    let judged = judge(&evidence).into_iter();
    judged
        .flat_map(|(what, lines)| lines.into_iter().map(move |line| format!("{what}: {line}")))
        .collect()
}

#[track_caller]
fn assert_found(doctor: impl FnOnce(&mut Evidence), expected: &[&str]) {
    let found = found(doctor);
    assert_eq!(found.len(), expected.len(), "{found:#?}");
    for (line, begin) in found.iter().zip(expected) {
        assert!(line.starts_with(begin), "{line}");
    }
}

#[test]
fn a_flawless_trial_has_no_finding() {
    assert_eq!(found(|_| ()), Vec::<String>::new());
}

#[test]
fn what_was_accepted_and_is_not_in_the_record_is_lost() {
    assert_found(|all| drop(all.deployments.remove(1)), &["accepted and lost: bad was accepted"]);
    let unnamed = |all: &mut Evidence| all.tries[0].deployment = None;
    assert_found(unnamed, &["accepted and lost: good was accepted"]);
    assert_found(|all| all.tries.push(tried("new", "n", 503)), &[]);
}

#[test]
fn a_request_with_two_deployments_and_a_deployment_with_two_revisions_are_doubled() {
    let again = |all: &mut Evidence| all.deployments.push(deployed("good", "c", "succeeded"));
    assert_found(again, &["doubled: good became"]);
    let told = |all: &mut Evidence| all.tries.push(tried("good", "b", 200));
    assert_found(told, &["accepted and lost: good was", "doubled: good became"]);
    let made = |all: &mut Evidence| all.changes.push(change("revision", "", 6003, 1, "r2"));
    assert_found(made, &["doubled: a made 2 revisions"]);
}

#[test]
fn no_end_two_ends_and_a_success_of_a_bad_image_are_found() {
    let wrong = "deployments without exactly one end, or with a wrong one: ";
    assert_found(|all| all.deployments[0].ends = 0, &[&format!("{wrong}a has 0 ends")]);
    assert_found(|all| all.deployments[0].ends = 2, &[&format!("{wrong}a has 2 ends")]);
    let bad = |all: &mut Evidence| all.deployments[1].status = "succeeded".to_owned();
    assert_found(bad, &[&format!("{wrong}b succeeded")]);
    let good = |all: &mut Evidence| all.deployments[0].status = "failed".to_owned();
    assert_found(good, &[&format!("{wrong}a is failed with a good image")]);
    let during_a_fault = |all: &mut Evidence| {
        good(all);
        all.deployments[0].ended_at = Some(at(1001));
    };
    assert_found(during_a_fault, &[]);
}

#[test]
fn a_record_that_a_deposed_leader_wrote_is_found() {
    let stranger = |all: &mut Evidence| {
        all.written[1].first_sequence = 11;
        all.written.push(Written { epoch: 2, process: 101, first_sequence: 10, last_sequence: 10 });
    };
    let record = "records of a deposed leader: ";
    assert_found(
        stranger,
        &[&format!("{record}process 101 wrote"), &format!("{record}term 2 wrote record 10")],
    );
    let late = |all: &mut Evidence| all.written[0].last_sequence = 12;
    assert_found(late, &[&format!("{record}term 1 wrote record 12")]);
    let other = |all: &mut Evidence| all.others[0].process = 101;
    assert_found(other, &[&format!("{record}process 101 changed deployments in term 2")]);
}

#[test]
fn a_change_of_the_cluster_in_the_term_of_another_is_found() {
    let late = |all: &mut Evidence| all.changes[2].by = Some("node-1".to_owned());
    let cluster = "changes of the cluster by a deposed leader: ";
    assert_found(late, &[&format!("{cluster}Some(\"node-1\") made generation 2")]);
    let early = |all: &mut Evidence| all.changes[2].at = at(4999);
    assert_found(early, &[&format!("{cluster}Some(\"node-2\") made generation 2")]);
}

#[test]
fn a_user_without_an_answer_and_traffic_to_nobody_are_found() {
    let whole = "looks at which traffic was not whole: shop";
    assert_found(|all| all.looks[0].status = None, &[whole]);
    assert_found(|all| all.looks[0].status = Some(503), &[whole]);
    assert_found(|all| drop(all.looks[0].shares.pop()), &[whole]);
}

#[test]
fn an_audit_log_that_is_broken_has_a_gap_or_ends_early_is_found() {
    let log = "audit logs that are not whole: node-2";
    assert_found(|all| all.audits[1].code = 1, &[log]);
    assert_found(|all| all.audits[1].gap_after = Some(4), &[log]);
    assert_found(|all| all.audits[1].last_sequence = 19, &[log]);
}

#[test]
fn a_trial_without_faults_or_without_anything_else_proves_nothing() {
    let little = |what: &str| format!("what was too little to judge: {what}");
    assert_found(
        |all| all.faults.clear(),
        &[&little("there was no fault"), &little("0 faults, and 1 were asked for")],
    );
    let unproven = |all: &mut Evidence| all.faults[0].proof.clear();
    assert_found(unproven, &[&little("kill-leader at 1970-01-01T00:00:01Z did not happen")]);
    let still_leads = |all: &mut Evidence| all.faults[0].led = 102;
    assert_found(still_leads, &[&little("kill-leader at 1970-01-01T00:00:01Z did not happen")]);
    assert_found(
        |all| all.looks.clear(),
        &["what was too little to judge: nobody looked at traffic"],
    );
}

#[test]
fn time_without_a_leader_is_until_the_next_term_or_as_long_as_no_lease_held() {
    let Evidence { faults, mut leads, .. } = flawless();
    let fault = &faults[0];
    assert_eq!(without_leader(fault, &leads), SignedDuration::from_secs(4));
    leads[2].epoch = Some(1);
    assert_eq!(without_leader(fault, &leads), SignedDuration::from_secs(1), "the same one again");
    leads.pop();
    assert_eq!(without_leader(fault, &leads), SignedDuration::from_secs(4), "none until the end");
}
