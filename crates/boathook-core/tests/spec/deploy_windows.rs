//! When deployments may begin: windows by the calendar, also where clocks are changed.

use boathook_core::deploy_windows::{DeployWindows, EnvironmentState, Obstacles, Opening};
use expect_test::expect;
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use proptest::prelude::{Just, Strategy, any, prop_assert_eq, prop_oneof, proptest};
use serde_json::{Value, json};

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn read(zone: &str, allow: Value, deny: Value) -> Result<DeployWindows, String> {
    let settings = json!({"time_zone": zone, "allow": allow, "deny": deny, "applies_to": "all", "outside": "wait"});
    serde_json::from_value(settings).map_err(|error| error.to_string())
}

fn windows(zone: &str, allow: Value, deny: Value) -> DeployWindows {
    let windows = read(zone, allow, deny).unwrap();
    assert_eq!(windows.faults(), []);
    windows
}

fn one(cron: &str, lasts: &str) -> Value {
    json!([{"cron": cron, "lasts": lasts}])
}

/// The next openings, as clocks in the zone show them.
fn next(windows: &DeployWindows, now: &str, count: usize) -> String {
    let zone = TimeZone::get(windows.zone()).unwrap();
    let local = |at: Timestamp| at.to_zoned(zone.clone()).strftime("%a %m-%d %H:%M %Z").to_string();
    let line = |opening: &Opening| {
        let until = opening.until.map_or_else(|| "no end".to_owned(), local);
        format!("{} - {until}", local(opening.from))
    };
    windows.outlook(at(now), count).openings.iter().map(line).collect::<Vec<_>>().join("\n")
}

const OFFICE_HOURS: &str = "0 9 * * MON-FRI";

#[test]
fn a_window_is_open_from_its_first_moment_to_before_its_end() {
    let windows = windows("Europe/Berlin", one(OFFICE_HOURS, "8h"), json!([]));
    let opens = |now| windows.closed_until(at(now));
    assert_eq!(opens("2026-08-03T06:59:59.999Z"), Some(at("2026-08-03T07:00:00Z")));
    assert_eq!(opens("2026-08-03T07:00:00Z"), None);
    assert_eq!(opens("2026-08-03T14:59:59.999Z"), None);
    assert_eq!(opens("2026-08-03T15:00:00Z"), Some(at("2026-08-04T07:00:00Z")));
    assert_eq!(opens("2026-08-01T10:00:00Z"), Some(at("2026-08-03T07:00:00Z")), "a Saturday");
    let outlook = windows.outlook(at("2026-08-03T10:00:00Z"), 1);
    assert_eq!((outlook.is_open, outlook.until), (true, Some(at("2026-08-03T15:00:00Z"))));
    assert_eq!(outlook.openings[0].from, at("2026-08-04T07:00:00Z"), "the one after this");
}

#[test]
fn without_windows_deployments_may_begin_at_any_time() {
    let windows = windows("UTC", json!([]), json!([]));
    let outlook = windows.outlook(at("2026-08-01T10:00:00Z"), 3);
    assert_eq!((outlook.is_open, outlook.until, outlook.openings), (true, None, vec![]));
    assert_eq!(windows.closed_until(at("2026-08-01T10:00:00Z")), None);
}

