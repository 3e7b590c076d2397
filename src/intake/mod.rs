//! The door: is the sender known, does the body make sense, is it allowed, and has it been here before?
//!
//! Accepting never deploys: the last thing that happens here is that the request stands in the journal.

mod accept;
mod client;
mod fields;
mod json;
mod payload;
mod policy;
mod refusal;
mod request_limit;
mod signature;

pub use accept::{Admission, Admitted, Delivery};
pub use client::client_of;
pub use fields::FieldProblem;
pub use payload::Payload;
pub use policy::Policy;
pub use refusal::Refusal;
pub use request_limit::{Counted, RequestLimit};
pub use signature::{BadSignature, HUB_SIGNATURE_HEADER, Key, Keyring, Offered, SigningKey, Verified};
