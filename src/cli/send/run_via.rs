//! `boathook send` where nobody reaches boathook: the request goes by GitHub or by a relay, and what
//! becomes of it comes back as statuses on GitHub.

use boathook_core::{
    deployment::{ExternalId, ImageRef},
    duration_text,
};
use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::{
    cli::{
        CliError, Exit, SendArguments,
        follow::Reporter,
        messages,
        send::{
            Creator, GitHubFollow, GitHubStatus, Listed, MadeDeployment, OnGitHub, Receiver,
            Sender, Target, github, refused_by_github, run::client_for,
        },
        terminal::{Line, print},
    },
    config::ChannelUrl,
};

/// The most bytes of a request that a deployment on GitHub carries: what GitHub allows for the
/// payloads of its other events.
const PAYLOAD_MAX: usize = 65_535;

/// Whether a deployment on GitHub carries the request. Manifests make it long.
fn check_payload(body: &Value) -> Result<(), CliError> {
    let bytes = body.to_string().len();
    if bytes <= PAYLOAD_MAX {
        return Ok(());
    }
    Err(CliError::Refused(format!(
        "the request has {bytes} bytes with its manifests, and a deployment on GitHub carries {PAYLOAD_MAX}; send it to boathook's address, or send less"
    )))
}

impl SendArguments {
    /// Makes a deployment on GitHub that carries the request, and follows it.
    pub(super) async fn send_via_github(
        &self,
        reporter: &Reporter,
        now: impl Fn() -> Timestamp,
    ) -> Result<Exit, CliError> {
        self.check_no_dry_run()?;
        if self.identity.is_given() {
            let why = "a deployment on GitHub carries none; leave --identity out, and sign";
            return Err(CliError::NoIdentity(why));
        }
        let secret = self.secret.read()?;
        let seal = self.sealing_key()?;
        let on_github = self.github.place(self.environment, self.commit.as_deref())?;
        let deadline = Instant::now() + self.timeout;
        let id = self.id()?;
        let creator = Creator {
            on_github: &on_github,
            secret: &secret,
            seal: seal.as_ref(),
            description: self.description(),
            reporter,
        };
        let manifests = self.bundle(reporter, &now)?;
        let body = || (now(), self.body(&id, manifests.as_ref(), now()));
        check_payload(&body().1)?;
        let number = creator.create(deadline, body).await?;
        reporter.note(now(), &messages::created_on_github(&id, number, &on_github.environment));
        let follow = GitHubFollow { on_github: &on_github, reporter, deadline, now };
        self.follow_on_github(&follow, number).await
    }

    /// Hands the request to a relay, and follows it if GitHub can be asked.
    pub(super) async fn send_via_relay(
        &self,
        reporter: &Reporter,
        now: impl Fn() -> Timestamp,
    ) -> Result<Exit, CliError> {
        self.check_no_dry_run()?;
        let channel = self.channel()?;
        if self.identity.is_given() && self.seal.is_some() {
            let why = "a relay would read in it what --seal hides; leave --identity out, and sign";
            return Err(CliError::NoIdentity(why));
        }
        let identity = self.identity.source(None)?;
        let secret = self.signing_secret(identity.as_ref())?;
        let seal = self.sealing_key()?;
        let on_github = self.followed_on_github()?;
        let deadline = Instant::now() + self.timeout;
        let id = self.id()?;
        if let Some(on_github) = &on_github {
            self.check_followed(on_github, &id).await?;
        }
        let sender = Sender {
            client: &client_for(channel.reveal())?,
            target: &Target::channel(channel.reveal()),
            receiver: Receiver::Relay,
            secret: secret.as_deref(),
            seal: seal.as_ref(),
            identity: identity.as_ref(),
            reporter,
        };
        let manifests = self.bundle(reporter, &now)?;
        let body = || (now(), self.body(&id, manifests.as_ref(), now()));
        sender.post(deadline, body).await?;
        reporter.note(now(), &messages::handed_over(&id, channel.host()));
        let Some(on_github) = on_github else {
            if !self.no_follow {
                reporter.note(now(), &messages::not_followed());
            }
            if self.json {
                print(json!({"deployment_id": id, "handed_to": channel.host()}));
            }
            return Ok(Exit::Success);
        };
        let follow = GitHubFollow { on_github: &on_github, reporter, deadline, now };
        let Some(made) = follow.made_for(&self.service_name(), &id).await? else {
            let timeout = duration_text::show(self.timeout);
            return Err(CliError::NotTaken(messages::none_on_github(&timeout)));
        };
        self.check_same(&made, &id)?;
        let MadeDeployment { number, .. } = made;
        reporter.note((follow.now)(), &messages::found_on_github(number, &on_github.environment));
        self.follow_on_github(&follow, number).await
    }

