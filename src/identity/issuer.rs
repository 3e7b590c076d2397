//! One issuer: its settings and its keys.

use std::sync::Arc;

use jiff::Timestamp;

use crate::{
    config::IssuerConfig,
    identity::{IdentityFault, IssuerKeys, ProvenIdentity, TokenClaims},
    jwt::Token,
};

/// One issuer.
#[derive(Clone)]
pub(super) struct Issuer {
    pub config: IssuerConfig,
    pub keys: Arc<IssuerKeys>,
}

impl Issuer {
    /// What a token of this issuer proves.
    pub(super) async fn verify(
        &self,
        token: &Token<'_>,
        body_digest: &str,
        now: Timestamp,
    ) -> Result<ProvenIdentity, IdentityFault> {
        let key = self.keys.find(&token.key_id).await?;
        let claims = TokenClaims(token.verify(&key)?);
        let usable = claims.check_times(&self.config, now)?;
        claims.check_audience(&self.config, body_digest)?;
        let identity = claims.identity(&self.config)?;
        let binds_body = self.config.binds_body;
        Ok(ProvenIdentity { identity, binds_body, claims, seen_at: now, usable })
    }
}
