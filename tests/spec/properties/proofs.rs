//! The judge of proof against a model of it, over whatever may have happened to an image.

use std::time::Duration;

use boathook_core::{
    deployment::{Actor, Environment},
    proof::{DigestRecord, Fact, NotProven, Places, Requirement, ServiceTime, What as Recorded},
};
use boathook_testing::{
    properties::cases,
    samples::{self, image, service},
    shipped::of,
};
use jiff::Timestamp;
use proptest::{
    collection::vec,
    option,
    prelude::{Just, Strategy, any, prop_assert, prop_assert_eq, prop_oneof, proptest},
    sample::subsequence,
};

use crate::support::proof_model::{Happened, Past, What};

const ENVIRONMENTS: [Environment; 4] = [of("dev"), of("qa"), of("perf"), of("live")];
const SERVICES: [&str; 2] = ["game", "shop"];
const MINUTE: Duration = Duration::from_secs(60);
const SECOND: Duration = Duration::from_secs(1);
const BEGIN: Timestamp = Timestamp::constant(1_795_373_482, 0);

/// What happens next, after how many minutes, and where.
#[derive(Clone, Debug)]
struct Next {
    after: u32,
    environment: usize,
    service: usize,
    act: Act,
}

#[derive(Clone, Debug)]
enum Act {
    /// A build succeeds, and is watched for so many minutes.
    Succeeds { build: u8, watch: Option<u32> },
    /// What serves is found unhealthy.
    TurnsBad,
}

fn next() -> impl Strategy<Value = Next> {
    let watch = option::weighted(0.3, 1..90_u32);
    let act = prop_oneof![
        8 => (0..3_u8, watch).prop_map(|(build, watch)| Act::Succeeds { build, watch }),
        2 => Just(Act::TurnsBad),
    ];
    (0..50_u32, 0..ENVIRONMENTS.len(), 0..SERVICES.len(), act)
        .prop_map(|(after, environment, service, act)| Next { after, environment, service, act })
}

fn requirement() -> impl Strategy<Value = Requirement> {
    let places = subsequence(ENVIRONMENTS.to_vec(), 1..=ENVIRONMENTS.len());
    let places = (places, 0..3_u8).prop_map(|(named, kind)| match kind {
        0 => Places::Environment(named[0]),
        1 => Places::All(named),
        _ => Places::Any(named),
    });
    (places, option::of(1..200_u32), 0..90_u32).prop_map(|(places, more, soak)| {
        let soak = MINUTE * soak;
        Requirement { places, within: more.map(|more| soak + MINUTE * more), soak }
    })
}

fn past(history: Vec<Next>) -> Past<u8> {
    let mut past = Past(Vec::new());
    let mut at = BEGIN;
    for Next { after, environment, service, act } in history {
        at += MINUTE * after;
        let environment = ENVIRONMENTS[environment];
        let serving = past.serves(environment, service, at).copied();
        let happened = match (act, serving) {
            (Act::Succeeds { build, watch }, _) => {
                let watch = watch.map(|watch| What::Watched { until: at + MINUTE * watch });
                [Some((build, What::Succeeded)), watch.map(|watch| (build, watch))]
            }
            (Act::TurnsBad, Some(serving)) => [Some((serving, What::Unhealthy)), None],
            (Act::TurnsBad, None) => [None, None],
        };
        for (digest, what) in happened.into_iter().flatten() {
            past.0.push(Happened { at, environment, service, digest, what });
        }
    }
    past
}

/// What the record says of build 0 at a time.
fn record(past: &Past<u8>, now: Timestamp) -> DigestRecord {
    let mut times = Vec::new();
    for environment in ENVIRONMENTS {
        let here = past.0.iter().filter(|one| one.environment == environment && one.at <= now);
        let facts = here.filter_map(|one| {
            let what = match (one.digest, one.what) {
                (0, What::Succeeded) => Recorded::Succeeded,
                (0, What::Unhealthy) => Recorded::Unhealthy,
                (0, What::Watched { until }) => Recorded::Watched { until },
                (_, What::Succeeded) => Recorded::Replaced,
                (_, What::Unhealthy | What::Watched { .. }) => return None,
            };
            Some(Fact { service: service(SERVICES[one.service]), at: one.at, what, bundle: None })
        });
        times.extend(ServiceTime::fold(environment, facts));
    }
    DigestRecord { times, withdrawn: None }
}

/// All times about which something may change if nothing more happens.
fn moments(past: &Past<u8>, requirement: &Requirement) -> Vec<Timestamp> {
    let mut moments = vec![BEGIN];
    for one in &past.0 {
        if let What::Watched { until } = one.what {
            moments.extend([until - SECOND, until, until + SECOND]);
        }
        for after in [Some(Duration::ZERO), Some(requirement.soak), requirement.within] {
            let moment = after.map(|after| one.at + after);
            moments.extend(moment.iter().flat_map(|at| [*at - SECOND, *at, *at + SECOND]));
        }
    }
    moments.sort();
    moments.dedup();
    moments
}

proptest! {
    #![proptest_config(cases(2000))]

    #[test]
    fn an_image_is_proven_exactly_where_and_when_the_model_says_so(
        history in vec(next(), 0..12),
        requirement in requirement(),
        withdrawn: bool,
    ) {
        let past = past(history);
        let moments = moments(&past, &requirement);
        for now in &moments {
            let record = record(&past, *now);
            let judged = requirement.judge(&record, *now);
            prop_assert_eq!(judged.is_ok(), past.proves(&requirement, &0, *now), "at {}: {:?}", now, judged);
            if withdrawn {
                let build = image(&format!("game@sha256:{}", "b".repeat(64)));
                let withdrawal = samples::withdrawal(&build, Actor::new("ada"));
                let record = DigestRecord { withdrawn: Some(withdrawal.into()), ..record };
                let judged = requirement.judge(&record, *now);
                prop_assert!(matches!(judged, Err(NotProven::Withdrawn { .. })), "{judged:?}");
            }
        }
    }

    /// So whoever waits until then, and no longer, misses nothing.
    #[test]
    fn what_is_not_proven_yet_is_when_the_judge_says_if_nothing_happens_and_else_never_by_waiting(
        history in vec(next(), 0..8),
        requirement in requirement(),
        asked in any::<proptest::sample::Index>(),
    ) {
        let past = past(history);
        let all = moments(&past, &requirement);
        let now = all[asked.index(all.len())];
        // What happens later does not.
        let past = Past(past.0.into_iter().filter(|one| one.at <= now).collect::<Vec<_>>());
        let judged = requirement.judge(&record(&past, now), now);
        let due = match &judged {
            Ok(()) => return Ok(()),
            Err(NotProven::NotYet(not_yet)) => Some(not_yet.due),
            Err(_) => None,
        };
        if let Some(due) = due {
            prop_assert!(past.proves(&requirement, &0, due), "{judged:?}");
        }
        let until_due = moments(&past, &requirement).into_iter().filter(|at| {
            *at > now && due.is_none_or(|due| *at < due)
        });
        for later in until_due {
            prop_assert!(!past.proves(&requirement, &0, later), "at {later}: {judged:?}");
        }
    }
}
