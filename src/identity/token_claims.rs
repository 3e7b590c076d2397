//! What a verified token says, judged for the moment and for boathook.

use std::collections::BTreeMap;

use boathook_core::record::VerifiedIdentity;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use crate::{config::IssuerConfig, identity::IdentityFault, jwt::Claims};

/// How far clocks may differ.
const LEEWAY: SignedDuration = SignedDuration::from_secs(60);
/// Characters of a claim that are recorded.
const TEXT_MAX: usize = 300;
/// The claims that are recorded, of GitHub and of GitLab.
const RECORDED: [&str; 16] = [
    "repository",
    "repository_id",
    "ref",
    "environment",
    "workflow_ref",
    "sha",
    "run_id",
    "run_attempt",
    "actor",
    "project_path",
    "project_id",
    "ref_protected",
    "pipeline_id",
    "job_id",
    "user_login",
    "user_id",
];

/// The claims of a token whose signature holds.
#[derive(Debug)]
pub(super) struct TokenClaims(pub Claims);

impl TokenClaims {
    /// Checks that the token is valid now, and not for longer than its issuer's may be. Returns the
    /// first and the last moment in which it can be used.
    pub(super) fn check_times(
        &self,
        issuer: &IssuerConfig,
        now: Timestamp,
    ) -> Result<(Timestamp, Timestamp), IdentityFault> {
        let issued_at = self.time("iat")?;
        let expires_at = self.time("exp")?;
        let begins_at = match self.0.get("nbf") {
            Some(_) => self.time("nbf")?.max(issued_at),
            None => issued_at,
        };
        let since = now.duration_since(expires_at);
        if since > LEEWAY {
            return Err(IdentityFault::Expired(since.unsigned_abs()));
        }
        let until = begins_at.duration_since(now);
        if until > LEEWAY {
            return Err(IdentityFault::NotYetValid(until.unsigned_abs()));
        }
        let lifetime = expires_at.duration_since(issued_at).unsigned_abs();
        let max = issuer.max_lifetime;
        if lifetime > max {
            let issuer = issuer.name.clone();
            return Err(IdentityFault::LivesTooLong { issuer, lifetime, max });
        }
        let first = issued_at.checked_sub(LEEWAY).unwrap_or(Timestamp::MIN);
        let last = expires_at.checked_add(LEEWAY).unwrap_or(Timestamp::MAX);
        Ok((first, last))
    }

    /// Checks that the token is for boathook, and for this body where the issuer can say that. It
    /// may be for nobody else, who could then send it.
    pub(super) fn check_audience(
        &self,
        issuer: &IssuerConfig,
        body_digest: &str,
    ) -> Result<(), IdentityFault> {
        let said = match self.0.get("aud") {
            Some(Value::String(one)) => Some(one.as_str()),
            Some(Value::Array(all)) if all.len() == 1 => all[0].as_str(),
            _ => None,
        };
        let said = said.ok_or(IdentityFault::NoClaim("aud"))?;
        let audience = issuer.audience.clone();
        let rest = said.strip_prefix(&audience);
        match (issuer.binds_body, rest.map(|rest| rest.strip_prefix("?sha256="))) {
            (true, Some(Some(digest))) if digest == body_digest => Ok(()),
            (true, Some(Some(_))) => Err(IdentityFault::OtherBody),
            (false, Some(_)) if said == audience => Ok(()),
            _ => Err(IdentityFault::Audience { audience }),
        }
    }

    /// What is recorded of it.
    pub(super) fn identity(
        &self,
        issuer: &IssuerConfig,
    ) -> Result<VerifiedIdentity, IdentityFault> {
        let text = |name| {
            let text = self.0.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
            text.map(shortened).ok_or(IdentityFault::NoClaim(name))
        };
        let recorded = RECORDED
            .iter()
            .filter_map(|name| Some(((*name).to_owned(), shortened(&self.text(name)?))));
        Ok(VerifiedIdentity {
            issuer: issuer.name.clone(),
            subject: text("sub")?,
            token_id: text("jti")?,
            claims: recorded.collect::<BTreeMap<_, _>>(),
        })
    }

    /// A claim as text: a number or a boolean as JSON has it.
    pub(super) fn text(&self, name: &str) -> Option<String> {
        match self.0.get(name)? {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            Value::Bool(flag) => Some(flag.to_string()),
            Value::Null | Value::Array(_) | Value::Object(_) => None,
        }
    }

    fn time(&self, name: &'static str) -> Result<Timestamp, IdentityFault> {
        let seconds = self.0.get(name).and_then(Value::as_f64).unwrap_or(f64::NAN);
        let duration = SignedDuration::try_from_secs_f64(seconds);
        let time = duration.ok().and_then(|since| Timestamp::from_duration(since).ok());
        time.ok_or(IdentityFault::NoClaim(name))
    }
}

fn shortened(text: &str) -> String {
    text.chars().take(TEXT_MAX).collect()
}
