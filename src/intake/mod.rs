//! Admission: verifies the signature, parses the body, applies policy, and recognises repeats.
//!
//! Accepting never deploys: it ends when the journal has the request.

mod admission;
mod admit;
mod checks;
mod claim;
mod client;
mod delivery;
mod event;
mod fields;
mod freshness;
pub mod github;
mod incoming;
mod json;
mod payload;
mod policy;
mod receive_manifests;
mod refusal;
mod repeating;
mod request_limit;
mod sender;
mod sent_manifests;
mod signature;
pub mod takers;

pub use admission::{Admission, AdmissionParts};
pub use admit::Admitted;
pub use client::client_of;
pub use delivery::Delivery;
pub use event::{EVENT_HEADERS, NoEvent, event_named};
pub use fields::FieldProblem;
pub use freshness::{Freshness, PACKAGES_FRESH};
pub use incoming::{Declined, Incoming};
pub(crate) use json::parse_object;
pub use payload::Payload;
pub use policy::Policy;
pub use refusal::Refusal;
pub use request_limit::{Counted, RequestLimit};
pub use sent_manifests::SentManifests;
pub use signature::{
    BadSignature, FORGE_SIGNATURE_HEADERS, HUB_SIGNATURE_HEADER, Keyring, Offered, SignatureFault,
    SigningKey, Verified,
};
