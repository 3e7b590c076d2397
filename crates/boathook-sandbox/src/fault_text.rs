//! Faults as people write them: `hang`, `unreachable`, `exit:TEXT`.

use crate::Fault;

/// A text that names no fault.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is no fault; known: exit:TEXT, unreachable, throttled, put-off:CODE, conflict, \
     webhook-away, unauthorized, hang, watch-ends"
)]
pub struct UnknownFault(String);

/// Reads a fault that the sandbox's fronts know how to show.
pub fn parse(text: &str) -> Result<Fault, UnknownFault> {
    match text {
        "unreachable" => Ok(Fault::Unreachable),
        "throttled" => Ok(Fault::Throttled),
        "conflict" => Ok(Fault::Conflict),
        "webhook-away" => Ok(Fault::WebhookAway),
        "unauthorized" => Ok(Fault::Unauthorized),
        "hang" => Ok(Fault::Hang),
        "watch-ends" => Ok(Fault::WatchEnds),
        _ => match text.split_once(':') {
            Some(("exit", message)) => Ok(Fault::Exit(message.to_owned())),
            Some(("put-off", code)) => {
                code.parse().map(Fault::PutOff).map_err(|_| UnknownFault(text.to_owned()))
            }
            _ => Err(UnknownFault(text.to_owned())),
        },
    }
}
