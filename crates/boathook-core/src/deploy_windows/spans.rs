//! Spans of time, and what they come to together.

use jiff::Timestamp;

/// From a moment to another one, which is not part of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span {
    pub from: Timestamp,
    pub until: Timestamp,
}

/// All of them in order; those that overlap or touch are one.
pub(super) fn union(mut spans: Vec<Span>) -> Vec<Span> {
    spans.sort_by_key(|span| span.from);
    let mut all: Vec<Span> = Vec::with_capacity(spans.len());
    for span in spans {
        match all.last_mut() {
            Some(last) if span.from <= last.until => last.until = last.until.max(span.until),
            Some(_) | None => all.push(span),
        }
    }
    all
}

/// What is left of `spans` without `others`; both in order, as [`union`] leaves them.
pub(super) fn without(spans: Vec<Span>, others: &[Span]) -> Vec<Span> {
    let mut left = Vec::with_capacity(spans.len());
    for Span { mut from, until } in spans {
        let begins = from;
        let overlapping = others.iter().skip_while(|other| other.until <= begins);
        for other in overlapping.take_while(|other| other.from < until) {
            if from < other.from {
                left.push(Span { from, until: other.from });
            }
            from = from.max(other.until);
        }
        if from < until {
            left.push(Span { from, until });
        }
    }
    left
}
