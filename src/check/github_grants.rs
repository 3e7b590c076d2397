//! What GitHub says a credential may do. It says so of classic tokens and of apps; of any other token
//! it does not.

use std::fmt;

use serde_json::Value;

use crate::{check::observed_transport::Observed, github::Credential};

/// How fine-grained tokens begin. GitHub says of them only what their user may do.
const FINE_GRAINED: &str = "github_pat_";
/// How tokens begin that apps and workflows get. They have no scopes, and no user whose rights count.
const OF_APPS: [&str; 2] = ["ghs_", "ghu_"];
/// The scopes of classic tokens with which statuses of deployments can be written.
const SCOPES: [&str; 2] = ["repo", "repo_deployment"];
/// The same for public repositories.
const PUBLIC_SCOPE: &str = "public_repo";

/// What GitHub says a credential may do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum GitHubGrants {
    /// A classic token.
    Scopes(Vec<String>),
    /// An app's installation: its permission for deployments, if it has one.
    Installation { deployments: Option<String> },
    /// A token whose permissions GitHub does not name.
    Unnamed { is_fine_grained: bool },
}

/// Whether statuses of deployments can be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum MayWrite {
    Yes,
    /// Not, and why.
    No(String),
    /// Nobody can write anything.
    Archived,
    /// It shows only when one is written, and why.
    Unknown(String),
}

impl GitHubGrants {
    pub(super) fn of(credential: &Credential, observed: Observed) -> Self {
        let Observed { scopes, permissions, .. } = observed;
        match credential {
            Credential::App(_) => {
                let permissions = permissions.unwrap_or_default();
                let deployments = permissions["deployments"].as_str().map(str::to_owned);
                Self::Installation { deployments }
            }
            Credential::Token(token) => {
                let is_fine_grained = token.starts_with(FINE_GRAINED);
                let has_none =
                    is_fine_grained || OF_APPS.iter().any(|kind| token.starts_with(kind));
                match scopes.filter(|_| !has_none) {
                    Some(scopes) => {
                        let scopes = scopes.split(',').map(str::trim);
                        let scopes = scopes.filter(|scope| !scope.is_empty());
                        Self::Scopes(scopes.map(str::to_owned).collect())
                    }
                    None => Self::Unnamed { is_fine_grained },
                }
            }
        }
    }

    /// Whether statuses can be written in a repository, which is as GitHub shows it.
    pub(super) fn may_write(&self, repository: &Value) -> MayWrite {
        if repository["archived"] == true {
            return MayWrite::Archived;
        }
        let cannot_push = repository["permissions"]["push"] == false;
        let is_public = repository["private"] == false;
        let user = || MayWrite::No("the token's user may not write to it".to_owned());
        match self {
            Self::Scopes(scopes) => {
                let has = |wanted: &str| scopes.iter().any(|scope| scope == wanted);
                let suffices = SCOPES.into_iter().any(has) || (is_public && has(PUBLIC_SCOPE));
                match suffices {
                    false => MayWrite::No("the token lacks the scope `repo_deployment`".to_owned()),
                    true if cannot_push => user(),
                    true => MayWrite::Yes,
                }
            }
            Self::Installation { deployments } => match deployments.as_deref() {
                // Everyone can read a public repository, also where the app is not installed.
                Some("write") if is_public => MayWrite::Unknown(
                    "it is public, so the app need not be installed there".to_owned(),
                ),
                Some("write") => MayWrite::Yes,
                Some(other) => {
                    MayWrite::No(format!("the app's permission \"Deployments\" is `{other}`"))
                }
                None => MayWrite::No("the app lacks the permission \"Deployments\"".to_owned()),
            },
            Self::Unnamed { is_fine_grained: true } if cannot_push => user(),
            Self::Unnamed { .. } => {
                MayWrite::Unknown("GitHub does not name the permissions of such a token".to_owned())
            }
        }
    }
}

impl fmt::Display for GitHubGrants {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Scopes(scopes) if scopes.is_empty() => f.write_str("the token (no scope)"),
            Self::Scopes(scopes) => write!(f, "the token (scopes: {})", scopes.join(", ")),
            Self::Installation { deployments: Some(permission) } => {
                write!(f, "the app (deployments: {permission})")
            }
            Self::Installation { deployments: None } => {
                f.write_str("the app (no permission for deployments)")
            }
            Self::Unnamed { .. } => f.write_str("the token (GitHub does not name its permissions)"),
        }
    }
}
