//! One window: when it begins, and how long it lasts.

use std::time::Duration;

use jiff::{Timestamp, civil::DateTime, tz::TimeZone};
use serde::Deserialize;

use crate::{
    deploy_windows::{cron::Cron, spans::Span},
    duration_text,
    fault::Fault,
};

/// The longest window.
const LONGEST: Duration = Duration::from_secs(31 * 24 * 60 * 60);
/// How often it may begin in a day: each beginning costs time whenever someone asks.
const TIMES_A_DAY_MAX: usize = 24;

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Window {
    /// When it begins, by the clocks of the time zone.
    cron: Cron,
    /// How long it lasts from there.
    #[serde(deserialize_with = "duration_text::positive")]
    lasts: Duration,
}

/// Which list a window is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rule {
    /// It is as long as it says, whatever clocks do meanwhile.
    Allow,
    /// It is as long as it says, and lasts until clocks show its end for the last time: where they go
    /// back, a day has an hour more that is denied too.
    Deny,
}

impl Window {
    pub(super) fn faults(&self) -> Vec<Fault> {
        Fault::of([
            (self.lasts <= LONGEST, "lasts", "must be at most 31d"),
            (self.cron.comes(), "cron", "names a day that never comes"),
            (
                self.times_a_day() <= TIMES_A_DAY_MAX,
                "cron",
                "begins more than 24 times a day; let it begin once and last longer",
            ),
        ])
    }

    pub(super) const fn times_a_day(&self) -> usize {
        self.cron.times_a_day()
    }

    /// Each time from its beginning to its end that reaches into `within`.
    ///
    /// A beginning that clocks skip counts an hour later (or by what they skip), and one that they
    /// show twice counts once, the first time.
    pub(super) fn spans(&self, rule: Rule, zone: &TimeZone, within: Span) -> Vec<Span> {
        let reach = Span { from: before(within.from, self.lasts), until: within.until };
        let first = zone.to_datetime(reach.from).date();
        // A day further on either side, because a beginning that was skipped may be another day's.
        let first = first.yesterday().unwrap_or(first);
        let last = zone.to_datetime(reach.until).date();
        let last = last.tomorrow().unwrap_or(last);
        let days = first.series(jiff::Span::new().days(1)).take_while(|day| *day <= last);
        let named = days.filter(|day| self.cron.names(*day));
        let begins = named.flat_map(|day| self.cron.times().map(move |time| day.to_datetime(time)));
        let spans = begins.filter_map(|at| {
            let from = zone.to_ambiguous_timestamp(at).compatible().ok()?;
            let elapsed = after(from, self.lasts);
            let until = match rule {
                Rule::Allow => elapsed,
                Rule::Deny => self.shown_end(at, zone).unwrap_or(elapsed).max(elapsed),
            };
            Some(Span { from, until })
        });
        spans.filter(|span| span.from < within.until && within.from < span.until).collect()
    }

    /// When clocks show its end, the second time if they show it twice.
    fn shown_end(&self, begin: DateTime, zone: &TimeZone) -> Option<Timestamp> {
        zone.to_ambiguous_timestamp(begin.saturating_add(self.lasts)).later().ok()
    }
}

/// So much later, at most the end of time.
pub(super) fn after(at: Timestamp, duration: Duration) -> Timestamp {
    at.saturating_add(duration).unwrap_or(Timestamp::MAX)
}

fn before(at: Timestamp, duration: Duration) -> Timestamp {
    at.saturating_sub(duration).unwrap_or(Timestamp::MIN)
}
