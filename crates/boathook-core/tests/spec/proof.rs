//! What proves a digest: where it succeeded, how long it has served there, and what ends that.

use std::time::Duration;

use boathook_core::{
    deployment::{
        Actor, BundleDigest, DeploymentId, Digest, Environment, ImageRef, Namespace, ServiceKey,
        ServiceName,
    },
    proof::{
        DigestRecord, Fact, NotProven, Places, Requirement, ServiceTime, What, Withdrawal,
        WithdrawalCause, of_bundle,
    },
    rollout::steps::CheckProven,
};
use jiff::Timestamp;
use serde_json::json;

const QA: Environment = Environment::of("qa").unwrap();
const PERF: Environment = Environment::of("perf").unwrap();

/// Minutes after the first of these tests' moments.
fn at(minute: i64) -> Timestamp {
    let start: Timestamp = "2026-08-01T12:00:00Z".parse().unwrap();
    start + jiff::SignedDuration::from_mins(minute)
}

fn service(name: &str) -> ServiceKey {
    ServiceKey {
        namespace: Namespace::parse("game").unwrap(),
        service: ServiceName::parse(name).unwrap(),
    }
}

/// What the record says of the digest in an environment: minutes, and what happened to the service
/// `game` then.
fn times(environment: Environment, facts: &[(i64, What)]) -> Vec<ServiceTime> {
    let fact = |(minute, what): &(i64, What)| Fact {
        service: service("game"),
        at: at(*minute),
        what: *what,
        bundle: None,
    };
    ServiceTime::fold(environment, facts.iter().map(fact))
}

fn in_qa(facts: &[(i64, What)]) -> DigestRecord {
    DigestRecord { times: times(QA, facts), withdrawn: None }
}

/// An hour in qa, by a success that is no older than a day.
fn an_hour_in(places: Places) -> Requirement {
    let hour = Duration::from_secs(3600);
    Requirement { places, within: Some(hour * 24), soak: hour }
}

/// The verdict at a minute, in words.
fn judged(requirement: &Requirement, record: &DigestRecord, minute: i64) -> String {
    match requirement.judge(record, at(minute)) {
        Ok(()) => "proven".to_owned(),
        Err(NotProven::NotYet(not_yet)) => {
            let served = not_yet.served(at(minute)).as_secs() / 60;
            let due = not_yet.due.duration_since(at(0)).as_mins();
            format!("in {} for {served} min, due at {due}", not_yet.environment)
        }
        Err(NotProven::NoSuccess { places }) => format!("no success in {places}"),
        Err(NotProven::Replaced { environment, served, soak: _ }) => {
            format!("replaced in {environment} after {} min", served.as_secs() / 60)
        }
        Err(NotProven::Withdrawn { withdrawal }) => withdrawal.cause.to_string(),
    }
}

fn in_qa_at(facts: &[(i64, What)], minute: i64) -> String {
    judged(&an_hour_in(Places::Environment(QA)), &in_qa(facts), minute)
}

#[test]
fn a_digest_is_proven_once_it_has_served_as_long_as_is_required() {
    use What::Succeeded;
    assert_eq!(in_qa_at(&[], 0), "no success in qa");
    assert_eq!(in_qa_at(&[(0, Succeeded)], 0), "in qa for 0 min, due at 60");
    assert_eq!(in_qa_at(&[(0, Succeeded)], 59), "in qa for 59 min, due at 60");
    assert_eq!(in_qa_at(&[(0, Succeeded)], 60), "proven");
    assert_eq!(in_qa_at(&[(0, Succeeded)], 24 * 60), "proven");
    assert_eq!(in_qa_at(&[(0, Succeeded)], 24 * 60 + 1), "no success in qa", "it is too old");
}

#[test]
fn a_redeploy_of_the_same_digest_goes_on_with_its_time() {
    use What::Succeeded;
    assert_eq!(in_qa_at(&[(0, Succeeded), (50, Succeeded)], 60), "proven");
    assert_eq!(in_qa_at(&[(0, Succeeded), (50, Succeeded)], 24 * 60 + 50), "proven");
}

