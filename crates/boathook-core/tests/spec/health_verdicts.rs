//! When a series of samples is good, bad, or says nothing.

use std::time::Duration;

use boathook_core::{
    health::{
        Comparison, GrpcAnswer, Header, HeaderValue, Judged, Latency, Method, Mode, Numbers,
        ProbeAnswer, Rules, Sample, Series, Serving, StatusRange, Unanswered, Verdict, Window,
        judge, recorded,
    },
    source::Source,
};
use expect_test::expect;
use proptest::{
    collection::vec, prelude::Just, prop_assert, prop_assert_eq, prop_oneof, proptest,
    strategy::Strategy,
};
use serde_json::{Value, json};

fn rules() -> Rules {
    Rules {
        paths: vec!["/".to_owned()],
        method: Method::Get,
        host: None,
        headers: Vec::new(),
        grpc: None,
        expect_status: vec![StatusRange::one(200), StatusRange::one(204)],
        expect_body: Some("2048".to_owned()),
        timeout: Duration::from_secs(5),
        cold_start: Duration::from_secs(30),
        interval: Duration::from_secs(5),
        delay: Duration::ZERO,
        consecutive_failures: 3,
        window: Window { failures: 4, of: 10 },
        latency: Some(Latency {
            percentile: 90,
            limit: Duration::from_millis(500),
            mode: Mode::Fail,
        }),
        slower_than_stable: None,
        min_samples: 3,
        verify: None,
        metrics: Vec::new(),
    }
}

fn http(status: u16, body: &str, location: Option<&str>) -> ProbeAnswer {
    ProbeAnswer::Http { status, body: body.to_owned(), location: location.map(str::to_owned) }
}

fn answer(status: u16, body: &str) -> Sample {
    Sample { result: Ok(http(status, body, None)), latency: Duration::from_millis(20) }
}

fn unanswered() -> Sample {
    Sample {
        result: Err(Unanswered("connection refused".to_owned())),
        latency: Duration::from_millis(1),
    }
}

fn taking(milliseconds: u64) -> Sample {
    Sample { latency: Duration::from_millis(milliseconds), ..answer(200, "2048") }
}

/// `.` is a well sample, `x` a failed one.
fn series(picture: &str) -> Series {
    let samples = picture
        .chars()
        .map(|letter| if letter == '.' { answer(200, "play 2048") } else { answer(503, "sorry") });
    of(samples)
}

fn of(samples: impl IntoIterator<Item = Sample>) -> Series {
    let mut series = Series::default();
    samples.into_iter().for_each(|sample| series.push(&sample, &rules()));
    series
}

fn text(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Good { .. } => "good".to_owned(),
        Verdict::Bad { reason, .. } => format!("bad: {reason}"),
        Verdict::Inconclusive { reason, .. } => format!("inconclusive: {reason}"),
    }
}

