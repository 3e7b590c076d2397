//! Who sent a request, as an issuer of identity tokens says: verified, while what a body says is its
//! sender's word.

use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Serialize};

/// What a token proved about the job that sent a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VerifiedIdentity {
    /// The issuer's name in the configuration.
    pub issuer: String,
    /// `sub`: whom the token is about, in the issuer's own words.
    pub subject: String,
    /// `jti`: the token's own id. It is no secret.
    pub token_id: String,
    /// The claims that say which job of which repository it was, by their names.
    pub claims: BTreeMap<String, String>,
}

impl VerifiedIdentity {
    /// Who started the job, by their name at the issuer.
    #[must_use]
    pub fn actor(&self) -> Option<&str> {
        self.first(&["actor", "user_login"])
    }

    fn first(&self, names: &[&str]) -> Option<&str> {
        names.iter().find_map(|name| self.claims.get(*name)).map(String::as_str)
    }
}

/// Where the job ran, and who started it; the subject, if the claims do not say that.
impl fmt::Display for VerifiedIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.first(&["repository", "project_path"]) {
            Some(repository) => write!(f, "{repository}")?,
            None => write!(f, "{}", self.subject)?,
        }
        let reference = self.first(&["ref"]);
        reference.map_or(Ok(()), |reference| write!(f, " at {reference}"))?;
        let run = self.first(&["run_id", "pipeline_id"]);
        run.map_or(Ok(()), |run| write!(f, ", run {run}"))?;
        self.actor().map_or(Ok(()), |actor| write!(f, ", by {actor}"))?;
        write!(f, " ({})", self.issuer)
    }
}
