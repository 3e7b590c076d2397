//! Whether one sample is well.

use crate::{
    deployment::beginning,
    health::{
        GrpcAnswer, ProbeAnswer, Rules, Sample, Serving,
        grpc_answer::{NOT_FOUND, UNIMPLEMENTED, code_name},
    },
};

/// Characters of a body to quote.
const QUOTE_MAX: usize = 80;
/// Characters of a redirect's target to quote.
const LOCATION_MAX: usize = 200;

/// Says why a sample is not well: no answer, another status than expected, or a body that lacks the
/// expected text.
pub fn judge(sample: &Sample, rules: &Rules) -> Result<(), String> {
    match &sample.result {
        Err(unanswered) => Err(unanswered.to_string()),
        Ok(ProbeAnswer::Http { status, body, location }) => {
            check_status(*status, location.as_deref(), rules)
                .and_then(|()| check_body(*status, body, rules))
        }
        Ok(ProbeAnswer::Grpc(answer)) => serves(answer, rules.grpc.as_deref().unwrap_or_default()),
    }
}

fn check_status(status: u16, location: Option<&str>, rules: &Rules) -> Result<(), String> {
    if rules.expect_status.iter().any(|range| range.contains(status)) {
        return Ok(());
    }
    let expected: Vec<String> = rules.expect_status.iter().map(ToString::to_string).collect();
    let to = location.map(|location| format!(" to {}", target(location))).unwrap_or_default();
    Err(format!("answered {status}{to}, expected {}", expected.join(" or ")))
}

/// Where a redirect leads, without what may be secret in a URL.
fn target(location: &str) -> String {
    let place = location.split(['?', '#']).next().unwrap_or_default();
    let place = match place.split_once("://") {
        Some((scheme, rest)) => {
            let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
            format!("{scheme}://{}{path}", authority.rsplit('@').next().unwrap_or_default())
        }
        None => place.to_owned(),
    };
    place.escape_debug().take(LOCATION_MAX).collect()
}

fn check_body(status: u16, body: &str, rules: &Rules) -> Result<(), String> {
    match &rules.expect_body {
        Some(expected) if !body.contains(expected) => Err(format!(
            "answered {status} with a body that lacks {}: {}",
            quote(expected),
            quote(body)
        )),
        _ => Ok(()),
    }
}

fn serves(answer: &GrpcAnswer, service: &str) -> Result<(), String> {
    let whom = if service.is_empty() { "the server".to_owned() } else { format!("`{service}`") };
    match answer {
        GrpcAnswer::Health(Serving::Serving) => Ok(()),
        GrpcAnswer::Health(other) => {
            Err(format!("gRPC health of {whom} is {}, expected SERVING", other.name()))
        }
        GrpcAnswer::NotGrpc { status } => {
            Err(format!("answered {status} without gRPC, expected grpc.health.v1"))
        }
        GrpcAnswer::Error { code, message } => {
            let hint = match *code {
                UNIMPLEMENTED => ": no grpc.health.v1 there, or the gateway does not know the host",
                NOT_FOUND => ": its health service does not know that name",
                _ => "",
            };
            let said =
                if message.is_empty() { String::new() } else { format!(" {}", quote(message)) };
            Err(format!("gRPC health of {whom} ended with {}{said}{hint}", code_name(*code)))
        }
    }
}

/// The beginning of a text that someone else wrote, with control characters made visible.
fn quote(text: &str) -> String {
    let start = beginning(text, QUOTE_MAX);
    let mark = if start.len() < text.len() { "..." } else { "" };
    format!("{start:?}{mark}")
}