#[test]
fn what_was_replaced_keeps_a_whole_time_and_begins_anew_when_it_comes_back() {
    use What::{Replaced, Succeeded};
    assert_eq!(in_qa_at(&[(0, Succeeded), (30, Replaced)], 90), "replaced in qa after 30 min");
    let back = [(0, Succeeded), (30, Replaced), (40, Succeeded)];
    assert_eq!(in_qa_at(&back, 60), "in qa for 20 min, due at 100");
    assert_eq!(in_qa_at(&back, 100), "proven");
    assert_eq!(in_qa_at(&[(0, Succeeded), (60, Replaced)], 200), "proven");
    let twice = [(0, Succeeded), (30, Replaced), (40, Succeeded), (90, Replaced)];
    assert_eq!(in_qa_at(&twice, 200), "replaced in qa after 50 min", "two times are not added");
}

#[test]
fn what_was_found_unhealthy_begins_anew_and_what_it_served_before_counts_no_more() {
    use What::{Replaced, Succeeded, Unhealthy};
    assert_eq!(in_qa_at(&[(0, Succeeded), (30, Unhealthy)], 60), "in qa for 30 min, due at 90");
    assert_eq!(in_qa_at(&[(0, Succeeded), (90, Unhealthy)], 100), "in qa for 10 min, due at 150");
    let again = [(0, Succeeded), (70, Replaced), (80, Succeeded), (90, Unhealthy), (95, Replaced)];
    assert_eq!(in_qa_at(&again, 200), "replaced in qa after 5 min");
}

#[test]
fn a_deployment_of_something_else_that_fails_begins_the_time_anew() {
    use What::{Replaced, Returned, Succeeded};
    let early = [(0, Succeeded), (30, Replaced), (40, Returned)];
    assert_eq!(in_qa_at(&early, 60), "in qa for 20 min, due at 100");
    assert_eq!(in_qa_at(&early, 100), "proven");
    assert_eq!(
        in_qa_at(&early[..2], 200),
        "replaced in qa after 30 min",
        "nobody knows what serves"
    );
    let late = [(0, Succeeded), (70, Replaced), (80, Returned)];
    assert_eq!(in_qa_at(&late, 90), "proven", "a whole time stays");
    assert_eq!(in_qa_at(&late, 24 * 60 + 1), "no success in qa", "the success is as old as before");
    assert_eq!(in_qa_at(&[(0, Returned)], 200), "no success in qa");
}

#[test]
fn what_was_found_unhealthy_is_proven_by_time_alone() {
    use What::{Succeeded, Unhealthy};
    let at_once = Requirement { soak: Duration::ZERO, ..an_hour_in(Places::Environment(QA)) };
    let bad = [(0, Succeeded), (30, Unhealthy)];
    assert_eq!(judged(&at_once, &in_qa(&bad), 60), "no success in qa");
    assert_eq!(in_qa_at(&bad, 90), "proven");
    let mended = [bad.as_slice(), &[(50, Succeeded)]].concat();
    assert_eq!(judged(&at_once, &in_qa(&mended), 60), "proven");
}

#[test]
fn a_soak_needs_a_whole_watch_too() {
    use What::{Replaced, Succeeded, Unhealthy, Watched};
    let watched = [(0, Succeeded), (0, Watched { until: at(90) })];
    assert_eq!(in_qa_at(&watched, 60), "in qa for 60 min, due at 90");
    assert_eq!(in_qa_at(&watched, 90), "proven");
    let short = [(0, Succeeded), (0, Watched { until: at(30) })];
    assert_eq!(in_qa_at(&short, 50), "in qa for 50 min, due at 60");
    let cut_short = [watched.as_slice(), &[(70, Replaced)]].concat();
    assert_eq!(in_qa_at(&cut_short, 100), "replaced in qa after 70 min");
    let bad = [(0, Succeeded), (0, Watched { until: at(90) }), (80, Unhealthy)];
    assert_eq!(in_qa_at(&bad, 100), "in qa for 20 min, due at 140");
    let at_once = Requirement { soak: Duration::ZERO, ..an_hour_in(Places::Environment(QA)) };
    assert_eq!(judged(&at_once, &in_qa(&watched), 1), "proven", "without soak, the success counts");
}

