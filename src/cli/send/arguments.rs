//! What may be typed after `boathook send`.

use std::time::Duration;

use boathook_core::{
    deployment::{
        Environment, ExternalId, ImageRef, Namespace, Percent, Repository, ServiceName, Strategy,
    },
    duration_text,
};
use clap::Args;
use jiff::Timestamp;
use reqwest::Url;
use serde_json::{Map, Value, json};

use crate::{
    cli::{
        CliError, SecretArguments,
        send::{GitHubArguments, IdentityArguments, ManifestArguments, SentBundle, Via},
    },
    sealing::PublicKey,
};

/// `boathook send`.
#[derive(Debug, Args)]
pub struct SendArguments {
    /// How the request reaches boathook: by its url, as a deployment on GitHub that boathook finds, or
    /// by a relay of webhooks that it reads
    #[arg(long, value_name = "WAY", value_enum, default_value_t)]
    pub via: Via,
    /// The address of boathook, such as `https://hooks.example.com`; with --via relay that of the
    /// channel, such as `https://smee.io/Abc123`
    #[arg(long, env = "BOATHOOK_URL", hide_env_values = true)]
    pub url: Option<String>,
    /// The environment, such as staging
    #[arg(long)]
    pub environment: Environment,
    /// The image to deploy
    #[arg(long, value_parser = ImageRef::parse)]
    pub image: ImageRef,
    /// The namespace of the service
    #[arg(long, value_parser = Namespace::parse)]
    pub namespace: Namespace,
    /// The Knative service
    #[arg(long, value_parser = ServiceName::parse)]
    pub service: ServiceName,
    /// The deployment's id: sending the same id again does not deploy again [default: GitHub's run,
    /// attempt, job and step, or a random one]
    #[arg(long, value_parser = ExternalId::parse)]
    pub deployment_id: Option<ExternalId>,
    /// The commit that built the image
    #[arg(long, env = "GITHUB_SHA")]
    pub commit: Option<String>,
    /// Who or what triggered it
    #[arg(long, env = "GITHUB_ACTOR")]
    pub triggered_by: Option<String>,
    /// rolling or blue-green [default: the environment's own]
    #[arg(long)]
    pub strategy: Option<Strategy>,
    /// One to three rising percentages that end at 100, such as 10,50,100
    #[arg(long, value_delimiter = ',', num_args = 1..=3, value_parser = percent)]
    pub traffic_split: Vec<Percent>,
    /// Which manifests go along.
    #[command(flatten)]
    pub manifests: ManifestArguments,
    /// The confirmation that the environment requires
    #[arg(long)]
    pub confirmation: Option<String>,
    /// Wait for an operator's approval before the rollout begins
    #[arg(long)]
    pub approval: bool,
    /// Deploy even if a later request for the service was deployed; the server's configuration must
    /// allow it
    #[arg(long)]
    pub allow_older: bool,
    /// Deploy even if an operator rolled the service back, and release it once it succeeds; the
    /// server's configuration must allow it
    #[arg(long)]
    pub after_rollback: bool,
    /// Where the secret is.
    #[command(flatten)]
    pub secret: SecretArguments,
    /// Seal the request for boathook's public key, so that nobody on the way can read it; `boathook
    /// sealing-key public FILE` prints the key
    #[arg(long, value_name = "KEY", env = "BOATHOOK_SEAL", hide_env_values = true)]
    pub seal: Option<String>,
    /// Where a request that goes another way is made or followed.
    #[command(flatten)]
    pub github: GitHubArguments,
    /// Whose token says which job sends.
    #[command(flatten)]
    pub identity: IdentityArguments,
    /// Give up after this long, such as 90s, 20m or 1h30m
    #[arg(long, default_value = "20m", value_parser = duration_text::parse_positive)]
    pub timeout: Duration,
    /// Change nothing; show what the deployment would do and what would stop it
    #[arg(long)]
    pub dry_run: bool,
    /// Exit as soon as the request is accepted
    #[arg(long)]
    pub no_follow: bool,
    /// Print the deployment as JSON at the end
    #[arg(long)]
    pub json: bool,
}

impl SendArguments {
    /// The body of the request, made at `now`. As text it is what `JSON.stringify` writes, too: no key
    /// is a number, and no number has a fraction. So it survives a relay that writes JSON anew.
    pub(super) fn body(
        &self,
        deployment_id: &ExternalId,
        manifests: Option<&SentBundle>,
        now: Timestamp,
    ) -> Value {
        let split = (!self.traffic_split.is_empty()).then(|| self.split());
        let mut body = json!({
            "environment": self.environment,
            "image": self.image,
            "namespace": self.namespace,
            "service_name": self.service,
            "deployment_id": deployment_id,
            "timestamp": now,
        });
        let optional = [
            ("commit_sha", json!(self.commit)),
            ("repository", json!(self.repository().as_ref().map(Repository::as_str))),
            ("triggered_by", json!(self.triggered_by)),
            ("deployment_strategy", json!(self.strategy)),
            ("traffic_split", json!(split)),
            ("manifests", json!(manifests.map(|sent| &sent.field))),
            ("confirmation", json!(self.confirmation)),
            ("approval", json!(self.approval.then_some(true))),
            ("allow_older", json!(self.allow_older.then_some(true))),
            ("after_rollback", json!(self.after_rollback.then_some(true))),
            ("dry_run", json!(self.dry_run.then_some(true))),
        ];
        for (name, value) in optional.into_iter().filter(|(_, value)| !value.is_null()) {
            body[name] = value;
        }
        body
    }

    /// The address of boathook.
    pub(super) fn address(&self) -> Result<Url, CliError> {
        let text = self.url.as_ref().ok_or(CliError::NoUrl("boathook's address"))?;
        match Url::parse(text) {
            Ok(url) if matches!(url.scheme(), "http" | "https") => Ok(url),
            _ => Err(CliError::NoUrl(
                "boathook's address; write it with its scheme, such as https://hooks.example.com",
            )),
        }
    }

    /// The key to seal with. A private one is not echoed.
    pub(super) fn sealing_key(&self) -> Result<Option<PublicKey>, CliError> {
        self.seal.as_deref().map(PublicKey::parse).transpose().map_err(CliError::NoSealingKey)
    }

    /// The repository whose statuses a relay's sender follows; by another way, boathook knows it.
    fn repository(&self) -> Option<Repository> {
        let named = self.github.repository.as_deref().filter(|_| self.via == Via::Relay);
        Repository::parse(named?).ok()
    }

    /// The percentages under the names that the webhook knows: the last is `final`.
    fn split(&self) -> Map<String, Value> {
        let names = ["final", "initial", "intermediate"];
        let (last, before) = self
            .traffic_split
            .split_last()
            .map_or((None, &[][..]), |(last, before)| (Some(last), before));
        let shares = last.into_iter().chain(before);
        names.into_iter().zip(shares).map(|(name, share)| (name.to_owned(), json!(share))).collect()
    }
}

fn percent(text: &str) -> Result<Percent, String> {
    let number =
        text.trim().parse::<u64>().map_err(|_| format!("`{text}` is not a whole number"))?;
    Percent::new(number).map_err(|error| error.to_string())
}
