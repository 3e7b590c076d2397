//! What a step found, in words. It escapes nothing.

use boathook_core::{health::Numbers, rollout::Observation};

/// One finding; none for what only steps need to know.
#[must_use]
pub fn finding_words(finding: &Observation) -> Option<String> {
    Some(match finding {
        Observation::Image(image) => format!("image is {image}"),
        Observation::Candidate { name, uid: _ } => format!("new revision {name}"),
        Observation::CandidateReady => "new revision is ready".to_owned(),
        Observation::Serving { percent } => format!("new revision gets {percent} % of requests"),
        Observation::Health { of, numbers, times: _ } => health(of, numbers),
        Observation::HealthSoFar { of, numbers } => format!("so far, {}", health(of, numbers)),
        Observation::Metric { name, numbers } => format!("metric {name}: {numbers}"),
        Observation::MetricSoFar { name, numbers } => format!("so far, metric {name}: {numbers}"),
        Observation::Note(text) => format!("note: {text}"),
        Observation::ObjectsRestored(restored) => format!("objects beside the service: {restored}"),
        Observation::Waiting(Some(why)) => format!("waiting: {why}"),
        Observation::Waiting(None) => "goes on".to_owned(),
        Observation::Generation(_)
        | Observation::TagUrl(_)
        | Observation::ServiceUrl(_)
        | Observation::Unconfirmed(_)
        | Observation::ObjectsBefore(_)
        | Observation::ObjectsUnchanged(_)
        | Observation::Job(_) => return None,
    })
}

fn health(of: &str, numbers: &Numbers) -> String {
    let Numbers { failures, samples, p95_ms, .. } = numbers;
    format!("{of}: {failures} of {samples} probes failed, 95 % within {p95_ms} ms")
}
