//! `boathook send` where nobody reaches boathook: the request goes by GitHub or by a relay, and what
//! becomes of it comes back as statuses on GitHub.

use boathook_core::duration_text;
use jiff::Timestamp;
use serde_json::json;
use tokio::time::Instant;

use crate::{
    cli::{
        CliError, Exit, SendArguments,
        follow::Reporter,
        messages,
        send::{
            Creator, GitHubFollow, GitHubStatus, OnGitHub, Receiver, Sender, Target, github,
            run::client_for,
        },
        terminal::{Line, print},
    },
    config::ChannelUrl,
};

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
        let (secret, seal) = (self.secret.read()?, self.sealing_key()?);
        let place = self.github.place(self.environment, self.commit.as_deref())?;
        let deadline = Instant::now() + self.timeout;
        let id = self.id()?;
        let creator = Creator {
            place: &place,
            secret: &secret,
            seal: seal.as_ref(),
            description: self.description(),
            reporter,
        };
        let number = creator.create(deadline, || (now(), self.body(&id, now()))).await?;
        reporter.note(now(), &messages::created_on_github(&id, number, &place.environment));
        let follow = GitHubFollow { place: &place, reporter, deadline, now };
        self.follow_on_github(&follow, number).await
    }

    /// Hands the request to a relay, and follows it if GitHub can be asked.
    pub(super) async fn send_via_relay(
        &self,
        reporter: &Reporter,
        now: impl Fn() -> Timestamp,
    ) -> Result<Exit, CliError> {
        self.check_no_dry_run()?;
        let url = self.url.as_ref().ok_or(CliError::NoUrl("the channel of the relay"))?;
        let channel = ChannelUrl::try_from(url.to_string());
        let channel = channel.map_err(|why| CliError::Refused(why.to_owned()))?;
        let identity = self.identity.source(None)?;
        let (secret, seal) = (self.signing_secret(identity.as_ref())?, self.sealing_key()?);
        let place = match self.github.place(self.environment, self.commit.as_deref()) {
            Ok(place) => Ok(place),
            Err(CliError::NoGitHub(missing)) => Err(missing),
            Err(error) => return Err(error),
        };
        let deadline = Instant::now() + self.timeout;
        let id = self.id()?;
        let sender = Sender {
            client: &client_for(channel.reveal())?,
            target: &Target::channel(channel.reveal()),
            receiver: Receiver::Relay,
            secret: secret.as_deref(),
            seal: seal.as_ref(),
            identity: identity.as_ref(),
            reporter,
        };
        sender.post(deadline, || (now(), self.body(&id, now()))).await?;
        reporter.note(now(), &messages::handed_over(&id, channel.host()));
        let place: OnGitHub = match place {
            Ok(place) if !self.no_follow => place,
            Ok(_) => return Ok(Exit::Success),
            Err(missing) => {
                if !self.no_follow {
                    reporter.note(now(), &messages::not_followed(&missing));
                }
                return Ok(Exit::Success);
            }
        };
        let follow = GitHubFollow { place: &place, reporter, deadline, now };
        let service = format!("{}/{}", self.namespace, self.service);
        let Some(number) = follow.made_for(&service, &id).await? else {
            let timeout = duration_text::show(self.timeout);
            return Err(CliError::NotTaken(messages::none_on_github(&timeout)));
        };
        reporter.note((follow.now)(), &messages::found_on_github(number, &place.environment));
        self.follow_on_github(&follow, number).await
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
        let place = format!("{}/{} in {}", self.namespace, self.service, self.environment);
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

    /// What GitHub's list of deployments says of it. A sealed request is not told there.
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
