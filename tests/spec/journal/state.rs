//! Where a deployment stands is a fold of its events, and only some events can follow on each
//! state.

use std::sync::Arc;

use boathook_core::{
    deployment::{Actor, DeploymentId, Requester},
    record::{
        Acceptance, CommandEvent, CommandExit, DeploymentEvent, Event, Failure, Outcome, Reason,
        Record, StepEvent,
    },
    rollout::{Action, Observation, Plan},
    state::{Deployment, IllegalEvent, State},
};
use boathook_testing::samples::{
    acceptance, command_started, ended, image, plan, revision, step_ended, step_failed,
    step_started, success,
};
use expect_test::{Expect, expect};
use jiff::Timestamp;
use proptest::{
    prelude::{
        Just, ProptestConfig, Strategy, any, prop_assert, prop_assert_eq, prop_oneof, proptest,
    },
    sample::select,
};

fn id() -> DeploymentId {
    DeploymentId::from_lookup("a")
}

fn record(sequence: u64, event: Event) -> Record {
    Record { sequence, deployment: id(), at: at(sequence), event }
}

/// A second for each record.
fn at(sequence: u64) -> Timestamp {
    Timestamp::from_second(sequence.try_into().unwrap()).unwrap()
}

fn accepted() -> Deployment {
    Deployment::begin(&record(
        1,
        Event::Deployment(DeploymentEvent::Accepted(Arc::new(acceptance("game", "1")))),
    ))
    .unwrap()
}

/// One that waits for approval until the record of that sequence.
fn awaiting(until: u64) -> Deployment {
    let acceptance = Acceptance { approve_until: Some(at(until)), ..acceptance("game", "1") };
    Deployment::begin(&record(
        1,
        Event::Deployment(DeploymentEvent::Accepted(Arc::new(acceptance))),
    ))
    .unwrap()
}

fn after(events: Vec<Event>) -> Result<Deployment, IllegalEvent> {
    events.into_iter().zip(2..).try_fold(accepted(), |deployment, (event, sequence)| {
        deployment.apply(at(sequence), &event)
    })
}

fn planned(plan: Arc<Plan>, then: Vec<Event>) -> Vec<Event> {
    [
        vec![
            Event::Deployment(DeploymentEvent::Started),
            Event::Deployment(DeploymentEvent::Planned { plan }),
        ],
        then,
    ]
    .concat()
}

fn foreign(reason: &str) -> Event {
    Event::Step(StepEvent::StepFailed { failure: Failure::Conflict { reason: reason.to_owned() } })
}

fn check(events: Vec<Event>, expected: Expect) {
    let result = match after(events) {
        Ok(deployment) => format!(
            "{}: {}",
            deployment.state.name(),
            deployment.state.reason().unwrap_or_else(|| Reason::stated("-"))
        ),
        Err(illegal) => illegal.to_string(),
    };
    expected.assert_eq(&result);
}

fn ok() -> Event {
    step_ended(Vec::new())
}

#[test]
fn only_an_acceptance_can_be_first() {
    let refused =
        Deployment::begin(&record(1, Event::Deployment(DeploymentEvent::Started))).unwrap_err();
    assert_eq!(refused.to_string(), "event `started` cannot follow state `none`");
    check(
        vec![Event::Deployment(DeploymentEvent::Accepted(Arc::new(acceptance("game", "1"))))],
        expect!["event `accepted` cannot follow state `queued`"],
    );
}

#[test]
fn a_deployment_succeeds_when_every_step_has_ended_well() {
    check(success("game", "game-00002", &image("game:1")), expect!["succeeded: -"]);
    check(planned(plan("game"), vec![step_started(), ok()]), expect!["deploying: -"]);
    check(
        planned(plan("game"), vec![step_started(), ok(), ended(Outcome::Succeeded)]),
        expect!["event `ended` cannot follow state `deploying`"],
    );
}

