//! Where on GitHub a deployment is made or followed, and with which token.

use std::{env, fs, path::PathBuf, sync::Arc};

use boathook_core::{
    clock::Clock,
    deployment::{Environment, Repository},
};
use clap::Args;

use crate::{
    cli::{CliError, send::OnGitHub},
    config::is_private_base_url,
    github::{Credential, GitHub, HttpTransport},
};

/// The variable that holds the token.
const VARIABLE: &str = "GITHUB_TOKEN";
/// Digits of a commit.
const SHA: usize = 40;

/// The repository, and who asks. Nothing of it is judged before it is needed: other forges set the same
/// variables for their jobs.
#[derive(Debug, Args)]
pub struct GitHubArguments {
    /// With --via: the repository on GitHub
    #[arg(long, value_name = "OWNER/NAME", env = "GITHUB_REPOSITORY")]
    pub repository: Option<String>,
    /// With --via: GitHub's name of the environment [default: that of --environment]
    #[arg(long, value_name = "NAME")]
    github_environment: Option<String>,
    /// With --via: a file with the token that may write deployments; without it, the variable
    /// GITHUB_TOKEN holds it
    #[arg(long, value_name = "FILE")]
    github_token_file: Option<PathBuf>,
    /// With --via: the address of GitHub's REST API
    #[arg(
        long,
        value_name = "URL",
        env = "GITHUB_API_URL",
        default_value = "https://api.github.com"
    )]
    github_api: String,
}

impl GitHubArguments {
    /// The place on GitHub; the error names what is missing.
    pub fn place(
        &self,
        environment: Environment,
        commit: Option<&str>,
    ) -> Result<OnGitHub, CliError> {
        let missing = |what: &str| CliError::NoGitHub(what.to_owned());
        let named = self.repository.as_deref().and_then(|text| Repository::parse(text).ok());
        let repository = named.ok_or_else(|| {
            missing("name the repository with --repository, such as your-org/shop")
        })?;
        let commit = commit.filter(|text| is_sha(text)).ok_or_else(|| {
            missing("name the whole commit, 40 hexadecimal digits, with --commit")
        })?;
        if !is_private_base_url(&self.github_api) {
            return Err(missing(
                "name its API with --github-api; it is sent the token, so it begins with https:// and does not end with /",
            ));
        }
        let token = Credential::Token(self.token()?);
        let transport = Arc::new(HttpTransport::default());
        let github = GitHub::new(self.github_api.clone(), token, transport, Clock::system());
        let named = self.github_environment.clone();
        Ok(OnGitHub {
            github,
            repository,
            environment: named.unwrap_or_else(|| environment.to_string()),
            commit: commit.to_owned(),
        })
    }

    /// Whether there is a token, good or bad.
    pub fn has_token(&self) -> bool {
        self.github_token_file.is_some()
            || env::var_os(VARIABLE).is_some_and(|text| !text.is_empty())
    }

    fn token(&self) -> Result<String, CliError> {
        let text = match &self.github_token_file {
            Some(path) => fs::read_to_string(path)
                .map_err(|source| CliError::TokenUnreadable { path: path.clone(), source })?,
            None => env::var(VARIABLE).unwrap_or_default(),
        };
        let token = text.trim_end_matches(['\r', '\n']);
        if token.is_empty() {
            let what = "set GITHUB_TOKEN to a token that may write deployments, or name a file with --github-token-file";
            return Err(CliError::NoGitHub(what.to_owned()));
        }
        if !token.chars().all(|c| c.is_ascii_graphic()) {
            return Err(CliError::NoGitHub("the token is none of GitHub's".to_owned()));
        }
        Ok(token.to_owned())
    }
}

fn is_sha(text: &str) -> bool {
    text.len() == SHA && text.chars().all(|c| matches!(c, '0'..='9' | 'a'..='f'))
}
