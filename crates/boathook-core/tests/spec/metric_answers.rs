//! What is asked of Prometheus, and what its answers come to.

use std::time::Duration;

use boathook_core::{
    deployment::{Namespace, RevisionName, ServiceKey, ServiceName},
    health::{MetricNames, ProbeAnswer, Prometheus, Sample, Unanswered, metric_value},
};
use expect_test::expect;
use jiff::Timestamp;
use proptest::{prop_assert, proptest};

fn now() -> Timestamp {
    "2026-01-05T10:00:00Z".parse().unwrap()
}

fn comes_to(status: u16, body: &str) -> String {
    let result = Ok(ProbeAnswer::Http { status, body: body.to_owned(), location: None });
    match metric_value(Sample { result, latency: Duration::ZERO }, now()) {
        Ok(value) => value.to_string(),
        Err(why) => why.to_string(),
    }
}

fn success(data: &str) -> String {
    comes_to(200, &format!(r#"{{"status":"success","data":{data}}}"#))
}

/// One series whose value is this, so many seconds from now.
fn of_one_series(value: &str, seconds: i64) -> String {
    let at = now().as_second() + seconds;
    success(&format!(
        r#"{{"resultType":"vector","result":[{{"metric":{{"a":"b"}},"value":[{at}.781,"{value}"]}}]}}"#
    ))
}

#[test]
fn a_query_is_asked_with_names_in_its_placeholders() {
    let prometheus = Prometheus {
        url: "http://127.0.0.1:9090/prom/".to_owned(),
        query: r#"rate(x{r="{{revision}}"}[1m]) / 100%5 + {{service}}"#.to_owned(),
        headers: Vec::new(),
        timeout: Duration::from_millis(2500),
    };
    let revision = RevisionName::parse("game-00002").unwrap();
    let names = MetricNames {
        revision: &revision,
        stable: &revision,
        service: &ServiceKey {
            namespace: Namespace::parse("shop").unwrap(),
            service: ServiceName::parse("game").unwrap(),
        },
    };
    let request = prometheus.request(&names);
    expect!["http://127.0.0.1:9090/prom/api/v1/query?query=rate%28x%7Br%3D%22game-00002%22%7D%5B1m%5D%29%20%2F%20100%255%20%2B%20game&timeout=2.5&nocache=1"]
        .assert_eq(&request.url);
    assert_eq!(request.timeout, prometheus.timeout);
}

#[test]
fn one_number_is_a_value_however_it_is_written() {
    assert_eq!(of_one_series("0.25", 0), "0.25");
    assert_eq!(of_one_series("1e-3", -30), "0.001");
    assert_eq!(of_one_series("12", 30), "12");
    let scalar = format!(r#"{{"resultType":"scalar","result":[{},"7"]}}"#, now().as_second());
    assert_eq!(success(&scalar), "7");
}

#[test]
fn a_remark_on_the_query_is_no_warning_and_what_is_null_is_not_there() {
    let at = now().as_second();
    let with = |field: &str| {
        comes_to(
            200,
            &format!(
                r#"{{"status":"success",{field},"data":{{"resultType":"scalar","result":[{at},"0.25"]}}}}"#
            ),
        )
    };
    let info = r#"["PromQL info: metric might not be a counter, name does not end in _total"]"#;
    assert_eq!(with(&format!(r#""warnings":{info}"#)), "0.25");
    assert_eq!(with(&format!(r#""infos":{info}"#)), "0.25");
    assert_eq!(with(r#""warnings":null"#), "0.25");
    assert!(with(r#""warnings":["PromQL info: a","a store is away"]"#).contains("a store is away"));
}

#[test]
fn numbers_are_shown_with_six_digits() {
    for (value, shown) in [
        ("0", "0"),
        ("0.208333333333", "0.208333"),
        ("-0.208333333333", "-0.208333"),
        ("123456789.5", "123456790"),
        ("12.3456789", "12.3457"),
        ("0.000012345678", "0.0000123457"),
        ("1e-9", "1e-9"),
        ("1e300", "1e300"),
        ("300", "300"),
    ] {
        assert_eq!(of_one_series(value, 0), shown, "{value}");
    }
}

#[test]
fn everything_else_is_no_value_and_says_why() {
    let none = [
        success(r#"{"resultType":"vector","result":[]}"#),
        success(r#"{"resultType":"vector","result":[{"value":[1,"1"]},{"value":[1,"2"]}]}"#),
        success(r#"{"resultType":"vector","result":[{"histogram":[1,{"count":"1"}]}]}"#),
        success(r#"{"resultType":"matrix","result":[]}"#),
        success(r#"{"resultType":"string","result":[1,"x"]}"#),
        success(r#"{"resultType":"vector","result":[{"value":["x","1"]}]}"#),
        success(r#"{"resultType":"vector","result":[{"value":[1e300,"1"]}]}"#),
        of_one_series("NaN", 0),
        of_one_series("+Inf", 0),
        of_one_series("1", -312),
        of_one_series("1", 312),
        comes_to(200, r#"{"status":"success","warnings":["a store did not answer"],"data":{}}"#),
        comes_to(200, r#"{"status":"success","isPartial":true,"data":{}}"#),
        comes_to(400, r#"{"status":"error","errorType":"bad_data","error":"1:3: parse error"}"#),
        comes_to(401, "<html>who are you</html>"),
        comes_to(302, ""),
        comes_to(200, "<html>\u{1b}[31mwelcome</html>"),
        comes_to(200, r#"{"status":"success","data":{"resultType":"vector","result":[{"metric""#),
    ];
    expect![[r#"
        no data
        2 series came; the query must come to one number, by sum() for example
        the query comes to a histogram, not to one number
        the query comes to a matrix, not to one number
        the query comes to a string, not to one number
        what answered is no Prometheus: ["x","1"]
        the value is 18446744073709551615 s in the future: a cache answered, or the clocks differ
        the value is NaN, as where nothing was counted yet
        the value is +Inf, as where nothing was counted yet
        the value is 311 s old: a cache answered, or the clocks differ
        the value is 312 s in the future: a cache answered, or the clocks differ
        the server warns that the answer may be wrong: a store did not answer
        the server warns that the answer may be wrong: it is partial
        the server answered 400: bad_data: 1:3: parse error
        the server answered 401
        the server answered 302
        what answered is no Prometheus: <html>\u{1b}[31mwelcome</html>
        the answer is too long to be read; the query must come to one number, by sum() for example"#]]
    .assert_eq(&none.join("\n"));
    let result = Err(Unanswered("connection refused by 127.0.0.1:9090".to_owned()));
    let unanswered = metric_value(Sample { result, latency: Duration::ZERO }, now()).unwrap_err();
    assert_eq!(unanswered.to_string(), "connection refused by 127.0.0.1:9090");
}

proptest! {
    #[test]
    fn no_answer_breaks_the_reader_and_a_value_is_finite(status in 100_u16..600, body in ".{0,200}") {
        let result = Ok(ProbeAnswer::Http { status, body, location: None });
        if let Ok(value) = metric_value(Sample { result, latency: Duration::ZERO }, now()) {
            prop_assert!(value.get().is_finite());
        }
    }
}
