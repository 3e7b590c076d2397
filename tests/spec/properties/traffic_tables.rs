//! Tables of stages, splits, and the traffic that they become.

use boathook_core::{
    deployment::{Percent, Split, Strategy as DeploymentStrategy},
    objects::{KeptTargets, Traffic},
};
use boathook_testing::{
    properties::cases,
    rollout_harness::{request, settings},
    samples::revision,
};
use proptest::{
    collection::vec,
    prelude::{any, prop_assert_eq, proptest},
};
use serde_json::{Value, json};

/// Traffic as someone else may have left it.
fn foreign(targets: &[(u8, u8, Option<u8>)]) -> Traffic {
    let target = |(name, percent, tag): &(u8, u8, Option<u8>)| {
        let tag =
            tag.map(|tag| if tag % 3 == 0 { "boathook".to_owned() } else { format!("tag-{tag}") });
        json!({"revisionName": format!("game-{:05}", name % 4), "percent": percent, "tag": tag})
    };
    serde_json::from_value(targets.iter().map(target).collect::<Value>()).unwrap()
}

fn sum(traffic: &Traffic) -> u32 {
    traffic.0.iter().map(|target| u32::from(target.percent.unwrap_or(0))).sum()
}

proptest! {
    #![proptest_config(cases(256))]

    #[test]
    fn whatever_boathook_sends_sums_to_all_and_keeps_others_tags(
        percent in 0..=100_u64,
        others in vec((any::<u8>(), any::<u8>(), any::<Option<u8>>()), 0..6),
    ) {
        let others = foreign(&others);
        let kept = KeptTargets::of(&others);
        let stable = revision("game-00000");
        let candidate = revision("game-00009");
        let percent = Percent::new(percent).unwrap();
        let split = Split { stable: stable.clone(), candidate: candidate.clone(), percent };
        let tags = others.0.iter().filter(|target| target.tag.as_deref().is_some_and(|tag| tag != "boathook")).count();
        for traffic in [
            Traffic::split(&split, &kept),
            Traffic::all_on(&stable, &kept),
            Traffic::handed_over(&stable, &candidate, &kept),
        ] {
            prop_assert_eq!(sum(&traffic), 100);
            prop_assert_eq!(
                traffic.0.iter().filter(|target| target.tag.as_deref().is_some_and(|tag| tag != "boathook")).count(),
                tags,
            );
            prop_assert_eq!(traffic.names_only(&[&stable, &candidate], &kept), true);
            let again: Traffic = serde_json::from_value(serde_json::to_value(&traffic).unwrap()).unwrap();
            prop_assert_eq!(traffic.routes_as(&again), true);
        }
        prop_assert_eq!(Traffic::split(&split, &kept).share_of(&candidate), percent.get());
        let _ = (others.share_of(&stable), others.in_words(), others.tagged().is_some());
    }

    #[test]
    fn a_senders_own_stages_have_its_shares_and_the_tables_holds(
        shares in vec(1..=100_u64, 0..5),
        blue_green: bool,
    ) {
        let settings = settings();
        let strategy =
            if blue_green { DeploymentStrategy::BlueGreen } else { DeploymentStrategy::Rolling };
        let table = &settings.stages[&strategy];
        let traffic_split: Vec<Percent> = shares.iter().map(|&share| Percent::new(share).unwrap()).collect();
        let request = boathook_core::deployment::DeployRequest { strategy, traffic_split: traffic_split.clone(), ..request("1", "101-1") };
        let stages = settings.stages(&request);
        let expected = if traffic_split.is_empty() { table.iter().map(|stage| stage.percent).collect() } else { traffic_split };
        prop_assert_eq!(stages.iter().map(|stage| stage.percent).collect::<Vec<_>>(), expected);
        prop_assert_eq!(
            stages.iter().all(|stage| table.iter().any(|known| known.hold == stage.hold)),
            true,
        );
    }
}
