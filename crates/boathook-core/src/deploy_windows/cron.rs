//! A cron expression: the days and the times of day at which something begins.

use std::fmt;

use jiff::civil::{Date, Time};
use serde::{
    Deserialize, Deserializer,
    de::{Error, Visitor},
};

use crate::deploy_windows::cron_field::{Field, Numbers};

const MINUTES: Field = Field { name: "minutes", range: 0..=59, words: &[], is_circle: false };
const HOURS: Field = Field { name: "hours", range: 0..=23, words: &[], is_circle: false };
const DAYS: Field = Field { name: "days", range: 1..=31, words: &[], is_circle: false };
const MONTHS: Field = Field {
    name: "months",
    range: 1..=12,
    words: &["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"],
    is_circle: false,
};
/// Sunday is 0 and 7.
const WEEKDAYS: Field = Field {
    name: "weekdays",
    range: 0..=7,
    words: &["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"],
    is_circle: true,
};

/// The most days that each month has.
const DAYS_OF_MONTHS: [u8; 12] = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/// Five fields, as in a crontab: minutes, hours, days of the month, months and weekdays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Cron {
    minutes: Numbers,
    hours: Numbers,
    days: Numbers,
    months: Numbers,
    weekdays: Numbers,
    /// Whether a day is named by its number or by its weekday; otherwise by both. As in every
    /// crontab: either of them, if neither is a `*`.
    is_either: bool,
}

impl Cron {
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let fields: Vec<&str> = text.split_ascii_whitespace().collect();
        let [minutes, hours, days, months, weekdays] = fields[..] else {
            return Err(format!("it has {} fields", fields.len()));
        };
        Ok(Self {
            minutes: MINUTES.parse(minutes)?,
            hours: HOURS.parse(hours)?,
            days: DAYS.parse(days)?,
            months: MONTHS.parse(months)?,
            weekdays: WEEKDAYS.parse(weekdays)?,
            is_either: !days.starts_with('*') && !weekdays.starts_with('*'),
        })
    }

    pub(super) fn names(&self, date: Date) -> bool {
        let of = |number: i8| u8::try_from(number).unwrap_or_default();
        let day = self.days.contains(of(date.day()));
        let weekday = self.weekdays.contains(of(date.weekday().to_sunday_zero_offset()));
        let is_day = if self.is_either { day || weekday } else { day && weekday };
        is_day && self.months.contains(of(date.month()))
    }

    /// The times of a day that it names.
    pub(super) fn times(&self) -> impl Iterator<Item = Time> {
        let at = |hour: u8, minute: u8| {
            Time::new(i8::try_from(hour).ok()?, i8::try_from(minute).ok()?, 0, 0).ok()
        };
        self.hours
            .iter()
            .flat_map(move |hour| self.minutes.iter().filter_map(move |minute| at(hour, minute)))
    }

    /// How many times of a day it names.
    pub(super) const fn times_a_day(&self) -> usize {
        self.hours.count() * self.minutes.count()
    }

    /// Whether it names any day at all: 30 February never comes.
    pub(super) fn comes(&self) -> bool {
        let months = DAYS_OF_MONTHS.iter().zip(1..);
        let mut named = months.filter(|(_, month)| self.months.contains(*month));
        self.is_either || named.any(|(last, _)| (1..=*last).any(|day| self.days.contains(day)))
    }
}

impl<'de> Deserialize<'de> for Cron {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(Written)
    }
}

const EXPECTED: &str = "a cron expression of five fields (minutes, hours, days, months, weekdays) such as \"0 9 * * MON-FRI\"";

struct Written;

impl Visitor<'_> for Written {
    type Value = Cron;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(EXPECTED)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Cron, E> {
        Cron::parse(text).map_err(|problem| {
            E::custom(format_args!("{}; expected {EXPECTED}", problem.escape_debug()))
        })
    }
}
