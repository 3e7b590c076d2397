//! When the values of a metric are good, bad, or say nothing.

use std::time::Duration;

use boathook_core::health::{
    Finite, MetricPoint, MetricRule, MetricSeries, MetricVerdict, Mode, OnInconclusive, Prometheus,
    RelativeLimit,
};
use proptest::{
    collection::vec, option, prelude::Just, prop_assert, prop_assert_eq, prop_oneof, proptest,
    strategy::Strategy,
};

fn finite(number: f64) -> Finite {
    Finite::new(number).unwrap()
}

/// At most 1; three values, two in a row.
fn rule() -> MetricRule {
    MetricRule {
        name: "errors".to_owned(),
        prometheus: Prometheus {
            url: "http://127.0.0.1:9090".to_owned(),
            query: "x{{revision}}".to_owned(),
            headers: Vec::new(),
            timeout: Duration::from_secs(5),
        },
        max: Some(finite(1.0)),
        min: None,
        relative_to_stable: None,
        interval: Duration::from_secs(10),
        points: 3,
        consecutive_failures: 2,
        mode: Mode::Fail,
        on_inconclusive: OnInconclusive::Continue,
    }
}

fn point(value: f64) -> MetricPoint {
    MetricPoint { candidate: Ok(finite(value)), stable: None }
}

fn beside(value: f64, stable: Result<f64, &str>) -> MetricPoint {
    let stable = Some(stable.map(finite).map_err(str::to_owned));
    MetricPoint { stable, ..point(value) }
}

fn none() -> MetricPoint {
    MetricPoint { candidate: Err("no data".to_owned()), stable: None }
}

fn series(points: impl IntoIterator<Item = MetricPoint>, rule: &MetricRule) -> MetricSeries {
    let mut series = MetricSeries::default();
    points.into_iter().for_each(|point| series.take(point, rule));
    series
}

fn verdict(points: impl IntoIterator<Item = MetricPoint>, rule: &MetricRule) -> MetricVerdict {
    series(points, rule).verdict(rule)
}

fn bad(reason: &str) -> MetricVerdict {
    MetricVerdict::Bad(reason.to_owned())
}

#[test]
fn a_limit_itself_is_allowed() {
    assert_eq!(verdict([1.0, 1.0, 1.0].map(point), &rule()), MetricVerdict::Good);
    let floor = MetricRule { max: None, min: Some(finite(0.5)), ..rule() };
    assert_eq!(verdict([0.5, 0.5, 0.5].map(point), &floor), MetricVerdict::Good);
    assert_eq!(
        verdict([0.4, 0.4].map(point), &floor),
        bad("0.4, at least 0.5 is needed, 2 times in a row")
    );
}

#[test]
fn what_has_no_value_neither_breaks_a_row_nor_makes_one() {
    let rule = rule();
    assert_eq!(
        verdict([point(2.0), none(), none(), point(3.0)], &rule),
        bad("3, at most 1 is allowed, 2 times in a row")
    );
    let MetricVerdict::Inconclusive(why) = verdict([point(0.0), none(), none()], &rule) else {
        panic!("a verdict on one value")
    };
    assert_eq!(why, "1 of at least 3 values; without one 2 times, the last: no data");
}

#[test]
fn a_last_value_beyond_the_limit_waits_for_the_next() {
    let rule = rule();
    let points = [0.0, 0.0, 2.0].map(point);
    assert!(matches!(verdict(points.clone(), &rule), MetricVerdict::Inconclusive(_)));
    let decided = |next| verdict(points.iter().cloned().chain([point(next)]), &rule);
    assert_eq!(decided(0.5), MetricVerdict::Good);
    assert!(matches!(decided(2.0), MetricVerdict::Bad(_)));
}

#[test]
fn a_comparison_needs_both_the_factor_and_the_least_difference() {
    let limit = RelativeLimit { times: finite(1.2), at_least: finite(0.1) };
    let rule = MetricRule {
        max: None,
        relative_to_stable: Some(limit),
        consecutive_failures: 1,
        points: 1,
        ..rule()
    };
    let one = |value, stable| verdict([beside(value, Ok(stable))], &rule);
    assert_eq!(one(0.5, 0.3), bad("0.5, more than 1.2 times stable's 0.3"));
    assert_eq!(one(0.09, 0.0), MetricVerdict::Good);
    assert_eq!(one(5.5, 5.0), MetricVerdict::Good);
    let MetricVerdict::Inconclusive(why) = verdict([beside(0.5, Err("no data"))], &rule) else {
        panic!("a verdict without stable")
    };
    assert!(why.ends_with("the last: of stable: no data"), "{why}");
}

