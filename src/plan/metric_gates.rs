//! Which metrics a stage asks for, and what an operator should know where one is not asked, or not
//! often enough.

use boathook_core::{
    deployment::Percent,
    duration_text,
    health::MetricRule,
    rollout::{Note, Step, steps::Hold},
};

use crate::plan::Settings;

/// The metrics of a stage, with the limits that can be judged there.
pub(super) fn of_stage(settings: &Settings, percent: Percent) -> Vec<MetricRule> {
    let has_all_traffic = percent == Percent::FULL;
    settings.metrics.iter().filter_map(|rule| rule.at_stage(has_all_traffic)).collect()
}

/// A note on each metric that no stage of these steps asks for, and on each hold that is too short
/// for a verdict.
pub(super) fn notes(settings: &Settings, steps: &[Step]) -> Vec<Note> {
    let holds: Vec<&Hold> = steps
        .iter()
        .filter_map(|step| match step {
            Step::Hold(hold) => Some(hold),
            _ => None,
        })
        .collect();
    let is_first = !steps.iter().any(|step| matches!(step, Step::ProbeCandidate(_)));
    let unasked = settings.metrics.iter().filter_map(|rule| not_asked(rule, &holds, is_first));
    let too_short =
        holds.iter().flat_map(|hold| hold.metrics.iter().filter_map(|rule| short(hold, rule)));
    unasked.chain(too_short).map(Note::from).collect()
}

fn not_asked(rule: &MetricRule, holds: &[&Hold], is_first: bool) -> Option<String> {
    let is_asked = holds.iter().any(|hold| hold.metrics.iter().any(|one| one.name == rule.name));
    let why = match holds {
        _ if is_asked => return None,
        [] if is_first => "there is nothing to go back to",
        [] => "no stage is held",
        _ => "it is relative to stable, and no stage below 100 % is held",
    };
    Some(format!("metric {} is not asked for: {why}", rule.name))
}

fn short(hold: &Hold, rule: &MetricRule) -> Option<String> {
    let needs = rule.needs(hold.delay);
    if needs <= hold.duration {
        return None;
    }
    let lasts = duration_text::show(hold.duration);
    let all = duration_text::show(needs);
    let MetricRule { name, points, interval, .. } = rule;
    let values = format!("{points} values, one in {}", duration_text::show(*interval));
    Some(if needs <= hold.duration + hold.patience {
        format!(
            "the hold at {} takes {all} and not {lasts}: metric {name} needs {values}",
            hold.percent
        )
    } else {
        format!(
            "metric {name} cannot be judged in the hold at {}, which lasts {lasts}: it needs {values}, which take {all}",
            hold.percent
        )
    })
}
