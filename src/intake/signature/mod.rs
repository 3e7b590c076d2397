//! Verifies a request's signature: HMAC-SHA256 over the raw body, compared in constant time with
//! every configured secret.
//!
//! Only this folder can make a [`Verified`], so an unsigned request cannot reach code that takes one;
//! `intake::sender` has it made for a token that an environment accepts in place of a signature.
//! Every bad signature takes the same path to the same answer, so neither reveals what is wrong
//! with it. What is wrong is for operators: boathook's log and its audit log say it.

mod fault;
mod keyring;
mod offered;
mod verified;

pub use fault::{BadSignature, SignatureFault};
pub use keyring::{Keyring, SigningKey};
pub use offered::{FORGE_SIGNATURE_HEADERS, HUB_SIGNATURE_HEADER, Offered};
pub use verified::Verified;