#[test]
fn any_service_of_an_environment_counts_and_each_has_a_time_of_its_own() {
    let of = |name: &str, minute, what| Fact {
        service: service(name),
        at: at(minute),
        what,
        bundle: None,
    };
    let facts = [
        of("one", 0, What::Succeeded),
        of("two", 10, What::Succeeded),
        of("one", 20, What::Replaced),
        of("three", 25, What::Unhealthy),
    ];
    let record = DigestRecord { times: ServiceTime::fold(QA, facts), withdrawn: None };
    let requirement = an_hour_in(Places::Environment(QA));
    assert_eq!(judged(&requirement, &record, 30), "in qa for 20 min, due at 70");
    assert_eq!(judged(&requirement, &record, 70), "proven");
}

#[test]
fn a_clock_that_was_set_back_has_not_waited() {
    use What::{Replaced, Succeeded};
    assert_eq!(in_qa_at(&[(0, Succeeded)], -30), "in qa for 0 min, due at 60");
    assert_eq!(in_qa_at(&[(0, Succeeded), (-20, Replaced)], 60), "replaced in qa after 0 min");
    let at_once = Requirement { soak: Duration::ZERO, ..an_hour_in(Places::Environment(QA)) };
    assert_eq!(judged(&at_once, &in_qa(&[(0, Succeeded)]), -30), "proven");
}

#[test]
fn each_of_all_environments_is_needed_and_one_of_any() {
    use What::{Replaced, Succeeded};
    let both = |qa: &[(i64, What)], perf: &[(i64, What)]| DigestRecord {
        times: [times(QA, qa), times(PERF, perf)].concat(),
        withdrawn: None,
    };
    let all = an_hour_in(Places::All(vec![QA, PERF]));
    let any = an_hour_in(Places::Any(vec![QA, PERF]));
    let cases = [
        (both(&[], &[]), "no success in qa and perf", "no success in qa or perf"),
        (both(&[(0, Succeeded)], &[]), "no success in perf", "proven"),
        (both(&[(0, Succeeded)], &[(30, Succeeded)]), "in perf for 40 min, due at 90", "proven"),
        (
            both(&[(20, Succeeded)], &[(30, Succeeded)]),
            "in perf for 40 min, due at 90",
            "in qa for 50 min, due at 80",
        ),
        (
            both(&[(20, Succeeded)], &[(0, Succeeded), (30, Replaced)]),
            "replaced in perf after 30 min",
            "in qa for 50 min, due at 80",
        ),
        (both(&[(0, Succeeded)], &[(5, Succeeded)]), "proven", "proven"),
    ];
    for (record, of_all, of_any) in cases {
        assert_eq!(
            (judged(&all, &record, 70), judged(&any, &record, 70)),
            (of_all.into(), of_any.into())
        );
    }
}

fn withdrawal() -> Withdrawal {
    Withdrawal {
        id: DeploymentId::from_lookup("0123"),
        digest: Digest::parse(&format!("sha256:{}", "b".repeat(64))).unwrap(),
        cause: WithdrawalCause::Operator { by: Actor::new("ada").noting("it drops carts") },
        since: at(60),
    }
}