    /// Where the relay takes requests.
    fn channel(&self) -> Result<ChannelUrl, CliError> {
        let url = self.url.clone().ok_or(CliError::NoUrl("the channel of the relay"))?;
        ChannelUrl::try_from(url).map_err(|why| CliError::Refused(why.to_owned()))
    }

    /// Where to follow what a relay hands over, if it is followed and GitHub can be asked.
    fn followed_on_github(&self) -> Result<Option<OnGitHub>, CliError> {
        let is_followed = !self.no_follow && self.github.has_token();
        is_followed
            .then(|| self.github.place(self.environment, self.commit.as_deref()))
            .transpose()
            .map_err(CliError::or_unfollowed)
    }

    /// Whether GitHub lets the deployment be followed that the request will have there, and the id is
    /// not another request's. GitHub that is away is no reason not to send.
    async fn check_followed(&self, on_github: &OnGitHub, id: &ExternalId) -> Result<(), CliError> {
        match on_github.made_for(&self.service_name(), id, None).await {
            Ok(Listed { found: Some(made), .. }) => self.check_same(&made, id),
            Err(error) if !error.is_retryable() => Err(refused_by_github(&error)),
            Ok(Listed { found: None, .. }) | Err(_) => Ok(()),
        }
    }

    /// boathook answers no relay: what it made for the same id may be for another request, which this
    /// one can only be refused for.
    fn check_same(&self, made: &MadeDeployment, id: &ExternalId) -> Result<(), CliError> {
        let is_same =
            ImageRef::parse(&made.image).is_ok_and(|image| image.meaning() == self.image.meaning());
        if is_same {
            Ok(())
        } else {
            Err(CliError::Refused(messages::other_request(id, &made.image)))
        }
    }

    fn service_name(&self) -> String {
        format!("{}/{}", self.namespace, self.service)
    }

    async fn follow_on_github(
        &self,
        follow: &GitHubFollow<'_, impl Fn() -> Timestamp>,
        number: u64,
    ) -> Result<Exit, CliError> {
        if self.no_follow {
            if self.json {
                print(json!({"deployment": number}));
            }
            return Ok(Exit::Success);
        }
        let Some(last) = follow.to_the_end(number).await? else {
            let timeout = duration_text::show(self.timeout);
            return Err(CliError::NotTaken(messages::no_status(number, &timeout)));
        };
        follow.reporter.finish();
        let GitHubStatus { state, description, environment_url, log_url, .. } = &last;
        let place = format!("{} in {}", self.service_name(), self.environment);
        let outcome =
            messages::outcome_on_github(state, description, &place, &self.image.to_string());
        if self.json {
            print(json!({
                "deployment": number,
                "state": state,
                "description": description,
                "environment_url": environment_url,
                "log_url": log_url,
            }));
        } else {
            print(Line(&outcome));
        }
        github::report_status(&last, &outcome);
        Ok(match state.as_str() {
            "success" => Exit::Success,
            _ if last.is_end() => Exit::Failure,
            _ => Exit::StillRunning,
        })
    }

    /// What GitHub's list of deployments says of it. A sealed request is not shown there.
    fn description(&self) -> String {
        match &self.seal {
            None => format!("{}/{} {}", self.namespace, self.service, self.image),
            Some(_) => "a sealed request for boathook".to_owned(),
        }
    }

    /// A dry run is answered to who posts it, and to nobody else.
    fn check_no_dry_run(&self) -> Result<(), CliError> {
        if self.dry_run {
            let why = "a dry run is answered by boathook itself; leave --via out";
            return Err(CliError::Refused(why.to_owned()));
        }
        Ok(())
    }
}
