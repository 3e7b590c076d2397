//! One key of an issuer, and the one algorithm that it is for.

use jsonwebtoken::{
    Algorithm, DecodingKey,
    jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyAlgorithm, KeyOperations, PublicKeyUse},
};
use serde_json::Value;

/// A key that verifies tokens with one algorithm.
#[derive(Clone, Debug)]
pub struct PublicKey {
    /// The name by which tokens refer to it.
    pub(super) id: String,
    pub(super) algorithm: Algorithm,
    pub(super) key: DecodingKey,
}

impl PublicKey {
    /// Reads a JSON Web Key; none if it has no name, is not for signatures, or is for another
    /// algorithm than RS256 and ES256.
    pub(super) fn read(key: Value) -> Option<Self> {
        let jwk: Jwk = serde_json::from_value(key).ok()?;
        let (algorithm, named) = match &jwk.algorithm {
            AlgorithmParameters::RSA(_) => (Algorithm::RS256, KeyAlgorithm::RS256),
            AlgorithmParameters::EllipticCurve(point) if point.curve == EllipticCurve::P256 => {
                (Algorithm::ES256, KeyAlgorithm::ES256)
            }
            _ => return None,
        };
        let common = &jwk.common;
        let signs = matches!(common.public_key_use, None | Some(PublicKeyUse::Signature));
        let verifies = common
            .key_operations
            .as_ref()
            .is_none_or(|operations| operations.contains(&KeyOperations::Verify));
        let fits = common.key_algorithm.is_none_or(|said| said == named);
        let id = common.key_id.clone().filter(|_| signs && verifies && fits)?;
        Some(Self { id, algorithm, key: DecodingKey::from_jwk(&jwk).ok()? })
    }
}
