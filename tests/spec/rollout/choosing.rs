//! Which of the waiting deployments begin next, and which give way.

use std::collections::{HashMap, HashSet};

use boathook::scheduler::{Decision, Entry, EntryKind, Supersession, choose};
use boathook_core::deployment::DeploymentId;
use boathook_testing::samples::service;
use proptest::{
    prelude::{
        Just, ProptestConfig, Strategy, any, prop_assert, prop_assert_eq, prop_oneof, proptest,
    },
    sample::Index,
};

fn entry(service_name: &str, id: &str) -> Entry {
    let kind = EntryKind::Request;
    Entry { id: DeploymentId::from_lookup(id), service: service(service_name), kind }
}

fn by(id: &str, by: &str) -> Supersession {
    Supersession { id: DeploymentId::from_lookup(id), by: DeploymentId::from_lookup(by) }
}

#[test]
fn the_newest_request_of_each_service_begins_in_order_of_acceptance() {
    let queued =
        [entry("a", "a1"), entry("b", "b1"), entry("a", "a2"), entry("c", "c1"), entry("d", "d1")];
    let Decision { supersede, start } = choose(&queued, &[entry("b", "b0")], 2);
    assert_eq!(
        supersede,
        [Supersession { id: DeploymentId::from_lookup("a1"), by: DeploymentId::from_lookup("a2") }]
    );
    assert_eq!(start, [DeploymentId::from_lookup("a2"), DeploymentId::from_lookup("c1")]);
}

#[test]
fn what_a_person_ordered_comes_before_a_newer_request_and_gives_way_to_a_newer_order_alone() {
    let order = |id| Entry { kind: EntryKind::Rollback, ..entry("a", id) };
    let queued = [entry("a", "a1"), order("a2"), order("a3"), entry("a", "a4")];
    let Decision { supersede, start } = choose(&queued, &[], 3);
    assert_eq!(supersede, [by("a1", "a4"), by("a2", "a3")]);
    assert_eq!(start, [DeploymentId::from_lookup("a3")]);
}

#[test]
fn no_build_is_lost_for_boathooks_own_rollback_and_it_gives_way_to_a_newer_rollback_alone() {
    let own = |id| Entry { kind: EntryKind::OwnRollback, ..entry("a", id) };
    let rollback = |id| Entry { kind: EntryKind::Rollback, ..entry("a", id) };
    for (queued, superseded, starts) in [
        (vec![entry("a", "a1"), own("a2")], vec![], "a1"),
        (vec![own("a1"), entry("a", "a2")], vec![], "a1"),
        (vec![rollback("a1"), own("a2")], vec![], "a1"),
        (vec![own("a1"), rollback("a2")], vec![by("a1", "a2")], "a2"),
    ] {
        let Decision { supersede, start } = choose(&queued, &[], 2);
        assert_eq!((supersede, start), (superseded, vec![DeploymentId::from_lookup(starts)]));
    }
}

#[test]
fn a_redeploy_waits_for_a_build_before_it_and_gives_way_to_anything_newer() {
    let redeploy = |id| Entry { kind: EntryKind::Redeploy, ..entry("a", id) };
    let rollback = |id| Entry { kind: EntryKind::Rollback, ..entry("a", id) };
    for (queued, superseded, starts) in [
        (vec![entry("a", "a1"), redeploy("a2")], vec![], "a1"),
        (vec![rollback("a1"), redeploy("a2")], vec![], "a1"),
        (vec![redeploy("a1"), entry("a", "a2")], vec![by("a1", "a2")], "a2"),
        (vec![redeploy("a1"), rollback("a2")], vec![by("a1", "a2")], "a2"),
        (vec![redeploy("a1"), redeploy("a2")], vec![by("a1", "a2")], "a2"),
    ] {
        let Decision { supersede, start } = choose(&queued, &[], 2);
        assert_eq!((supersede, start), (superseded, vec![DeploymentId::from_lookup(starts)]));
    }
}

#[derive(Clone, Debug)]
enum Happens {
    Accepted { service: u8 },
    Ended { which: Index },
    Looked,
}

fn happens() -> impl Strategy<Value = Happens> {
    prop_oneof![
        3 => (0..5_u8).prop_map(|service| Happens::Accepted { service }),
        2 => any::<Index>().prop_map(|which| Happens::Ended { which }),
        2 => Just(Happens::Looked),
    ]
}

/// Requests by number, in order of acceptance, and what became of them.
#[derive(Default)]
struct Harness {
    accepted: usize,
    queued: Vec<Entry>,
    running: Vec<Entry>,
    settled: usize,
    last_begun: HashMap<String, usize>,
}

fn number(id: &DeploymentId) -> usize {
    id.as_str().parse().unwrap()
}

impl Harness {
    fn happen(&mut self, event: Happens) {
        match event {
            Happens::Accepted { service } => {
                self.queued.push(entry(&format!("service-{service}"), &self.accepted.to_string()));
                self.accepted += 1;
            }
            Happens::Ended { which } if !self.running.is_empty() => {
                self.running.remove(which.index(self.running.len()));
                self.settled += 1;
            }
            Happens::Ended { .. } | Happens::Looked => {}
        }
    }

    fn look(&mut self, limit: usize) {
        let Decision { supersede, start } =
            choose(&self.queued, &self.running, limit - self.running.len());
        assert!(start.is_sorted_by_key(number), "out of order");
        for Supersession { id, by } in supersede {
            let older = self.take(&id);
            let newer = self
                .queued
                .iter()
                .find(|entry| entry.id == by)
                .expect("superseded by one that does not wait");
            assert!(older.service == newer.service && number(&id) < number(&by));
            self.settled += 1;
        }
        for id in start {
            let entry = self.take(&id);
            let before = self.last_begun.insert(entry.service.to_string(), number(&id));
            assert!(before < Some(number(&id)), "an older request began after a newer one");
            self.running.push(entry);
        }
        let services: HashSet<_> = self.running.iter().map(|entry| &entry.service).collect();
        assert_eq!(services.len(), self.running.len(), "two of one service at once");
        assert!(self.running.len() <= limit, "more than {limit} at once");
    }

    fn take(&mut self, id: &DeploymentId) -> Entry {
        let index =
            self.queued.iter().position(|entry| entry.id == *id).expect("chosen without waiting");
        self.queued.remove(index)
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn never_two_of_one_service_never_too_many_and_everyone_has_a_turn(
        events in proptest::collection::vec(happens(), 0..80),
        limit in 1..4_usize,
    ) {
        let mut harness = Harness::default();
        for event in events {
            harness.happen(event);
            harness.look(limit);
        }
        for _ in 0..harness.accepted {
            harness.running.pop().into_iter().for_each(|_| harness.settled += 1);
            harness.look(limit);
        }
        prop_assert!(harness.queued.is_empty() && harness.running.is_empty());
        prop_assert_eq!(harness.settled, harness.accepted);
    }
}
