//! JSON Web Tokens: which keys of an issuer count, and that a token is worth only what its key makes
//! of it.

use std::panic::catch_unwind;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use boathook::jwt::{KeySet, SigningKey, Token};
use boathook_testing::token_key::{RSA_PKCS1, RSA_PKCS8, TokenKey, signed_by};
use expect_test::expect;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};
use sha2::Sha256;

fn claims() -> Value {
    json!({"iss": "https://issuer.example", "sub": "repo:acme/game"})
}

fn set(keys: &[Value]) -> KeySet {
    KeySet::parse(json!({"keys": keys}).to_string().as_bytes()).unwrap()
}

/// The subject of a token, or what is wrong with it.
fn subject(token: &str, keys: &KeySet) -> String {
    let read = || {
        let token = Token::parse(token).map_err(|error| error.to_string())?;
        let key = keys.find(&token.key_id).ok_or("no such key")?;
        token.verify(key).map_err(|error| error.to_string())
    };
    read().map_or_else(|error: String| error, |claims| claims["sub"].to_string())
}

#[test]
fn tokens_of_both_algorithms_are_verified() {
    let keys = [TokenKey::rsa("a", RSA_PKCS1), TokenKey::p256("b")];
    let known = set(&keys.each_ref().map(TokenKey::jwk));
    for key in keys {
        assert_eq!(subject(&key.token(&claims()), &known), "\"repo:acme/game\"");
    }
}

#[test]
fn a_key_in_either_form_of_pem_signs_tokens_that_its_public_half_verifies() {
    for pem in [RSA_PKCS1, RSA_PKCS8] {
        let token = SigningKey::from_pem(pem.as_bytes()).unwrap().sign(&claims()).unwrap();
        // GitHub knows an App by its `iss`, and its tokens name no key.
        assert_eq!(
            Token::parse(&token).unwrap_err().to_string(),
            "its header names no key (`kid`)"
        );
        let (message, signature) = token.rsplit_once('.').unwrap();
        let (header, claims) = message.split_once('.').unwrap();
        let header = URL_SAFE_NO_PAD.decode(header).unwrap();
        assert_eq!(String::from_utf8(header).unwrap(), r#"{"typ":"JWT","alg":"RS256"}"#);
        let signed = TokenKey::rsa("a", pem).sign(message.as_bytes());
        assert_eq!(URL_SAFE_NO_PAD.decode(signature).unwrap(), signed);
        let claims: Value =
            serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).unwrap()).unwrap();
        assert_eq!(claims, self::claims());
    }
}

#[test]
fn a_key_that_cannot_sign_says_why_and_shows_nothing_of_itself() {
    let why = |pem: &str| SigningKey::from_pem(pem.as_bytes()).unwrap_err().to_string();
    expect!["it does not contain a private key in PEM"].assert_eq(&why("hunter2"));
    let curve = rcgen::KeyPair::generate().unwrap().serialize_pem();
    expect!["its RSA key cannot be used (WrongAlgorithm); it must have at least 2048 bits"]
        .assert_eq(&why(&curve));
    let key = SigningKey::from_pem(RSA_PKCS1.as_bytes()).unwrap();
    assert_eq!(format!("{key:?}"), "SigningKey(..)");
}

