//! Holds what the sandbox shows against each recording.

use super::{
    recording::{self, Recording},
    replay, said,
    shown::{Shown, Track},
};

/// Cases that the sandbox deliberately does not play as they were recorded, and why.
const APART: [(&str, &str); 1] = [(
    "namespace-deleted",
    "a pod of the sandbox that is asked to end is gone at once, not after its thirty seconds",
)];

/// The recording machine had two CPUs and others' work beside it: a time may be off by two seconds
/// and a third of itself.
fn is_about(one: f64, other: f64) -> bool {
    (one - other).abs() <= 2.0 + one.max(other) / 3.0
}

/// What happens so late may be missing on one side.
fn is_late(seconds: f64, end: f64) -> bool {
    seconds + 2.0 + seconds / 3.0 >= end
}

#[tokio::test(start_paused = true)]
async fn the_sandbox_fails_as_the_recorded_cluster_failed() {
    let cases = recording::all();
    let mut alike = 0;
    let mut differences = String::new();
    for case in &cases {
        let found = differences_of(case).await;
        let apart = APART.iter().find(|(name, _)| *name == case.name);
        match (found.is_empty(), apart) {
            (true, None) => alike += 1,
            (false, Some((_, why))) => println!("{}: not as recorded: {why}", case.name),
            (true, Some(_)) => {
                differences +=
                    &format!("\n== {}: is as recorded, and listed as one that is not\n", case.name)
            }
            (false, None) => differences += &format!("\n== {}\n{found}", case.name),
        }
    }
    println!("{alike} of {} cases are as recorded", cases.len());
    assert!(
        differences.is_empty(),
        "{alike} of {} cases are as recorded; the others:{differences}",
        cases.len()
    );
}

async fn differences_of(case: &Recording) -> String {
    let recorded = said::of(case);
    let (shown, exits) = replay::of(case).await;
    let mut found = String::new();
    let applied = case.of("apply").chain(
        case.of("step").filter(|(_, step)| step["what"].as_str().unwrap().contains("second.yaml")),
    );
    let recorded_exits: Vec<_> = applied.map(|(_, line)| line["exit"].as_i64().unwrap()).collect();
    if recorded_exits != exits {
        found +=
            &format!("apply: the exits {recorded_exits:?} were recorded, {exits:?} are seen\n");
    }
    for (thing, track) in &recorded.tracks {
        let own = shown.tracks.get(thing).cloned().unwrap_or_default();
        if let Some(difference) = compare_tracks(track, &own, case.end()) {
            found += &format!("{thing}: {difference}\n");
        }
    }
    found + &compare_events(&recorded, &shown, case.end())
}

fn compare_tracks(recorded: &Track, shown: &Track, end: f64) -> Option<String> {
    for index in 0..recorded.len().max(shown.len()) {
        let result = |one: Option<&(f64, String)>| {
            one.map_or("nothing".to_owned(), |(seconds, state)| format!("{seconds:.1} {state}"))
        };
        let one = recorded.get(index);
        let other = shown.get(index);
        let same = match (one, other) {
            (Some((at, state)), Some((own, shown))) => state == shown && is_about(*at, *own),
            (Some((late, _)), None) | (None, Some((late, _))) => {
                return (!is_late(*late, end))
                    .then(|| format!("recorded {}, seen {}", result(one), result(other)));
            }
            (None, None) => true,
        };
        if !same {
            return Some(format!("recorded {}\n    seen {}", result(one), result(other)));
        }
    }
    None
}

fn compare_events(recorded: &Shown, shown: &Shown, end: f64) -> String {
    let mut found = String::new();
    for (event, seconds) in &recorded.events {
        match shown.events.get(event) {
            Some(own) if is_about(*seconds, *own) => {}
            Some(own) => {
                found += &format!("event: recorded at {seconds:.1}, seen at {own:.1}: {event}\n")
            }
            None if is_late(*seconds, end) => {}
            None => found += &format!("event: recorded at {seconds:.1} and not seen: {event}\n"),
        }
    }
    for (event, seconds) in &shown.events {
        if !recorded.events.contains_key(event) && !is_late(*seconds, end) {
            found += &format!("event: seen at {seconds:.1} and not recorded: {event}\n");
        }
    }
    found
}
