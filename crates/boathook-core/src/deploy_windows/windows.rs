//! The windows of one environment.

use std::{fmt, time::Duration};

use jiff::{Timestamp, tz::TimeZone};
use serde::{
    Deserialize, Deserializer, Serialize,
    de::{Error, Visitor},
};

use crate::{
    deploy_windows::{
        Opening, Outlook,
        spans::{Span, union, without},
        window::{Rule, Window, after},
    },
    deployment::DeployRequest,
    fault::Fault,
};

/// How far ahead the next change is looked for, at first and at most.
const NEAR: Duration = Duration::from_secs(4 * DAY);
const FAR: Duration = Duration::from_secs(5 * 366 * DAY);
const DAY: u64 = 24 * 60 * 60;
/// The windows of one list.
const WINDOWS_MAX: usize = 50;
/// How often the windows of one list may begin in a day together.
const TIMES_A_DAY_MAX: usize = 100;
/// 2024-01-01, UTC. Whether windows ever open is judged from here, so that a file that is fine today
/// is fine tomorrow; five years from here have a 29 February.
const REFERENCE: i64 = 1_704_067_200;

/// When deployments may begin in an environment.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeployWindows {
    /// Whose clocks count.
    #[serde(deserialize_with = "time_zone")]
    time_zone: TimeZone,
    /// Deployments may begin in these; at any time if there are none.
    allow: Vec<Window>,
    /// And never in these.
    deny: Vec<Window>,
    applies_to: AppliesTo,
    pub outside: Outside,
}

/// Which requests windows are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AppliesTo {
    All,
    /// Promotions: those with `auto_promotion`.
    Promotions,
}

/// What becomes of a request that comes while no deployment may begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Outside {
    /// It waits for the next opening.
    Wait,
    /// It is refused. Promotions wait all the same: nobody would send them again.
    Refuse,
}

impl DeployWindows {
    /// The name of the time zone.
    #[must_use]
    pub fn zone(&self) -> &str {
        self.time_zone.iana_name().unwrap_or("UTC")
    }

    #[must_use]
    pub const fn applies_to(&self) -> AppliesTo {
        self.applies_to
    }

    /// Whether there are none, so that deployments may begin at any time.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.allow.is_empty() && self.deny.is_empty()
    }

    /// When this request may begin, if not at `now`.
    #[must_use]
    pub fn opens_for(&self, request: &DeployRequest, now: Timestamp) -> Option<Timestamp> {
        self.are_for(request).then(|| self.closed_until(now)).flatten()
    }

    /// Whether they say when this request may begin.
    #[must_use]
    pub const fn are_for(&self, request: &DeployRequest) -> bool {
        match self.applies_to {
            AppliesTo::All => true,
            AppliesTo::Promotions => request.auto_promotion,
        }
    }

    /// When they open, if they are closed at `now`.
    #[must_use]
    pub fn closed_until(&self, now: Timestamp) -> Option<Timestamp> {
        let moment = Span { from: now, until: after(now, Duration::from_nanos(1)) };
        if self.is_empty() || !self.open_in(moment).is_empty() {
            return None;
        }
        // Such windows are refused when they are loaded.
        let next = self.openings(now, 1).first().map(|opening| opening.from);
        Some(next.unwrap_or_else(|| after(now, FAR)))
    }

    /// Whether they are open at `now`, and their next `count` openings after that.
    #[must_use]
    pub fn outlook(&self, now: Timestamp, count: usize) -> Outlook {
        let mut openings = self.openings(now, count + 1);
        let open = openings.first().filter(|opening| opening.from <= now).copied();
        if open.is_some() {
            openings.remove(0);
        }
        openings.truncate(count);
        let until = match open {
            Some(opening) => opening.until,
            None => openings.first().map(|opening| opening.from),
        };
        Outlook { is_open: open.is_some(), until, openings }
    }

    /// What cannot be used.
    #[must_use]
    pub fn faults(&self) -> Vec<Fault> {
        let mut faults = Fault::of([
            (self.allow.len() <= WINDOWS_MAX, "allow", "must have at most 50 windows"),
            (self.deny.len() <= WINDOWS_MAX, "deny", "must have at most 50 windows"),
            (
                self.outside == Outside::Wait || self.applies_to == AppliesTo::All,
                "outside",
                "must be `wait` for promotions, which nobody would send again; `applies_to: all` refuses other requests",
            ),
        ]);
        for (list, windows) in [("allow", &self.allow), ("deny", &self.deny)] {
            let each = windows.iter().enumerate();
            faults.extend(each.flat_map(|(index, window)| {
                Fault::inside(&format!("{list}[{index}]"), window.faults()).collect::<Vec<_>>()
            }));
        }
        for (list, windows) in [("allow", &self.allow), ("deny", &self.deny)] {
            let times: usize = windows.iter().map(Window::times_a_day).sum();
            if faults.is_empty() && times > TIMES_A_DAY_MAX {
                let message = "its windows begin more than 100 times a day together; let them begin less often and last longer";
                faults.push(Fault::new(list, message));
            }
        }
        if faults.is_empty() && self.never_open() {
            faults.push(Fault::new(
                "deny",
                "covers all that `allow` allows: nothing could ever begin",
            ));
        }
        faults
    }

    fn never_open(&self) -> bool {
        let reference = Timestamp::from_second(REFERENCE).unwrap_or_default();
        !self.is_empty() && self.openings(reference, 1).is_empty()
    }

    /// The next `count` times in which they are open; the first may have begun, and then begins at
    /// `now` here.
    fn openings(&self, now: Timestamp, count: usize) -> Vec<Opening> {
        if self.is_empty() {
            return vec![Opening { from: now, until: None }];
        }
        let mut ahead = NEAR;
        loop {
            let until = after(now, ahead);
            let spans = self.open_in(Span { from: now, until });
            // One that reaches the end may go on behind it.
            let whole = spans.iter().filter(|span| span.until < until).count();
            if whole >= count || ahead == FAR {
                let opening = |span: Span| Opening {
                    from: span.from,
                    until: Some(span.until).filter(|end| *end < until),
                };
                return spans.into_iter().take(count).map(opening).collect();
            }
            ahead = (ahead * 4).min(FAR);
        }
    }

    /// When they are open within a span.
    fn open_in(&self, within: Span) -> Vec<Span> {
        let all = |windows: &[Window], rule| {
            let each = windows.iter().flat_map(|one| one.spans(rule, &self.time_zone, within));
            union(each.collect())
        };
        let allowed =
            if self.allow.is_empty() { vec![within] } else { all(&self.allow, Rule::Allow) };
        let open = without(allowed, &all(&self.deny, Rule::Deny)).into_iter().map(|span| Span {
            from: span.from.max(within.from),
            until: span.until.min(within.until),
        });
        open.filter(|span| span.from < span.until).collect()
    }
}

/// Reads the name of a time zone. The database is part of the program, so that a name means the
/// same on every machine.
fn time_zone<'de, D: Deserializer<'de>>(deserializer: D) -> Result<TimeZone, D::Error> {
    deserializer.deserialize_str(Zone)
}

struct Zone;

impl Visitor<'_> for Zone {
    type Value = TimeZone;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a time zone such as Europe/Berlin or UTC")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<TimeZone, E> {
        TimeZone::get(text).map_err(|_| {
            E::custom(format_args!(
                "unknown time zone `{}`; write a name of the IANA database such as Europe/Berlin or UTC",
                text.escape_debug()
            ))
        })
    }
}
