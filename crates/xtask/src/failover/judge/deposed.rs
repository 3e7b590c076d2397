//! What a boathook wrote, in the record or in the cluster, in the term of another.

use std::collections::BTreeMap;

use crate::failover::evidence::{Evidence, Start, Term};

/// By the witness in the database: in each term one process wrote, and terms follow each other.
pub fn judge_record(evidence: &Evidence) -> Vec<String> {
    let mut written = evidence.written.clone();
    written.sort_by_key(|one| one.first_sequence);
    let leads: BTreeMap<_, _> =
        evidence.terms.iter().map(|term| (term.epoch, term.process)).collect();
    let strangers = written.iter().filter(|one| leads.get(&one.epoch) != Some(&one.process));
    let strangers = strangers.map(|one| {
        format!(
            "process {} wrote records {} to {} in term {}, which is that of {:?}",
            one.process,
            one.first_sequence,
            one.last_sequence,
            one.epoch,
            leads.get(&one.epoch)
        )
    });
    let pairs = written.iter().zip(written.iter().skip(1));
    let mixed = pairs
        .filter(|(one, next)| one.last_sequence >= next.first_sequence || one.epoch >= next.epoch)
        .map(|(one, next)| {
            format!(
                "term {} wrote record {} after term {} had begun with {}",
                one.epoch, one.last_sequence, next.epoch, next.first_sequence
            )
        });
    let others = evidence.others.iter().filter(|one| leads.get(&one.epoch) != Some(&one.process));
    let others = others.map(|one| {
        format!("process {} changed {} in term {}", one.process, one.changed, one.epoch)
    });
    strangers.chain(mixed).chain(others).collect()
}

/// By the cluster: whoever changed the spec of a service had the term at that moment.
pub fn judge_cluster(evidence: &Evidence) -> Vec<String> {
    let mut terms = evidence.terms.clone();
    terms.sort_by_key(|term| term.at);
    let mut generations = BTreeMap::new();
    let mut found = Vec::new();
    for change in evidence.changes.iter().filter(|change| change.kind == "service") {
        let before = generations.insert(&change.uid, change.generation).unwrap_or_default();
        if change.generation <= before {
            continue;
        }
        let term = terms.iter().rfind(|term| term.at <= change.at);
        let node = term.and_then(|term| node_of(&evidence.starts, term));
        if change.by.as_deref() != node || node.is_none() {
            found.push(format!(
                "{:?} made generation {} of {} at {}, in term {:?} of {node:?}",
                change.by,
                change.generation,
                change.name,
                change.at,
                term.map(|term| term.epoch)
            ));
        }
    }
    found
}

fn node_of<'a>(starts: &'a [Start], term: &Term) -> Option<&'a str> {
    let start = starts.iter().rfind(|start| start.process == term.process)?;
    Some(&start.node)
}
