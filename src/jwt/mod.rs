//! JSON Web Tokens: signs with an RSA key, and verifies with the keys that an issuer publishes.
//!
//! `jsonwebtoken` reads and writes the tokens, and ring does the cryptography. A key says for which
//! algorithm it is; what a token's header says about itself only has to agree. Nothing here knows
//! the time, the network, or what a claim means.

mod key_set;
mod provider;
mod public_key;
mod signing_key;
mod token;

pub use key_set::{KeySet, KeySetError};
pub use public_key::PublicKey;
pub use signing_key::{SignError, SigningKey, SigningKeyError};
pub use token::{Claims, Token, TokenError};
