//! A GitHub App of the fake: who shows that they have its key gets tokens for its installation.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use boathook::github::{Credential, GitHubResponse};
use jiff::{SignedDuration, Timestamp};
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents};
use serde_json::{Value, json};

use crate::{
    github::{
        Received,
        responses::{json_of, plain},
    },
    token_key::{RSA_PKCS8, TokenKey},
};

/// The app's id, and that of its installation.
const ID: u64 = 12345;
const INSTALLATION: u64 = 67890;
/// The longest life of what an app signs, in seconds.
const SIGNED_MAX: i64 = 600;

/// What the app signs in with.
pub fn app_credential() -> Credential {
    Credential::app(ID, INSTALLATION, RSA_PKCS8.to_owned()).unwrap()
}

/// Whether a request asks for a token of the installation.
pub(super) fn is_for_token(request: &Received) -> bool {
    request.method == "POST"
        && request.path == format!("/app/installations/{INSTALLATION}/access_tokens")
}

/// The answer, and the token in it if there is one; `deployments` is the app's permission for them.
pub(super) fn token(
    request: &Received,
    number: u64,
    now: Timestamp,
    deployments: Option<&str>,
) -> (GitHubResponse, Option<String>) {
    let signed = request.authorization.as_deref().and_then(|text| text.strip_prefix("Bearer "));
    let claims = signed.and_then(verified).unwrap_or_default();
    let issued = claims["iat"].as_i64();
    let expires = claims["exp"].as_i64();
    let lives = expires.zip(issued).map(|(expires, issued)| expires - issued);
    let is_valid = claims["iss"] == json!(ID.to_string())
        && lives.is_some_and(|seconds| (1..=SIGNED_MAX).contains(&seconds))
        && expires.is_some_and(|expires| expires > now.as_second());
    if !is_valid {
        return (plain(401, "A JSON web token could not be decoded"), None);
    }
    let token = format!("ghs_for_tests_{number}");
    let expires_at = (now + SignedDuration::from_hours(1)).strftime("%Y-%m-%dT%H:%M:%SZ");
    let mut permissions = json!({"metadata": "read"});
    if let Some(permission) = deployments {
        permissions["deployments"] = json!(permission);
    }
    let answer = json!({
        "token": token, "expires_at": expires_at.to_string(), "permissions": permissions,
    });
    (json_of(201, &answer), Some(token))
}

/// The claims, if the app's key signed them.
fn verified(token: &str) -> Option<Value> {
    let (message, signature) = token.rsplit_once('.')?;
    let jwk = TokenKey::rsa("app", RSA_PKCS8).jwk();
    let part = |key: &str| URL_SAFE_NO_PAD.decode(jwk[key].as_str().unwrap()).unwrap();
    let key = RsaPublicKeyComponents { n: part("n"), e: part("e") };
    let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
    key.verify(&RSA_PKCS1_2048_8192_SHA256, message.as_bytes(), &signature).ok()?;
    let claims = URL_SAFE_NO_PAD.decode(message.split_once('.')?.1).ok()?;
    serde_json::from_slice(&claims).ok()
}
