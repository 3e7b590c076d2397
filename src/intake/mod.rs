//! The door: is the sender known, does the body make sense, is it allowed, and has it been here before?
//!
//! Accepting never deploys: the last thing that happens here is that the request stands in the journal.

mod accept;
mod fields;
mod image_pattern;
mod json;
mod payload;
mod policy;
mod refusal;
mod signature;

pub use accept::{Delivery, Door};
pub use fields::FieldProblem;
pub use image_pattern::ImagePattern;
pub use payload::Payload;
pub use policy::{Policy, Requirements};
pub use refusal::Refusal;
pub use signature::{BadSignature, HUB_SIGNATURE_HEADER, KeyName, Keyring, Offered, SIGNATURE_HEADER, SigningKey, Verified, sign};
