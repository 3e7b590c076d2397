//! What a question about gRPC health (`grpc.health.v1`) came to.

use strum::IntoStaticStr;

/// What a question about gRPC health came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GrpcAnswer {
    /// The program said how it is.
    Health(Serving),
    /// The call ended with an error: its code, and what was said.
    Error {
        /// The code, from 1 to 16.
        code: u32,
        /// What was said of it.
        message: String,
    },
    /// The answer was no gRPC, but HTTP of this status.
    NotGrpc {
        /// The status code.
        status: u16,
    },
}

/// How a service is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, IntoStaticStr)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE", const_into_str)]
pub enum Serving {
    /// It does not know.
    Unknown,
    /// Well.
    Serving,
    /// Not well.
    NotServing,
    /// There is no such service.
    ServiceUnknown,
}

impl Serving {
    /// As the protocol names it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.into_str()
    }
}

/// The name of a status code.
pub(super) const fn code_name(code: u32) -> &'static str {
    const NAMES: [&str; 17] = [
        "OK",
        "CANCELLED",
        "UNKNOWN",
        "INVALID_ARGUMENT",
        "DEADLINE_EXCEEDED",
        "NOT_FOUND",
        "ALREADY_EXISTS",
        "PERMISSION_DENIED",
        "RESOURCE_EXHAUSTED",
        "FAILED_PRECONDITION",
        "ABORTED",
        "OUT_OF_RANGE",
        "UNIMPLEMENTED",
        "INTERNAL",
        "UNAVAILABLE",
        "DATA_LOSS",
        "UNAUTHENTICATED",
    ];
    if (code as usize) < NAMES.len() { NAMES[code as usize] } else { "an unknown code" }
}

/// The code of a call that the application does not have, and of a host that the gateway does not
/// know.
pub(super) const UNIMPLEMENTED: u32 = 12;
/// The code for a service that is not known to the health service.
pub(super) const NOT_FOUND: u32 = 5;
