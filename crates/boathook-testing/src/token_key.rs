//! Keys that sign JSON Web Tokens as an issuer does, with any header and any claims.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ring::{
    rand::SystemRandom,
    rsa::PublicKeyComponents,
    signature::{
        ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair,
    },
};
use rustls::pki_types::{PrivateKeyDer, pem::PemObject as _};
use serde_json::{Value, json};

/// RSA keys in PEM that guard nothing; ring cannot make new ones.
pub const RSA_PKCS1: &str = include_str!("keys/rsa-pkcs1.pem");
pub const RSA_PKCS8: &str = include_str!("keys/rsa-pkcs8.pem");

/// A key with a name.
pub struct TokenKey {
    pub id: String,
    kind: Kind,
}

enum Kind {
    Rsa(RsaKeyPair),
    P256(EcdsaKeyPair),
}

impl TokenKey {
    /// An RSA key, the same one for all of one PEM.
    pub fn rsa(id: &str, pem: &str) -> Self {
        let key = match PrivateKeyDer::from_pem_slice(pem.as_bytes()).unwrap() {
            PrivateKeyDer::Pkcs1(der) => RsaKeyPair::from_der(der.secret_pkcs1_der()),
            PrivateKeyDer::Pkcs8(der) => RsaKeyPair::from_pkcs8(der.secret_pkcs8_der()),
            other => panic!("{other:?} is no RSA key"),
        };
        Self { id: id.to_owned(), kind: Kind::Rsa(key.unwrap()) }
    }

    /// A new key on the curve P-256.
    pub fn p256(id: &str) -> Self {
        let random = SystemRandom::new();
        let made = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
        let key =
            EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, made.as_ref(), &random);
        Self { id: id.to_owned(), kind: Kind::P256(key.unwrap()) }
    }

    /// The algorithm that it is for.
    pub const fn algorithm(&self) -> &'static str {
        match self.kind {
            Kind::Rsa(_) => "RS256",
            Kind::P256(_) => "ES256",
        }
    }

    /// Its public half, as issuers publish it.
    pub fn jwk(&self) -> Value {
        let mut key = match &self.kind {
            Kind::Rsa(key) => {
                let PublicKeyComponents { n, e }: PublicKeyComponents<Vec<u8>> =
                    key.public().into();
                json!({"kty": "RSA", "n": URL_SAFE_NO_PAD.encode(n), "e": URL_SAFE_NO_PAD.encode(e)})
            }
            Kind::P256(key) => {
                let (x, y) = key.public_key().as_ref()[1..].split_at(32);
                json!({"kty": "EC", "crv": "P-256", "x": URL_SAFE_NO_PAD.encode(x), "y": URL_SAFE_NO_PAD.encode(y)})
            }
        };
        key["kid"] = json!(self.id);
        key["use"] = json!("sig");
        key["alg"] = json!(self.algorithm());
        key
    }

    /// The bytes of its public half.
    pub fn public_bytes(&self) -> Vec<u8> {
        match &self.kind {
            Kind::Rsa(key) => key.public().as_ref().to_vec(),
            Kind::P256(key) => key.public_key().as_ref().to_vec(),
        }
    }

    /// A token with its own header.
    pub fn token(&self, claims: &Value) -> String {
        let header = json!({"typ": "JWT", "alg": self.algorithm(), "kid": self.id});
        self.token_under(&header, claims)
    }

    /// A token under any header, with this key's signature.
    pub fn token_under(&self, header: &Value, claims: &Value) -> String {
        signed_by(header, claims, |message| self.sign(message))
    }

    /// A signature; of an RSA key, always the same for the same bytes.
    pub fn sign(&self, message: &[u8]) -> Vec<u8> {
        let random = SystemRandom::new();
        match &self.kind {
            Kind::Rsa(key) => {
                let mut made = vec![0; key.public().modulus_len()];
                key.sign(&RSA_PKCS1_SHA256, &random, message, &mut made).unwrap();
                made
            }
            Kind::P256(key) => key.sign(&random, message).unwrap().as_ref().to_vec(),
        }
    }
}

/// A token whose signature is whatever `sign` makes of its first two parts.
pub fn signed_by(header: &Value, claims: &Value, sign: impl Fn(&[u8]) -> Vec<u8>) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let message = format!("{}.{}", part(header), part(claims));
    let signature = URL_SAFE_NO_PAD.encode(sign(message.as_bytes()));
    format!("{message}.{signature}")
}