#[test]
fn a_failure_before_the_service_was_changed_ends_it() {
    check(
        vec![Event::Deployment(DeploymentEvent::Started), step_failed("no manifest")],
        expect!["closing: no manifest; the service was not changed"],
    );
    check(
        planned(plan("game"), vec![step_started(), step_failed("no such image")]),
        expect!["closing: no such image; the service was not changed"],
    );
}

#[test]
fn a_failure_after_the_service_was_changed_goes_back() {
    let touched = planned(
        plan("game"),
        vec![step_started(), ok(), step_started(), step_failed("503 from the candidate")],
    );
    check(touched.clone(), expect!["rolling_back: 503 from the candidate"]);
    check(
        [touched.clone(), vec![step_started(), ok()]].concat(),
        expect!["closing: 503 from the candidate"],
    );
    check(
        [touched.clone(), vec![step_started(), ok(), ended(Outcome::RolledBack)]].concat(),
        expect!["rolled_back: 503 from the candidate"],
    );
}

#[test]
fn a_rollback_that_fails_is_retried_until_it_works_or_someone_takes_over() {
    let failed_rollback =
        || Event::Step(StepEvent::RollbackFailed { reason: "no answer".to_owned() });
    let abort = || {
        Event::Deployment(DeploymentEvent::Steered {
            action: Action::Abort,
            by: Requester::operator("ada"),
        })
    };
    let aborted = || {
        Event::Step(StepEvent::StepFailed {
            failure: Failure::Aborted { by: Requester::operator("ada") },
        })
    };
    let touched = planned(
        plan("game"),
        vec![step_started(), ok(), step_started(), step_failed("503"), step_started()],
    );
    let once = [touched.clone(), vec![failed_rollback()]].concat();
    check(once.clone(), expect![["rollback_failed: 503; the rollback failed: no answer"]]);
    check(
        [once.clone(), vec![step_started(), failed_rollback()]].concat(),
        expect![["rollback_failed: 503; the rollback failed 2 times, the last time: no answer"]],
    );
    let worked = [once.clone(), vec![step_started(), ok(), ended(Outcome::RolledBack)]].concat();
    check(worked, expect![["rolled_back: 503; the rollback failed: no answer"]]);
    check(
        [once.clone(), vec![abort()]].concat(),
        expect![["rollback_failed: 503; the rollback failed: no answer"]],
    );
    let abandoned = [once, vec![abort(), aborted(), ended(Outcome::Abandoned)]].concat();
    check(abandoned, expect![["abandoned: 503; the rollback failed: no answer; aborted by ada"]]);
    check(
        [touched.clone(), vec![abort()]].concat(),
        expect![["event `steered` cannot follow state `rolling_back`"]],
    );
    check(
        [touched, vec![step_failed("no answer")]].concat(),
        expect![["event `step_failed` cannot follow state `rolling_back`"]],
    );
}

#[test]
fn where_there_was_nothing_before_there_is_nothing_to_go_back_to() {
    let first = Arc::new(Plan { rollback: Vec::new(), ..Plan::clone(&plan("game")) });
    check(
        planned(first, vec![step_started(), ok(), step_started(), step_failed("crash at start")]),
        expect!["closing: crash at start; there was nothing to roll back to"],
    );
}

#[test]
fn someone_elses_change_aborts_also_on_the_rollback() {
    let touched = planned(plan("game"), vec![step_started(), ok(), step_started()]);
    check(
        [touched.clone(), vec![foreign("changed by kubectl-edit")]].concat(),
        expect!["closing: changed by kubectl-edit"],
    );
    let back = [
        touched,
        vec![
            step_failed("503"),
            step_started(),
            foreign("changed by kubectl-edit"),
            ended(Outcome::Aborted),
        ],
    ]
    .concat();
    check(back, expect!["aborted: 503; while rolling back: changed by kubectl-edit"]);
}