#[test]
fn a_value_beyond_a_plain_limit_counts_though_stable_has_none() {
    let limit = RelativeLimit { times: finite(1.2), at_least: finite(0.1) };
    let rule = MetricRule { relative_to_stable: Some(limit), ..rule() };
    let points = || [beside(2.0, Err("no data")), beside(2.0, Err("no data"))];
    assert!(matches!(verdict(points(), &rule), MetricVerdict::Bad(_)));
}

#[test]
fn a_value_within_the_plain_limits_ends_their_row_though_stable_has_none() {
    let limit = RelativeLimit { times: finite(1.2), at_least: finite(0.1) };
    let rule = MetricRule { relative_to_stable: Some(limit), ..rule() };
    let away = || Err("no data");
    let points = [beside(2.0, away()), beside(0.0, away()), beside(2.0, away())];
    assert!(matches!(verdict(points, &rule), MetricVerdict::Inconclusive(_)));
    let far = || beside(0.9, Ok(0.1));
    assert!(matches!(verdict([far(), beside(0.0, away()), far()], &rule), MetricVerdict::Bad(_)));
}

#[test]
fn what_is_equal_is_not_far_also_below_zero() {
    let limit = RelativeLimit { times: finite(1.5), at_least: finite(0.0) };
    let rule = MetricRule { max: None, relative_to_stable: Some(limit), ..rule() };
    let points = [(); 3].map(|()| beside(-1.0, Ok(-1.0)));
    assert_eq!(verdict(points, &rule), MetricVerdict::Good);
}

/// A rule with a plain limit, one with a comparison, and one with both.
fn rules() -> impl Strategy<Value = MetricRule> {
    let limit = RelativeLimit { times: finite(1.2), at_least: finite(0.1) };
    prop_oneof![
        Just(rule()),
        Just(MetricRule { max: None, relative_to_stable: Some(limit), ..rule() }),
        Just(MetricRule { relative_to_stable: Some(limit), ..rule() }),
    ]
}

fn points() -> impl Strategy<Value = Vec<MetricPoint>> {
    let value = || prop_oneof![Just(0.0), Just(1.0), Just(2.0), -1e9..1e9_f64];
    let stable = prop_oneof![value().prop_map(Ok), Just(Err("no data"))];
    let one = (option::of(value()), option::of(stable)).prop_map(|(value, stable)| MetricPoint {
        candidate: value.map(finite).ok_or_else(|| "no data".to_owned()),
        stable: stable.map(|stable| stable.map(finite).map_err(str::to_owned)),
    });
    vec(one, 0..40)
}

proptest! {
    #[test]
    fn once_bad_stays_bad_whatever_comes(rule in rules(), points in points(), later in points()) {
        let mut series = series(points, &rule);
        let before = series.bad_so_far().map(str::to_owned);
        later.into_iter().for_each(|point| series.take(point, &rule));
        if let Some(before) = before {
            prop_assert_eq!(series.bad_so_far(), Some(before.as_str()));
            prop_assert_eq!(series.verdict(&rule), MetricVerdict::Bad(before));
        }
    }

    #[test]
    fn what_has_no_value_changes_no_verdict_but_what_is_missing(rule in rules(), points in points()) {
        let only_values = points.iter().filter(|point| point.candidate.is_ok()).cloned();
        let with_all = verdict(points.iter().cloned(), &rule);
        match (with_all, verdict(only_values, &rule)) {
            (MetricVerdict::Inconclusive(_), MetricVerdict::Inconclusive(_)) => {}
            (with_all, without) => prop_assert_eq!(with_all, without),
        }
    }

    #[test]
    fn good_needs_enough_values_and_every_question_is_counted(rule in rules(), points in points()) {
        let count = points.len() as u64;
        let series = series(points, &rule);
        let numbers = series.numbers();
        prop_assert_eq!(numbers.points + numbers.without_value, count);
        prop_assert!(numbers.failures <= numbers.points);
        if series.verdict(&rule) == MetricVerdict::Good {
            prop_assert!(numbers.points >= u64::from(rule.points));
        }
    }
}