#[test]
fn what_is_denied_is_closed_whatever_is_allowed() {
    let lunch = one("0 12 * * *", "1h");
    let both = windows("Europe/Berlin", one(OFFICE_HOURS, "8h"), lunch.clone());
    expect![[r"
        Mon 08-03 09:00 CEST - Mon 08-03 12:00 CEST
        Mon 08-03 13:00 CEST - Mon 08-03 17:00 CEST
        Tue 08-04 09:00 CEST - Tue 08-04 12:00 CEST"]]
    .assert_eq(&next(&both, "2026-08-02T00:00:00Z", 3));
    let denied_alone = windows("Europe/Berlin", json!([]), lunch);
    expect![[r"
        Sun 08-02 13:00 CEST - Mon 08-03 12:00 CEST
        Mon 08-03 13:00 CEST - Tue 08-04 12:00 CEST"]]
    .assert_eq(&next(&denied_alone, "2026-08-02T00:00:00Z", 2));
    assert_eq!(denied_alone.closed_until(at("2026-08-02T00:00:00Z")), None);
}

#[test]
fn windows_that_overlap_or_touch_are_one() {
    let allow = json!([
        {"cron": "0 9 * * *", "lasts": "3h"},
        {"cron": "0 11 * * *", "lasts": "1h"},
        {"cron": "0 12 * * *", "lasts": "30m"},
        {"cron": "0 22 * * *", "lasts": "4h"},
    ]);
    expect![[r"
        Sat 08-01 09:00 UTC - Sat 08-01 12:30 UTC
        Sat 08-01 22:00 UTC - Sun 08-02 02:00 UTC"]]
    .assert_eq(&next(&windows("UTC", allow, json!([])), "2026-08-01T03:00:00Z", 2));
    let always = windows("UTC", one("0 * * * *", "1h"), json!([]));
    assert_eq!(always.outlook(at("2026-08-01T10:00:00Z"), 1).until, None);
}

#[test]
fn a_rare_day_is_found_years_ahead() {
    let leap = windows("UTC", one("0 0 29 FEB *", "1d"), json!([]));
    assert_eq!(leap.closed_until(at("2026-08-01T00:00:00Z")), Some(at("2028-02-29T00:00:00Z")));
}

#[test]
fn office_hours_are_the_same_hours_before_and_after_clocks_change() {
    let windows = windows("Europe/Berlin", one(OFFICE_HOURS, "8h"), json!([]));
    assert_eq!(windows.closed_until(at("2026-03-26T20:00:00Z")), Some(at("2026-03-27T08:00:00Z")));
    assert_eq!(windows.closed_until(at("2026-03-28T20:00:00Z")), Some(at("2026-03-30T07:00:00Z")));
    assert_eq!(windows.closed_until(at("2026-10-24T20:00:00Z")), Some(at("2026-10-26T08:00:00Z")));
}

#[test]
fn a_window_that_begins_in_the_hour_that_is_skipped_opens_an_hour_later_by_the_clock() {
    let nightly = windows("Europe/Berlin", one("30 2 * * *", "1h"), json!([]));
    expect![[r"
        Sat 03-28 02:30 CET - Sat 03-28 03:30 CET
        Sun 03-29 03:30 CEST - Sun 03-29 04:30 CEST
        Mon 03-30 02:30 CEST - Mon 03-30 03:30 CEST"]]
    .assert_eq(&next(&nightly, "2026-03-27T12:00:00Z", 3));
    let half_an_hour = windows("Australia/Lord_Howe", one("15 2 * * *", "1h"), json!([]));
    expect![[r"
        Sat 10-03 02:15 +1030 - Sat 10-03 03:15 +1030
        Sun 10-04 02:45 +11 - Sun 10-04 03:45 +11"]]
    .assert_eq(&next(&half_an_hour, "2026-10-02T12:00:00Z", 2));
    let midnight = windows("Africa/Cairo", one("0 0 * * *", "1h"), json!([]));
    expect![[r"
        Thu 04-23 00:00 EET - Thu 04-23 01:00 EET
        Fri 04-24 01:00 EEST - Fri 04-24 02:00 EEST"]]
    .assert_eq(&next(&midnight, "2026-04-22T12:00:00Z", 2));
}

#[test]
fn a_window_that_begins_in_the_hour_that_comes_twice_opens_the_first_time_alone() {
    let nightly = windows("Europe/Berlin", one("30 2 * * *", "30m"), json!([]));
    expect![[r"
        Sat 10-24 02:30 CEST - Sat 10-24 03:00 CEST
        Sun 10-25 02:30 CEST - Sun 10-25 02:00 CET
        Mon 10-26 02:30 CET - Mon 10-26 03:00 CET"]]
    .assert_eq(&next(&nightly, "2026-10-23T12:00:00Z", 3));
    let second = at("2026-10-25T01:30:00Z");
    assert_eq!(nightly.closed_until(second), Some(at("2026-10-26T01:30:00Z")));
}

#[test]
fn a_window_lasts_as_long_as_it_says_whatever_clocks_do_in_it() {
    let night = windows("Europe/Berlin", one("0 22 * * SAT", "8h"), json!([]));
    expect![[r"
        Sat 03-28 22:00 CET - Sun 03-29 07:00 CEST"]]
    .assert_eq(&next(&night, "2026-03-27T12:00:00Z", 1));
    expect![[r"
        Sat 10-24 22:00 CEST - Sun 10-25 05:00 CET"]]
    .assert_eq(&next(&night, "2026-10-23T12:00:00Z", 1));
}

#[test]
fn a_denied_day_is_denied_to_its_end_by_the_clock_and_never_shorter_than_it_says() {
    let sundays = windows("Europe/Berlin", json!([]), one("0 0 * * SUN", "24h"));
    let opens = |now| sundays.closed_until(at(now));
    assert_eq!(opens("2026-10-25T22:30:00Z"), Some(at("2026-10-25T23:00:00Z")), "25 hours");
    assert_eq!(opens("2026-11-01T22:30:00Z"), Some(at("2026-11-01T23:00:00Z")));
    assert_eq!(opens("2026-03-29T22:30:00Z"), Some(at("2026-03-29T23:00:00Z")), "24 of 23 hours");
}

#[test]
fn what_is_denied_in_the_hour_that_comes_twice_is_denied_both_times() {
    let nightly = windows("Europe/Berlin", json!([]), one("30 2 * * *", "30m"));
    let opens = |now| nightly.closed_until(at(now));
    let end = Some(at("2026-10-25T02:00:00Z"));
    assert_eq!((opens("2026-10-25T00:45:00Z"), opens("2026-10-25T01:45:00Z")), (end, end));
    assert_eq!(opens("2026-10-25T02:00:00Z"), None);
}

#[test]
fn a_cron_expression_reads_as_in_a_crontab() {
    let openings = |cron: &str, count| {
        next(&windows("UTC", one(cron, "1m"), json!([])), "2026-08-01T10:00:00Z", count)
    };
    expect![[r"
        Sun 08-02 00:00 UTC - Sun 08-02 00:01 UTC
        Mon 08-03 00:00 UTC - Mon 08-03 00:01 UTC
        Fri 08-07 00:00 UTC - Fri 08-07 00:01 UTC"]]
    .assert_eq(&openings("0 0 * * FRI-MON", 3));
    expect![[r"
        Sat 08-01 16:00 UTC - Sat 08-01 16:01 UTC
        Sun 08-02 08:00 UTC - Sun 08-02 08:01 UTC"]]
    .assert_eq(&openings("0 8-16/8 * * 0,6,7", 2));
    expect![[r"
        Sat 08-01 12:00 UTC - Sat 08-01 12:01 UTC
        Sat 08-01 18:00 UTC - Sat 08-01 18:01 UTC"]]
    .assert_eq(&openings("0 */6 * * *", 2));
}

#[test]
fn a_day_of_the_month_and_a_weekday_name_the_days_of_either_unless_one_is_a_star() {
    let either = windows("UTC", one("0 0 13 * FRI", "1h"), json!([]));
    expect![[r"
        Fri 08-07 00:00 UTC - Fri 08-07 01:00 UTC
        Thu 08-13 00:00 UTC - Thu 08-13 01:00 UTC
        Fri 08-14 00:00 UTC - Fri 08-14 01:00 UTC"]]
    .assert_eq(&next(&either, "2026-08-01T10:00:00Z", 3));
}

#[test]
fn what_is_no_cron_expression_is_refused_with_the_field_that_is_wrong() {
    let problem = |cron: &str| {
        let error = read("UTC", one(cron, "1h"), json!([])).unwrap_err();
        error.split("; expected ").next().unwrap().to_owned()
    };
    let wrong = [
        "",
        "0 9 * *",
        "0 0 9 * * *",
        "60 9 * * *",
        "0 24 * * *",
        "0 9 0 * *",
        "0 9 * 13 *",
        "0 9 * * 8",
        "0 9 * * MON-FOO",
        "0 17-9 * * *",
        "0/5 * * * *",
        "*/0 * * * *",
        "0 9,,10 * * *",
        "0 +9 * * *",
        "@daily",
    ];
    let problems: Vec<String> = wrong.into_iter().map(problem).collect();
    expect![[r"
        it has 0 fields
        it has 4 fields
        it has 6 fields
        `60` is not among the minutes 0 to 59
        `24` is not among the hours 0 to 23
        `0` is not among the days 1 to 31
        `13` is not among the months 1 to 12
        `8` is not among the weekdays 0 to 7
        `FOO` is not among the weekdays 0 to 7
        the hours `17-9` end before they begin
        `0/5` needs a range before its step, such as `*/5`
        `0` is no step: it must be a number from 1
        `` is not among the hours 0 to 23
        `+9` is not among the hours 0 to 23
        it has 1 fields"]]
    .assert_eq(&problems.join("\n"));
}

#[test]
fn windows_that_never_open_or_cannot_be_meant_are_refused() {
    let faults = |allow: Value, deny: Value| {
        let faults = read("Europe/Berlin", allow, deny).unwrap().faults();
        faults.iter().map(|fault| format!("{}: {}", fault.key, fault.message)).collect::<Vec<_>>()
    };
    assert_eq!(
        faults(one("0 0 30 2 *", "1h"), json!([])),
        ["allow[0].cron: names a day that never comes"]
    );
    assert_eq!(faults(one("0 0 * * *", "32d"), json!([])), ["allow[0].lasts: must be at most 31d"]);
    assert_eq!(
        faults(json!([]), one("*/30 * * * *", "1h")),
        ["deny[0].cron: begins more than 24 times a day; let it begin once and last longer"]
    );
    let covered = ["deny: covers all that `allow` allows: nothing could ever begin"];
    assert_eq!(faults(one(OFFICE_HOURS, "8h"), one("0 0 * * MON-FRI", "1d")), covered);
    assert_eq!(faults(json!([]), one("0 0 * * *", "25h")), covered);
    assert_eq!(faults(json!([]), one("0 0 * * *", "1d")), covered, "also a day of 25 hours");
    assert_eq!(faults(one("0 0 29 FEB *", "1d"), one("0 0 1 MAR *", "1d")), [""; 0]);
    let zone = read("Europe/Berln", json!([]), json!([])).unwrap_err();
    assert!(
        zone.starts_with("unknown time zone `Europe/Berln`; write a name of the IANA"),
        "{zone}"
    );
    let zero = read("UTC", one(OFFICE_HOURS, "0s"), json!([])).unwrap_err();
    assert!(zero.contains("expected a duration longer than 0"), "{zero}");
    let many = Value::Array(vec![json!({"cron": OFFICE_HOURS, "lasts": "1h"}); 51]);
    assert_eq!(faults(many, json!([])), ["allow: must have at most 50 windows"]);
    let hourly = Value::Array(vec![json!({"cron": "0 * * * *", "lasts": "1m"}); 5]);
    assert_eq!(
        faults(hourly, json!([])),
        [
            "allow: its windows begin more than 100 times a day together; let them begin less often and last longer"
        ]
    );
}

/// A cron expression, with what it means, minute by minute.
fn crons() -> impl Strategy<Value = (u8, u8, Option<i8>, i64)> {
    let weekday = prop_oneof![Just(None), (0_i8..7).prop_map(Some)];
    (0_u8..60, 0_u8..24, weekday, 1_i64..3000)
}

proptest! {
    #[test]
    fn they_are_open_where_a_walk_through_every_minute_finds_them_open(
        (minute, hour, weekday, lasts) in crons(),
        (deny_minute, deny_hour, deny_weekday, deny_lasts) in crons(),
        hours in 0_i64..100_000,
        denies in any::<bool>(),
    ) {
        let cron = |minute, hour, weekday: Option<i8>| {
            format!("{minute} {hour} * * {}", weekday.map_or_else(|| "*".to_owned(), |day| day.to_string()))
        };
        let allow = one(&cron(minute, hour, weekday), &format!("{lasts}m"));
        let deny = one(&cron(deny_minute, deny_hour, deny_weekday), &format!("{deny_lasts}m"));
        let windows = read("UTC", allow, if denies { deny } else { json!([]) }).unwrap();
        let now = at("2020-01-01T00:00:00Z") + SignedDuration::from_hours(hours);
        let covers = |at: Timestamp, minute: u8, hour: u8, weekday: Option<i8>, lasts: i64| {
            (0..lasts).any(|back| {
                let begin = (at - SignedDuration::from_mins(back)).to_zoned(TimeZone::UTC);
                begin.minute() == minute.cast_signed() && begin.hour() == hour.cast_signed()
                    && weekday.is_none_or(|day| begin.weekday().to_sunday_zero_offset() == day)
            })
        };
        let is_open = |at: Timestamp| covers(at, minute, hour, weekday, lasts)
            && !(denies && covers(at, deny_minute, deny_hour, deny_weekday, deny_lasts));
        prop_assert_eq!(windows.closed_until(now).is_none(), is_open(now));
        if windows.faults().is_empty() && let Some(opens_at) = windows.closed_until(now) {
            prop_assert_eq!(is_open(opens_at), true);
            prop_assert_eq!(is_open(opens_at - SignedDuration::from_mins(1)), false);
        }
    }
}

#[test]
fn of_all_that_stops_an_environment_the_first_is_its_state() {
    let windows = windows("UTC", one("0 9 * * *", "1h"), json!([]));
    let closed = windows.outlook(at("2026-08-01T12:00:00Z"), 1);
    let state = |enabled, frozen, locked, windows| {
        let state = EnvironmentState::of(Obstacles { enabled, frozen, locked, windows });
        (state.name(), state.reason(), state.is_closed())
    };
    let frozen = Some("closing");
    let locked = Some("migration");
    assert_eq!(state(false, frozen, locked, Some(&closed)), ("not enabled", None, false));
    assert_eq!(state(true, frozen, locked, Some(&closed)), ("frozen", frozen, true));
    assert_eq!(state(true, None, locked, Some(&closed)), ("locked", locked, true));
    assert_eq!(state(true, None, None, Some(&closed)), ("window closed", None, true));
    assert_eq!(state(true, None, None, None), ("open", None, false));
}