#[test]
fn only_one_that_waits_can_be_superseded() {
    let superseded =
        Event::Deployment(DeploymentEvent::Superseded { by: DeploymentId::from_lookup("b") });
    check(
        vec![superseded.clone()],
        expect!["closing: a newer request, b, took its place in the queue"],
    );
    check(
        vec![superseded.clone(), ended(Outcome::Superseded)],
        expect!["superseded: a newer request, b, took its place in the queue"],
    );
    check(
        vec![superseded.clone(), ended(Outcome::Failed)],
        expect!["event `ended` cannot follow state `closing`"],
    );
    check(
        vec![Event::Deployment(DeploymentEvent::Started), superseded],
        expect!["event `superseded` cannot follow state `planning`"],
    );
}

#[test]
fn one_that_waits_can_be_aborted_and_one_that_runs_is_signalled() {
    let abort = Event::Deployment(DeploymentEvent::Steered {
        action: Action::Abort,
        by: Requester::operator("ada"),
    });
    check(vec![abort.clone()], expect!["closing: aborted by ada before it began"]);
    check(planned(plan("game"), vec![abort]), expect!["deploying: -"]);
    let called_off = Event::Step(StepEvent::StepFailed {
        failure: Failure::Aborted { by: Requester::operator("ada") },
    });
    check(
        planned(plan("game"), vec![step_started(), called_off.clone()]),
        expect!["closing: aborted by ada; the service was not changed"],
    );
    let back = vec![
        step_started(),
        ok(),
        step_started(),
        called_off,
        step_started(),
        ok(),
        ended(Outcome::Aborted),
    ];
    check(planned(plan("game"), back), expect!["aborted: aborted by ada"]);
}

#[test]
fn a_step_that_runs_again_after_a_restart_began_when_it_first_did() {
    let State::Deploying(progress) =
        after(planned(plan("game"), vec![step_started(), step_started()])).unwrap().state
    else {
        panic!("not deploying")
    };
    assert_eq!((progress.next, progress.began), (0, Some(at(4))));
}

fn failure() -> impl Strategy<Value = Failure> {
    prop_oneof![
        Just(Failure::Failed { reason: "it failed".to_owned() }),
        Just(Failure::Aborted { by: Requester::operator("ada") }),
        Just(Failure::Conflict { reason: "someone changed it".to_owned() })
    ]
}

fn action() -> impl Strategy<Value = Action> {
    select(vec![
        Action::Pause,
        Action::Resume,
        Action::Promote,
        Action::PromoteFully,
        Action::Abort,
    ])
}

fn finding() -> impl Strategy<Value = Observation> {
    prop_oneof![
        any::<u8>().prop_map(|percent| Observation::Serving { percent }),
        Just(Observation::Candidate { name: revision("game-00002"), uid: "u".to_owned() }),
        Just(Observation::CandidateReady),
        ".{0,20}".prop_map(Observation::Note),
    ]
}

fn end() -> impl Strategy<Value = Outcome> {
    select(vec![
        Outcome::Succeeded,
        Outcome::RolledBack,
        Outcome::Failed,
        Outcome::Superseded,
        Outcome::Aborted,
        Outcome::Rejected,
        Outcome::Abandoned,
    ])
}

