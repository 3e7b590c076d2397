//! Identity tokens of CI systems (OpenID Connect): who sends a request, by the word of an issuer
//! that an operator trusts.
//!
//! It verifies tokens and knows which claims a rule asks for. What an identity may do is decided in
//! `intake`; nothing here makes a request a verified one.

mod claim_fault;
mod fetch;
mod identity_fault;
mod issuer;
mod issuer_keys;
mod issuers;
mod proven_identity;
mod published_keys;
mod token_claims;
mod used_tokens;

pub use claim_fault::ClaimFault;
pub use fetch::{Fetch, FetchError, over_https};
pub use identity_fault::IdentityFault;
pub use issuers::Issuers;
pub use proven_identity::ProvenIdentity;
pub use published_keys::{KeysError, published_keys};

use issuer::Issuer;
use issuer_keys::IssuerKeys;
use token_claims::TokenClaims;
use used_tokens::UsedTokens;
