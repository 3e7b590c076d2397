//! How long nobody led, and how long nothing was accepted, after each kind of fault.

use std::{collections::BTreeMap, fmt::Write as _};

use jiff::{SignedDuration, Timestamp};

use crate::failover::evidence::{Evidence, Fault, Lead};

/// A line for each kind, over all trials: how many, and median, 99th percentile and maximum of both times in seconds.
pub fn table(trials: &[Evidence]) -> String {
    let mut kinds = BTreeMap::<_, (Vec<f64>, Vec<f64>)>::new();
    for trial in trials {
        let accepted = acceptances(trial);
        for fault in &trial.faults {
            let (without, silent) = kinds.entry(fault.kind.as_str()).or_default();
            without.push(without_leader(fault, &trial.leads).as_secs_f64());
            silent.push(longest_silence(fault, &accepted).as_secs_f64());
        }
    }
    let mut table = format!(
        "{:<20} {:>6} {:>27} {:>27}\n{:<27} {:>8} {:>8} {:>9} {:>8} {:>8} {:>9}",
        "fault",
        "count",
        "without a leader (s)",
        "nothing accepted (s)",
        "",
        "median",
        "p99",
        "max",
        "median",
        "p99",
        "max"
    );
    for (kind, (without, silent)) in kinds {
        let line = write!(
            table,
            "\n{kind:<20} {:>6} {} {}",
            without.len(),
            percentiles(without),
            percentiles(silent)
        );
        line.unwrap_or_default();
    }
    table
}

/// Until another term began; where the leader stayed, as long as its lease was not seen to hold.
pub fn without_leader(fault: &Fault, leads: &[Lead]) -> SignedDuration {
    let before = leads.iter().rfind(|lead| lead.at <= fault.begun).and_then(|lead| lead.epoch);
    let until = |lead: &Lead| lead.at.min(fault.recovered);
    let within = || leads.iter().filter(|lead| lead.at > fault.begun && lead.at <= fault.recovered);
    if let Some(next) = within().find(|lead| lead.epoch > before && lead.epoch.is_some()) {
        return next.at.duration_since(fault.begun);
    }
    let ends = leads.iter().skip(1).map(until).chain([fault.recovered]);
    let states = leads.iter().zip(ends).filter(|(lead, _)| lead.epoch.is_none());
    states.fold(SignedDuration::ZERO, |sum, (lead, end)| {
        sum + end.duration_since(lead.at.max(fault.begun)).max(SignedDuration::ZERO)
    })
}

/// The longest time without an acceptance that has a part between a fault and what followed it.
fn longest_silence(fault: &Fault, accepted: &[Timestamp]) -> SignedDuration {
    let pairs = accepted.iter().zip(accepted.iter().skip(1));
    let near = pairs.filter(|(from, to)| **to > fault.begun && **from < fault.recovered);
    near.map(|(from, to)| to.duration_since(*from)).max().unwrap_or_default()
}

/// When senders heard that something was accepted, in order.
fn acceptances(evidence: &Evidence) -> Vec<Timestamp> {
    let accepted = evidence.tries.iter().filter(|one| one.is_accepted());
    let mut heard: Vec<_> = accepted
        .map(|one| {
            let took = i64::try_from(one.milliseconds).unwrap_or(i64::MAX);
            one.at.saturating_add(SignedDuration::from_millis(took)).unwrap_or(Timestamp::MAX)
        })
        .collect();
    heard.sort_unstable();
    heard
}

/// Nearest ranks.
fn percentiles(mut seconds: Vec<f64>) -> String {
    seconds.sort_by(f64::total_cmp);
    let rank = |percent: usize| {
        let place = (seconds.len() * percent).div_ceil(100).max(1) - 1;
        seconds.get(place).copied().unwrap_or(f64::NAN)
    };
    format!("{:>8.2} {:>8.2} {:>9.2}", rank(50), rank(99), rank(100))
}