/// Steps and ends come more often, so that a walk gets somewhere.
fn event() -> impl Strategy<Value = Event> {
    let command_ended = |stdout| {
        Event::Command(CommandEvent::CommandEnded {
            command: 1,
            exit: CommandExit::Signal(9),
            duration_ms: 1,
            stdout,
            stderr: String::new(),
        })
    };
    prop_oneof![
        1 => Just(Event::Deployment(DeploymentEvent::Accepted(Arc::new(acceptance("game", "1"))))),
        2 => proptest::option::of(".{0,20}").prop_map(|note| Event::Deployment(DeploymentEvent::Approved { by: Actor { user: "ada".to_owned(), note } })),
        1 => ".{0,20}".prop_map(|note| Event::Deployment(DeploymentEvent::Rejected { by: Actor::new("ada").noting(note) })),
        1 => Just(Event::Deployment(DeploymentEvent::ApprovalExpired)),
        2 => Just(Event::Deployment(DeploymentEvent::Started)),
        2 => Just(Event::Deployment(DeploymentEvent::Planned { plan: plan("game") })),
        4 => Just(step_started()),
        1 => finding().prop_map(|finding| Event::Step(StepEvent::StepLearned { finding })),
        4 => proptest::collection::vec(finding(), 0..3).prop_map(step_ended),
        1 => failure().prop_map(|failure| Event::Step(StepEvent::StepFailed { failure })),
        1 => Just(Event::Step(StepEvent::RollbackFailed { reason: "no answer".to_owned() })),
        1 => any::<u32>().prop_map(command_started),
        1 => ".{0,20}".prop_map(command_ended),
        1 => action().prop_map(|action| Event::Deployment(DeploymentEvent::Steered { action, by: Requester::operator("ada") })),
        1 => Just(Event::Deployment(DeploymentEvent::Superseded { by: DeploymentId::from_lookup("b") })),
        4 => (
            end(),
            proptest::option::of(".{0,20}"),
        ).prop_map(|(end, reason)| Event::Deployment(DeploymentEvent::Ended { end, reason: reason.map(Reason::stated) })),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    /// A walk through the states: events that cannot follow are left out.
    #[test]
    fn whatever_happens_the_fold_holds(
        needs_approval: bool,
        events in proptest::collection::vec(event(), 0..120),
    ) {
        let begun = || if needs_approval { awaiting(20) } else { accepted() };
        let mut deployment = begun();
        let mut kept = Vec::new();
        for (event, sequence) in events.into_iter().zip(2..) {
            let Ok(next) = deployment.clone().apply(at(sequence), &event) else { continue };
            prop_assert!(
                !matches!(deployment.state, State::Ended(_)),
                "{} followed on an end",
                event.name(),
            );
            if let State::Ended(outcome) = &next.state {
                prop_assert!(matches!(
                    &deployment.state,
                    State::Closing(closing) if closing == outcome,
                ));
            }
            if matches!(
                deployment.state,
                State::AwaitingApproval { .. },
            ) && matches!(next.state, State::Queued) {
                prop_assert!(at(sequence) < at(20), "approved too late");
            }
            prop_assert!(
                !needs_approval || next.is_approved() || !matches!(
                    next.state,
                    State::Planning(_),
                ),
                "nobody said yes",
            );
            if let State::RollingBack(progress, _) = &next.state {
                prop_assert!(progress.touched && progress.next < progress.plan.rollback.len());
            }
            if let State::Deploying(progress) = &next.state {
                prop_assert!(progress.next < progress.plan.steps.len());
                let changed = progress.plan.steps[..progress.next].iter().any(|step| step.changes_service());
                prop_assert!(progress.touched || !changed);
            }
            prop_assert_eq!(next.changed_at, at(sequence));
            deployment = next;
            kept.push(record(sequence, event));
        }

        let text = serde_json::to_string(&kept).unwrap();
        let read: Vec<Record> = serde_json::from_str(&text).unwrap();
        let again = read.iter().try_fold(
            begun(),
            |deployment,
            record| deployment.apply(record.at, &record.event),
        );
        prop_assert_eq!(again, Ok(deployment));
    }

    /// Succeeding takes every step: no shorter way leads there.
    #[test]
    fn success_is_the_end_of_the_last_step_only(events in proptest::collection::vec(event(), 0..60)) {
        let mut deployment = after(planned(plan("game"), Vec::new())).unwrap();
        let mut steps_ended = 0;
        for event in events {
            let Ok(next) = deployment.clone().apply(at(9), &event) else { continue };
            steps_ended += usize::from(matches!(
                event,
                Event::Step(StepEvent::StepEnded { .. }),
            ) && matches!(deployment.state, State::Deploying(_)));
            if let State::Closing(outcome) = &next.state && outcome.end == Outcome::Succeeded {
                prop_assert_eq!(steps_ended, plan("game").steps.len());
            }
            deployment = next;
        }
    }
}
