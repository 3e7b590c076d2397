//! The reply to a request on the data plane.

use std::time::Duration;

use boathook_core::health::GrpcAnswer;

use crate::ObjectName;

/// The answer to one request, and when it comes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// The revision that got the request; `None` where the ingress answered itself.
    pub revision: Option<String>,
    /// How long it takes from the request to the answer.
    pub delay: Duration,
    pub outcome: Outcome,
    /// The revision that has no pod for the request yet: it is held, and answered as soon as there
    /// is one.
    pub(super) held_for: Option<ObjectName>,
}

/// What a client sees.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// An HTTP answer.
    Answer {
        /// The status code.
        status: u16,
        body: String,
    },
    /// An HTTP answer that leads elsewhere.
    Redirect {
        /// The status code.
        status: u16,
        location: String,
    },
    /// An answer about gRPC health.
    Grpc(GrpcAnswer),
    /// Nothing, for as long as the client cares to wait.
    Nothing,
}

impl Outcome {
    /// The status code, if it is an HTTP answer.
    pub(super) const fn status(&self) -> Option<u16> {
        match self {
            Self::Answer { status, .. } | Self::Redirect { status, .. } => Some(*status),
            Self::Grpc(_) | Self::Nothing => None,
        }
    }
}