#[test]
fn a_stored_plan_refuses_a_withdrawn_digest_also_where_an_older_program_made_it() {
    let Withdrawal { digest, .. } = withdrawal();
    let image = ImageRef::parse(&format!("ghcr.io/acme/game@{digest}")).unwrap();
    let older = json!({"digest": digest, "why": "it was withdrawn"});
    for (withdrawn, refusal) in [
        (
            json!(withdrawal()),
            format!(
                "{digest} was withdrawn 2026-08-01 13:00:00 UTC: an operator did; `boathook reinstate {digest} --reason ...` lets it count again"
            ),
        ),
        (older, "it was withdrawn".to_owned()),
    ] {
        let stored = json!({"environment": "qa", "digests": [digest], "withdrawn": [withdrawn], "promoted": true});
        let check: CheckProven = serde_json::from_value(stored.clone()).unwrap();
        let why = check.judge(&image).err();
        assert_eq!(
            why.map(|why| check.refusal(&image, &why)),
            None,
            "it counts there all the same"
        );
        let check = CheckProven { digests: Vec::new(), ..check };
        let why = check.judge(&image).unwrap_err();
        assert_eq!(check.refusal(&image, &why), refusal);
        assert_eq!(json!(check)["withdrawn"], stored["withdrawn"], "it is stored as it was");
    }
}

#[test]
fn a_withdrawn_digest_is_proven_nowhere() {
    let withdrawn = Some(withdrawal().into());
    let record = DigestRecord { withdrawn, ..in_qa(&[(0, What::Succeeded)]) };
    for places in [Places::Environment(QA), Places::All(vec![QA]), Places::Any(vec![QA, PERF])] {
        assert_eq!(judged(&an_hour_in(places), &record, 90), "it drops carts");
    }
}

#[test]
fn what_must_have_served_longer_than_its_success_may_be_old_never_is_proven() {
    // It was found unhealthy late, and would be due after its success has become too old.
    let late = [(0, What::Succeeded), (23 * 60 + 30, What::Unhealthy)];
    assert_eq!(in_qa_at(&late, 23 * 60 + 40), "no success in qa");
}

#[test]
fn with_a_bundle_only_the_time_with_its_manifests_counts() {
    let bundle =
        |letter: &str| BundleDigest::parse(&format!("sha256:{}", letter.repeat(64))).unwrap();
    let of = |minute, what, letter: Option<&str>| Fact {
        service: service("game"),
        at: at(minute),
        what,
        bundle: letter.map(bundle),
    };
    let facts = || {
        vec![
            of(0, What::Succeeded, None),
            of(10, What::Watched { until: at(20) }, None),
            of(30, What::Succeeded, Some("a")),
            of(50, What::Succeeded, Some("b")),
            of(55, What::Unhealthy, Some("b")),
            of(60, What::Succeeded, Some("a")),
            of(70, What::Replaced, None),
            of(80, What::Returned, Some("a")),
            // A failed change of the manifests alone, whose rollback brought them back.
            of(90, What::Reconfigured, Some("b")),
            of(95, What::Returned, Some("a")),
            // One whose rollback left some objects as they were.
            of(100, What::Reconfigured, Some("c")),
            of(105, What::Returned, None),
        ]
    };
    let times = |letter: &str| {
        let times = ServiceTime::fold(QA, of_bundle(facts(), &bundle(letter)));
        let minute = |time: Timestamp| time.duration_since(at(0)).as_mins();
        times.iter().map(|one| (minute(one.from), one.until.map(minute))).collect::<Vec<_>>()
    };
    assert_eq!(times("a"), [(30, Some(50)), (60, Some(70)), (80, Some(90)), (95, Some(100))]);
    assert_eq!(times("b"), [(55, Some(60))]);
    assert_eq!(times("c"), []);
    // The image alone serves on, whatever its manifests.
    let alone = ServiceTime::fold(QA, facts());
    let minute = |time: Timestamp| time.duration_since(at(0)).as_mins();
    let alone: Vec<_> = alone.iter().map(|one| (minute(one.from), one.until.map(minute))).collect();
    assert_eq!(alone, [(55, Some(70)), (80, None)]);
}