#[test]
fn a_sample_that_is_not_well_says_what_was_expected() {
    let says = |sample| judge(&sample, &rules()).err().unwrap_or_else(|| "well".to_owned());
    expect!["well"].assert_eq(&says(answer(204, "2048")));
    expect!["answered 503, expected 200 or 204"].assert_eq(&says(answer(503, "2048")));
    expect![[r#"answered 200 with a body that lacks "2048": "<h1>It works!</h1>""#]]
        .assert_eq(&says(answer(200, "<h1>It works!</h1>")));
    expect!["connection refused"].assert_eq(&says(unanswered()));
}

#[test]
fn a_redirect_to_https_is_told_by_the_answer_and_not_by_words_that_a_body_holds() {
    let redirect = |location: &str| Sample {
        result: Ok(ProbeAnswer::Http {
            status: 301,
            body: String::new(),
            location: Some(location.to_owned()),
        }),
        latency: Duration::ZERO,
    };
    assert!(of([redirect("https://game.example.com/")]).redirects_to_https());
    assert!(!of([redirect("http://game.example.com/")]).redirects_to_https());
    assert!(!of([answer(200, "moved to https://game.example.com/")]).redirects_to_https());
    // Where a redirect is what is expected, it explains no failure of another path.
    let expect_status = vec![StatusRange::one(301)];
    let rules = Rules { expect_status, expect_body: None, ..rules() };
    let paths = [("/", redirect("https://game.example.com/")), ("/healthz", answer(500, ""))];
    let judged = Judged::of_paths(&paths, &rules);
    assert!(judged.failure.is_some() && !judged.redirects_to_https);
}

#[test]
fn a_body_that_someone_else_wrote_is_cut_and_cannot_write_control_characters() {
    let why = judge(&answer(200, &format!("\u{1b}[31mred\r\n{}", "a".repeat(1000))), &rules())
        .unwrap_err();
    assert!(
        why.contains(r#""\u{1b}[31mred\r\naaa"#) && why.ends_with("\"...") && why.len() < 200,
        "{why}"
    );
    assert!(!why.contains(char::is_control), "{why}");
}

#[test]
fn a_series_is_bad_at_once_after_so_many_failures_in_a_row() {
    assert_eq!(series("..xx").bad_so_far(&rules()), None);
    let reason = series("..xxx").bad_so_far(&rules()).unwrap();
    expect!["3 failures in a row, the last: answered 503, expected 200 or 204"].assert_eq(&reason);
}

#[test]
fn a_series_is_bad_at_once_after_so_many_failures_among_the_last_samples() {
    assert_eq!(series("x.x.x......x.x.").bad_so_far(&rules()), None, "never four within ten");
    let reason = series("....x.x.x..x").bad_so_far(&rules()).unwrap();
    expect!["4 of the last 10 samples failed, the last: answered 503, expected 200 or 204"]
        .assert_eq(&reason);
}

#[test]
fn a_rule_of_zero_failures_is_turned_off() {
    let lenient =
        Rules { consecutive_failures: 0, window: Window { failures: 0, of: 10 }, ..rules() };
    assert_eq!(text(&series("xxxxxxxxx.").verdict(&lenient)), "good");
}

#[test]
fn once_bad_a_series_stays_bad() {
    expect!["bad: 3 failures in a row, the last: answered 503, expected 200 or 204"]
        .assert_eq(&text(&series("xxx.............").verdict(&rules())));
}

#[test]
fn too_few_samples_give_no_verdict() {
    expect!["inconclusive: 2 samples, at least 3 are needed"]
        .assert_eq(&text(&series("..").verdict(&rules())));
    let no_minimum = Rules { min_samples: 0, ..rules() };
    expect!["inconclusive: 0 samples, at least 1 are needed"]
        .assert_eq(&text(&series("").verdict(&no_minimum)));
}

#[test]
fn failures_in_a_row_are_bad_even_where_fewer_samples_than_the_minimum_were_taken() {
    let many = Rules { min_samples: 100, ..rules() };
    expect!["bad: 3 failures in a row, the last: answered 503, expected 200 or 204"]
        .assert_eq(&text(&series("xxx").verdict(&many)));
}

#[test]
fn a_series_without_one_good_sample_is_bad_though_no_limit_was_reached() {
    let lenient =
        Rules { consecutive_failures: 9, window: Window { failures: 9, of: 10 }, ..rules() };
    expect!["bad: no sample was well, the last: answered 503, expected 200 or 204"]
        .assert_eq(&text(&series("xxx").verdict(&lenient)));
}

#[test]
fn slow_answers_are_judged_at_the_end_only_and_by_percentile() {
    let one_slow = of((0..10).map(|n| taking(if n == 5 { 900 } else { 20 })));
    assert_eq!(one_slow.bad_so_far(&rules()), None);
    expect!["bad: 90 % of 9 answers took up to 900 ms, allowed are 500 ms"]
        .assert_eq(&text(&one_slow.verdict(&rules())));
    let one_of_twenty = of((0..20).map(|n| taking(if n == 5 { 900 } else { 20 })));
    assert_eq!(text(&one_of_twenty.verdict(&rules())), "good");
}

#[test]
fn the_first_sample_of_a_series_may_be_slow_because_it_may_have_started_the_revision() {
    let cold = of([taking(8000), taking(20), taking(30)]);
    assert_eq!(text(&cold.verdict(&rules())), "good");
    assert_eq!(cold.numbers().max_ms, 8000, "it is still shown");
}

#[test]
fn the_numbers_of_a_series_are_its_percentiles_and_its_last_failure() {
    let mut samples: Vec<Sample> = (1..=100).map(|n| taking(n * 10)).collect();
    samples[7] = answer(500, "");
    samples[3] = unanswered();
    let numbers = of(samples).numbers();
    expect![[r#"
        {
          "samples": 100,
          "failures": 2,
          "p50_ms": 500,
          "p95_ms": 950,
          "max_ms": 1000,
          "last_failure": "answered 500, expected 200 or 204"
        }"#]]
    .assert_eq(&serde_json::to_string_pretty(&numbers).unwrap());
    assert_eq!(Series::default().numbers(), Numbers::default());
}

#[test]
fn a_verdict_survives_the_record() {
    for picture in ["", "....", "xxx"] {
        let verdict = series(picture).verdict(&rules());
        let json = serde_json::to_string(&verdict).unwrap();
        assert_eq!(serde_json::from_str::<Verdict>(&json).unwrap(), verdict, "{json}");
    }
}

#[test]
fn a_limit_that_only_warns_leaves_a_slow_series_good_and_says_so() {
    let slow = of([taking(1), taking(900), taking(900)]);
    let rules = rules();
    let warning = Rules {
        latency: rules.latency.map(|limit| Latency { mode: Mode::Warn, ..limit }),
        ..rules.clone()
    };
    let words = "90 % of 2 answers took up to 900 ms, allowed are 500 ms";
    assert_eq!(text(&slow.verdict(&rules)), format!("bad: {words}"));
    assert_eq!(slow.warning(&rules), None);
    assert_eq!(text(&slow.verdict(&warning)), "good");
    assert_eq!(slow.warning(&warning).as_deref(), Some(words));
    assert_eq!(of([taking(1), taking(2)]).warning(&warning), None);
}

#[test]
fn a_candidate_is_far_slower_by_a_factor_and_a_least_difference_without_the_first_answers() {
    let rule = Comparison {
        percentile: 50,
        times: 3,
        at_least: Duration::from_millis(100),
        mode: Mode::Warn,
    };
    let slower = |candidate: &[u64], stable: &[u64]| {
        let [candidate, stable] =
            [candidate, stable].map(|all| of(all.iter().copied().map(taking)));
        candidate.far_slower_than(&stable, rule)
    };
    expect!["the new revision is far slower than the one that serves: 50 % of its answers took up to 480 ms, of the other's up to 12 ms"]
        .assert_eq(&slower(&[5, 480, 500], &[5, 12, 13]).unwrap());
    assert_eq!(slower(&[9000, 12, 13], &[5, 12, 13]), None, "a cold start is no measure");
    assert_eq!(slower(&[5, 300, 300], &[5, 100, 100]), None, "not more than three times");
    assert_eq!(slower(&[5, 90, 90], &[5, 2, 2]), None, "not 100 ms longer");
    assert_eq!(slower(&[5, 900], &[5]), None, "nothing to compare with");
}

#[test]
fn answers_that_failed_are_no_measure_of_how_fast_stable_is() {
    let rule = Comparison {
        percentile: 50,
        times: 3,
        at_least: Duration::from_millis(100),
        mode: Mode::Fail,
    };
    let refused = || Sample {
        result: Err(Unanswered("connection refused".to_owned())),
        latency: Duration::from_millis(1),
    };
    let candidate = of([5, 150, 150].map(taking));
    assert_eq!(candidate.far_slower_than(&of([taking(5), refused(), refused()]), rule), None);
    let once = of([taking(5), refused(), taking(140)]);
    assert_eq!(candidate.far_slower_than(&once, rule), None);
}

fn any_sample() -> impl Strategy<Value = Sample> {
    let result = prop_oneof![
        Just(Ok(http(200, "2048", None))),
        Just(Ok(http(500, "", None))),
        Just(Err(Unanswered("no answer within 5s".to_owned()))),
    ];
    (result, 0..3000u64)
        .prop_map(|(result, ms)| Sample { result, latency: Duration::from_millis(ms) })
}

fn any_rules() -> impl Strategy<Value = Rules> {
    (0..6u32, 0..6u32, 0..12u32, 1..=100u8, 0..3000u64, 0..20u32).prop_map(
        |(consecutive_failures, failures, of, percentile, ms, min_samples)| {
            let limit = Duration::from_millis(ms);
            let latency = Some(Latency { percentile, limit, mode: Mode::Fail });
            Rules {
                consecutive_failures,
                window: Window { failures, of },
                latency,
                min_samples,
                ..rules()
            }
        },
    )
}

proptest! {
    #[test]
    fn the_percentiles_of_any_series_rise_and_lie_within_its_samples(samples in vec(any_sample(), 1..40)) {
        let times: Vec<u64> = samples.iter().map(|sample| u64::try_from(sample.latency.as_millis()).unwrap()).collect();
        let numbers = of(samples).numbers();
        prop_assert!(times.iter().min().unwrap() <= &numbers.p50_ms);
        prop_assert!(numbers.p50_ms <= numbers.p95_ms && numbers.p95_ms <= numbers.max_ms);
        prop_assert_eq!(&numbers.max_ms, times.iter().max().unwrap());
        prop_assert!(times.contains(&numbers.p50_ms) && times.contains(&numbers.p95_ms));
        prop_assert!(numbers.failures <= numbers.samples);
        prop_assert_eq!(numbers.failures == 0, numbers.last_failure.is_none());
    }

    #[test]
    fn every_series_has_a_verdict_under_every_rule_and_bad_so_far_never_turns_good(
        samples in vec(any_sample(), 0..40),
        rules in any_rules(),
    ) {
        let mut series = Series::default();
        let mut bad = None;
        for sample in &samples {
            series.push(sample, &rules);
            let now = series.bad_so_far(&rules);
            prop_assert!(bad.is_none() || bad == now, "{:?} became {:?}", bad, now);
            bad = now;
        }
        match series.verdict(&rules) {
            Verdict::Good { numbers } => prop_assert!(bad.is_none() && numbers.failures < numbers.samples),
            Verdict::Bad { reason, .. } => prop_assert!(bad.is_none_or(|bad| bad == reason)),
            Verdict::Inconclusive { numbers, .. } => {
                prop_assert!(bad.is_none() && numbers.samples < u64::from(rules.min_samples.max(1)));
            }
        }
    }

    #[test]
    fn a_series_of_good_quick_samples_is_good_in_any_order(latencies in vec(0..500u64, 3..40)) {
        let series = of(latencies.into_iter().map(taking));
        prop_assert_eq!(text(&series.verdict(&rules())), "good");
    }
}

#[test]
fn a_failure_among_few_samples_keeps_a_series_open_until_the_rule_about_the_last_few_has_seen_them()
{
    let window_of_5 = Rules { window: Window { failures: 3, of: 5 }, ..rules() };
    assert!(!series("...").is_open(&window_of_5), "nothing failed");
    assert!(series(".x.").is_open(&window_of_5));
    assert!(!series(".x...").is_open(&window_of_5), "five were seen");
    let without_the_rule = Rules { window: Window { failures: 0, of: 5 }, ..rules() };
    assert!(!series(".x.").is_open(&without_the_rule));
}

#[test]
fn a_redirect_that_is_not_expected_names_where_it_leads_without_what_may_be_secret() {
    let says = |location: &str| {
        let sample = Sample { result: Ok(http(301, "", Some(location))), latency: Duration::ZERO };
        judge(&sample, &rules()).unwrap_err()
    };
    expect!["answered 301 to https://shop.example.com/, expected 200 or 204"]
        .assert_eq(&says("https://shop.example.com/"));
    expect!["answered 301 to https://id.example.com/login, expected 200 or 204"]
        .assert_eq(&says("https://jane:hunter2@id.example.com/login?token=hunter3#hunter4"));
    expect!["answered 301 to /login, expected 200 or 204"].assert_eq(&says("/login?next=%2F"));
    expect![r"answered 301 to /\u{1b}[31m, expected 200 or 204"].assert_eq(&says("/\u{1b}[31m"));
    assert!(says(&format!("/{}", "a".repeat(5000))).len() < 300);
}

#[test]
fn a_range_of_status_codes_holds_its_ends_and_stands_so_in_the_record() {
    let rules = Rules {
        expect_status: vec![StatusRange { from: 200, to: 299 }, StatusRange::one(401)],
        expect_body: None,
        ..rules()
    };
    let well = |status| judge(&answer(status, ""), &rules).is_ok();
    assert_eq!([199, 200, 250, 299, 300, 401].map(well), [false, true, true, true, false, true]);
    expect!["answered 500, expected 200-299 or 401"]
        .assert_eq(&judge(&answer(500, ""), &rules).unwrap_err());
    let written = serde_json::to_string(&rules.expect_status).unwrap();
    expect![[r#"["200-299",401]"#]].assert_eq(&written);
    assert_eq!(serde_json::from_str::<Vec<StatusRange>>(&written).unwrap(), rules.expect_status);
}

#[test]
fn rules_of_older_records_are_read() {
    let mut written = serde_json::to_value(rules()).unwrap();
    for field in ["path", "method", "host", "headers", "grpc", "delay", "verify"] {
        written.as_object_mut().unwrap().remove(field);
    }
    let with = |fields: Value| {
        let mut written = written.clone();
        written.as_object_mut().unwrap().append(&mut fields.as_object().unwrap().clone());
        recorded(written).unwrap()
    };
    assert_eq!(with(json!({"path": "/"})), rules());
    let headers = vec![
        Header::new("X-One", "1"),
        Header {
            name: "X-Two".to_owned(),
            value: HeaderValue::SecretOf(Source::of_place("the credential two")),
        },
    ];
    let list = json!([{"name": "X-One", "value": "1"}, {"name": "X-Two", "secret_of": "the credential two"}]);
    assert_eq!(
        with(json!({"paths": ["/a", "/b"], "headers": list})),
        Rules { paths: vec!["/a".to_owned(), "/b".to_owned()], headers, ..rules() }
    );
    assert_eq!(
        with(json!({"paths": [], "headers": [], "grpc": "orders.v1"})),
        Rules { paths: Vec::new(), grpc: Some("orders.v1".to_owned()), ..rules() }
    );
}

#[test]
fn what_grpc_health_says_is_judged_by_its_own_words() {
    let says = |service: &str, answer: GrpcAnswer| {
        let sample = Sample { result: Ok(ProbeAnswer::Grpc(answer)), latency: Duration::ZERO };
        judge(&sample, &Rules { grpc: Some(service.to_owned()), ..rules() })
            .err()
            .unwrap_or_else(|| "well".to_owned())
    };
    let error = |code, message: &str| GrpcAnswer::Error { code, message: message.to_owned() };
    expect!["well"].assert_eq(&says("", GrpcAnswer::Health(Serving::Serving)));
    expect!["gRPC health of the server is NOT_SERVING, expected SERVING"]
        .assert_eq(&says("", GrpcAnswer::Health(Serving::NotServing)));
    expect!["gRPC health of `orders.v1` is SERVICE_UNKNOWN, expected SERVING"]
        .assert_eq(&says("orders.v1", GrpcAnswer::Health(Serving::ServiceUnknown)));
    expect![[r#"gRPC health of `orders.v1` ended with NOT_FOUND "unknown service": its health service does not know that name"#]]
        .assert_eq(&says("orders.v1", error(5, "unknown service")));
    expect![
        "gRPC health of the server ended with UNIMPLEMENTED: no grpc.health.v1 there, or the \
         gateway does not know the host"
    ]
    .assert_eq(&says("", error(12, "")));
    expect!["gRPC health of the server ended with an unknown code"]
        .assert_eq(&says("", error(99, "")));
    expect!["answered 404 without gRPC, expected grpc.health.v1"]
        .assert_eq(&says("", GrpcAnswer::NotGrpc { status: 404 }));
}