#[test]
fn a_header_cannot_choose_how_its_token_is_verified() {
    let rsa = TokenKey::rsa("a", RSA_PKCS1);
    let curve = TokenKey::p256("b");
    let known = set(&[rsa.jwk(), curve.jwk()]);
    let under = |alg: &str, kid: &str| json!({"alg": alg, "kid": kid});
    let mac = |message: &[u8]| {
        let mut mac = Hmac::<Sha256>::new_from_slice(&rsa.public_bytes()).unwrap();
        mac.update(message);
        mac.finalize().into_bytes().to_vec()
    };
    let told = [
        ("none", signed_by(&under("none", "a"), &claims(), |_| Vec::new())),
        ("no signature", signed_by(&under("RS256", "a"), &claims(), |_| Vec::new())),
        ("HS256 with the public key", signed_by(&under("HS256", "a"), &claims(), mac)),
        ("ES256 with an RSA key", rsa.token_under(&under("ES256", "a"), &claims())),
        ("RS256 with a curve's key", curve.token_under(&under("RS256", "b"), &claims())),
        ("RS512", rsa.token_under(&under("RS512", "a"), &claims())),
        ("another's key", curve.token_under(&under("ES256", "a"), &claims())),
        ("an unknown key", rsa.token_under(&under("RS256", "c"), &claims())),
        (
            "what it has to understand and does not",
            rsa.token_under(&json!({"alg": "RS256", "kid": "a", "crit": ["b64"]}), &claims()),
        ),
    ]
    .map(|(what, token)| format!("{what}: {}", subject(&token, &known)));
    expect![[r#"
        none: it is not a token: three parts of base64url, with JSON in the first two
        no signature: its signature does not fit
        HS256 with the public key: its `alg` is not the algorithm of the key that it names
        ES256 with an RSA key: its `alg` is not the algorithm of the key that it names
        RS256 with a curve's key: its `alg` is not the algorithm of the key that it names
        RS512: its `alg` is not the algorithm of the key that it names
        another's key: its `alg` is not the algorithm of the key that it names
        an unknown key: no such key
        what it has to understand and does not: it is not a token: three parts of base64url, with JSON in the first two"#]].assert_eq(&told.join("\n"));
}

#[test]
fn no_part_of_a_token_can_be_exchanged() {
    let key = TokenKey::rsa("a", RSA_PKCS1);
    let known = set(&[key.jwk()]);
    let own = key.token(&claims());
    let other = key.token(&json!({"iss": "https://issuer.example", "sub": "repo:evil/game"}));
    let parts = |token: &str| token.split('.').map(str::to_owned).collect::<Vec<_>>();
    let own = parts(&own);
    let other = parts(&other);
    let mixed = [&own[0], &other[1], &own[2]].map(String::as_str).join(".");
    assert_eq!(subject(&mixed, &known), "its signature does not fit");
    for broken in ["", ".", "..", "a.b.c", "a.b.c.d", &own[0], &"a".repeat(20_000)] {
        assert!(catch_unwind(|| Token::parse(broken).unwrap_err()).is_ok());
    }
}

#[test]
fn only_keys_for_signatures_of_the_two_algorithms_count() {
    let key = TokenKey::rsa("a", RSA_PKCS1);
    let with = |field: &str, value: Value| {
        let mut key = key.jwk();
        key[field] = value;
        key
    };
    let useless = [
        with("use", json!("enc")),
        with("alg", json!("RS512")),
        with("alg", json!("RSA-OAEP")),
        with("key_ops", json!(["encrypt"])),
        with("kid", Value::Null),
        with("n", json!("!")),
        json!({"kty": "oct", "kid": "a", "k": "c2VjcmV0", "alg": "HS256"}),
        json!({"kty": "OKP", "crv": "Ed25519", "kid": "a", "x": "c2VjcmV0"}),
        json!({"kty": "EC", "crv": "P-384", "kid": "a", "x": "", "y": ""}),
        json!({"kty": "later", "kid": "a"}),
        json!("no key"),
    ];
    for key in &useless {
        let alone = json!({"keys": [key]}).to_string();
        assert_eq!(
            KeySet::parse(alone.as_bytes()).unwrap_err().to_string(),
            "none of its keys is for RS256 or ES256 signatures and has a `kid`",
            "{key}"
        );
    }
    // They do not spoil the others; but of two with one name nobody knows which is meant.
    let mut all = useless.to_vec();
    all.push(key.jwk());
    assert_eq!(subject(&key.token(&claims()), &set(&all)), "\"repo:acme/game\"");
    assert!(set(&[key.jwk(), TokenKey::p256("a").jwk()]).find("a").is_none());
}
