//! The identity token that says which CI job sends: GitHub makes one for each body, GitLab gives the
//! job one.

use std::{env, time::Duration};

use boathook_core::failure;
use clap::{Args, ValueEnum};
use reqwest::{Client, StatusCode, Url, header::AUTHORIZATION};
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use crate::{
    cli::{
        CliError,
        http::{CONNECT_TIMEOUT, unreached},
    },
    http_client,
};

/// GitHub's variables: where a job asks for a token, and what it shows.
const GITHUB_URL: &str = "ACTIONS_ID_TOKEN_REQUEST_URL";
const GITHUB_KEY: &str = "ACTIONS_ID_TOKEN_REQUEST_TOKEN";
/// The variable in which a job of GitLab's has its token.
const GITLAB_TOKEN: &str = "BOATHOOK_ID_TOKEN";
/// How long GitHub may take.
const TIMEOUT: Duration = Duration::from_secs(10);
/// Bytes of an answer that are read.
const ANSWER_MAX: usize = 64 * 1024;

/// Which CI system says who sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum IdentityFrom {
    /// The job needs `permissions: {id-token: write}`.
    Github,
    /// The job has `id_tokens: {BOATHOOK_ID_TOKEN: {aud: ...}}`.
    Gitlab,
}

/// Whose token is sent.
#[derive(Debug, Args)]
pub struct IdentityArguments {
    /// Send the CI job's identity token, besides the secret if there is one: of github (the job needs
    /// the permission `id-token: write`) or gitlab (`id_tokens` with the name BOATHOOK_ID_TOKEN)
    #[arg(long, value_name = "CI")]
    identity: Option<IdentityFrom>,
    /// How the token names boathook, as its configuration does [default: the address in --url]
    #[arg(long, requires = "identity")]
    audience: Option<String>,
}

/// Where a token for a body comes from.
pub enum TokenSource {
    GitHub {
        /// For its own URL, which is HTTPS also where boathook's is not.
        client: Client,
        url: Url,
        key: String,
        audience: String,
    },
    Given(String),
}

/// Why there is no token.
pub enum NoToken {
    /// It is worth another try.
    Transient(String),
    Refused(CliError),
}

#[derive(Deserialize)]
struct Answer {
    value: String,
}

impl IdentityArguments {
    /// Whether a token is asked for.
    pub const fn is_given(&self) -> bool {
        self.identity.is_some()
    }

    /// Where the tokens come from that are asked for; `root` is the address of boathook, if it is known.
    pub fn source(&self, root: Option<&Url>) -> Result<Option<TokenSource>, CliError> {
        let Some(from) = self.identity else { return Ok(None) };
        if root.is_some_and(|root| !root.username().is_empty() || root.password().is_some()) {
            return Err(CliError::NoIdentity(
                "a user in --url and an identity token need the same header",
            ));
        }
        let variable = |name: &str| env::var(name).ok().filter(|value| !value.is_empty());
        let source = match from {
            IdentityFrom::Github => {
                let asked = variable(GITHUB_URL).zip(variable(GITHUB_KEY));
                let (url, key) = asked.ok_or(CliError::NoIdentity(
                    "GitHub gives this job none; it needs `permissions: {id-token: write}`",
                ))?;
                let url = Url::parse(&url)
                    .map_err(|_| CliError::NoIdentity("ACTIONS_ID_TOKEN_REQUEST_URL is no URL"))?;
                let audience = self.audience.clone();
                let audience = audience.or_else(|| root.map(address));
                let audience = audience.ok_or(CliError::NoIdentity(
                    "name boathook with --audience: the address of the relay is not its own",
                ))?;
                let client = http_client::through_proxies(url.as_str())
                    .connect_timeout(CONNECT_TIMEOUT)
                    .build();
                let client = client.map_err(CliError::NoClient)?;
                TokenSource::GitHub { client, url, key, audience }
            }
            IdentityFrom::Gitlab => {
                TokenSource::Given(variable(GITLAB_TOKEN).ok_or(CliError::NoIdentity(
                    "BOATHOOK_ID_TOKEN is not set; name it under `id_tokens` of the job",
                ))?)
            }
        };
        Ok(Some(source))
    }
}

impl TokenSource {
    /// Whether its tokens are made for one body, so that they may stand in for a signature.
    pub const fn binds_body(&self) -> bool {
        matches!(self, Self::GitHub { .. })
    }

    /// A token for a body.
    pub async fn token(&self, body: &[u8]) -> Result<String, NoToken> {
        let (client, url, key, audience) = match self {
            Self::Given(token) => return Ok(token.clone()),
            Self::GitHub { client, url, key, audience } => (client, url, key, audience),
        };
        let digest = hex::encode(Sha256::digest(body));
        let mut url = url.clone();
        url.query_pairs_mut().append_pair("audience", &format!("{audience}?sha256={digest}"));
        let asked = client.get(url).timeout(TIMEOUT).header(AUTHORIZATION, format!("Bearer {key}"));
        let response = asked.send().await.map_err(|error| {
            NoToken::Transient(format!(
                "no identity token from GitHub: {}",
                unreached(&error, TIMEOUT)
            ))
        })?;
        let status = response.status();
        let why = format!("no identity token from GitHub: {status}");
        if status != StatusCode::OK {
            let is_transient = failure::of_status(status.as_u16()).is_transient();
            return Err(if is_transient {
                NoToken::Transient(why)
            } else {
                NoToken::Refused(CliError::Refused(why))
            });
        }
        let text = http_client::beginning(response, ANSWER_MAX)
            .await
            .map_err(|error| NoToken::Transient(unreached(&error, TIMEOUT)))?;
        serde_json::from_slice::<Answer>(&text)
            .map(|answer| answer.value)
            .map_err(|_| NoToken::Transient("GitHub's answer holds no identity token".to_owned()))
    }
}

/// The address of boathook as the configuration names it.
fn address(root: &Url) -> String {
    let whole = format!("{}{}", root.origin().ascii_serialization(), root.path());
    whole.trim_end_matches('/').to_owned()
}
