//! An application that shows what it was sent: its answer is quoted where it is not well, and the
//! secrets of a probe's headers are not.

use std::{collections::BTreeMap, sync::Arc};

use boathook::{
    health::Revealing,
    journal::{DeploymentDetail, DeploymentView},
    plan::Settings,
    redact::{MASK, Redactor},
};
use boathook_core::{
    current::Current,
    health::{Header, HeaderValue, ProbeAnswer, ProbeRequest, Prober, Sample},
    record::Outcome,
    source::Source,
};
use boathook_sandbox::FakeProber;
use boathook_testing::rollout_harness::{Harness, RolloutResult, settings};
use futures_util::{FutureExt, future::BoxFuture};

const SECRET: &str = "Opaque 5up3rc4l1fr4g1l1st1c3xp14l1d0c10us";

/// What answers for the candidate's own URL with a page in which its headers stand, after these
/// words.
struct Echoing(FakeProber, &'static str);

impl Prober for Echoing {
    fn probe(&self, request: ProbeRequest) -> BoxFuture<'_, Sample> {
        async move {
            let values = request.headers.iter().filter_map(|header| match &header.value {
                HeaderValue::Value(value) => Some(value.clone()),
                HeaderValue::SecretOf(_) => None,
            });
            let sent = values.collect::<Vec<_>>().join(" ");
            assert_eq!(sent, SECRET);
            let is_candidate = request.url.contains("//boathook-");
            let sample = self.0.probe(request).await;
            if is_candidate {
                return Sample {
                    result: Ok(ProbeAnswer::Http {
                        status: 200,
                        body: format!("{}{sent}", self.1),
                        location: None,
                    }),
                    ..sample
                };
            }
            sample
        }
        .boxed()
    }
}

/// The settings by which a page has to name its version, and a secret is sent with each question.
fn guarded() -> Settings {
    let mut settings = settings();
    for probing in [&mut settings.probing, &mut settings.verify] {
        probing.rules.expect_body = Some("v".to_owned());
        let value = HeaderValue::SecretOf(Source::of_place("the variable KEY"));
        probing.rules.headers = vec![Header { name: "X-Badge".to_owned(), value }];
    }
    settings
}

/// A deployment that rolls back because of such a page.
async fn rolled_back(words: &'static str) -> RolloutResult {
    let mut harness = Harness::with(guarded());
    harness.engine.redactor = Redactor::knowing([SECRET]);
    let secrets =
        Current::fixed(BTreeMap::from([("the variable KEY".to_owned(), SECRET.to_owned())]));
    let echoing = Arc::new(Echoing(FakeProber::new(harness.cluster.clone()), words));
    harness.engine.prober =
        Arc::new(Revealing::new(echoing, secrets, harness.engine.redactor.clone()));
    assert_eq!(harness.deploy("1").await.end(), Outcome::Succeeded);
    let result = harness.deploy("2").await;
    result.assert_end(Outcome::RolledBack);
    result
}

#[tokio::test(start_paused = true)]
async fn an_application_that_shows_a_secret_header_leaves_none_of_it_in_journal_answer_and_dashboard()
 {
    // The second page is quoted up to the middle of the secret.
    for words in ["Hello, ", "Hello, dear and long awaited sender of the following header: "] {
        let result = rolled_back(words).await;
        let journal = format!("{:?}", result.records);
        let answer = serde_json::to_string(&DeploymentView::of(&result.records).unwrap()).unwrap();
        let shown_on_dashboard = format!("{:?}", DeploymentDetail::of(&result.records).unwrap());
        for text in [journal, answer, shown_on_dashboard, format!("{:?}", result.outcome)] {
            assert!(text.contains("a body that lacks"), "{text}");
            assert!(text.contains(MASK), "{text}");
            assert!(!text.contains(&SECRET[..10]), "{text}");
        }
    }
}
