//! Tokens of service accounts, as `kubectl create token` asks for them. They have the format of
//! real ones and prove nothing: callers are identified in another way here.

use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::{Caller, Kind, Status, read_verbs::allow_part, state::State};

impl State {
    /// What a request for a token is answered, in its `status`.
    pub(super) fn token(
        &mut self,
        caller: &Caller,
        namespace: &str,
        account: &str,
        lives: Duration,
    ) -> Result<Value, Status> {
        allow_part(
            caller,
            "create",
            Kind::ServiceAccount,
            Some("token"),
            Some(namespace),
            Some(account),
        )?;
        self.find(Kind::ServiceAccount, Some(namespace), account)?;
        let issued = self.time_of(self.now);
        let expires = self.time_of(self.now + lives);
        let claims = json!({
            "sub": format!("system:serviceaccount:{namespace}:{account}"),
            "iat": seconds(&issued),
            "exp": seconds(&expires),
            // Since Kubernetes 1.32 each token has an id of its own, so two of the same second
            // differ.
            "jti": self.store.next_uid(),
        });
        let parts = [json!({"alg": "none"}).to_string(), claims.to_string(), "sandbox".to_owned()];
        let token = parts.map(|part| URL_SAFE_NO_PAD.encode(part)).join(".");
        Ok(json!({"token": token, "expirationTimestamp": expires}))
    }
}

fn seconds(time: &str) -> i64 {
    time.parse().map(Timestamp::as_second).unwrap_or_default()
}
