//! `boathook send`, from the command line to the exit code.

use std::{env, iter};

use boathook_core::{
    deployment::{DryRunReport, ExternalId},
    record::Status,
};
use jiff::Timestamp;
use reqwest::{Client, Url};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::{
    cli::{
        CliError, Exit, SendArguments,
        dry_run_report::{exit_of_dry_run, print_dry_run},
        follow::{Follow, Pace, PublicEvent, Reporter, Until, exit_of, print_outcome},
        http::CONNECT_TIMEOUT,
        messages,
        send::{Receiver, Sender, SentBundle, Taken, Target, TokenSource, Via, foreign, github},
        terminal::{Line, print},
    },
    http_client,
    journal::DeploymentView,
};

impl SendArguments {
    /// Sends a deployment and follows it; `now` returns the current time.
    pub async fn run(self, now: impl Fn() -> Timestamp) -> Result<Exit, CliError> {
        let reporter = Reporter::to_stderr();
        let sent = match self.via {
            Via::Url => self.send(&reporter, now).await,
            Via::Github => self.send_via_github(&reporter, now).await,
            Via::Relay => self.send_via_relay(&reporter, now).await,
        };
        reporter.finish();
        sent.inspect_err(github::report_refusal)
    }

    /// The deployment's id, the same for all attempts.
    pub(super) fn id(&self) -> Result<ExternalId, CliError> {
        self.deployment_id.clone().map_or_else(default_id, Ok)
    }

    /// The manifests that go along, and their digest for whoever compares it.
    pub(super) fn bundle(
        &self,
        reporter: &Reporter,
        now: &impl Fn() -> Timestamp,
    ) -> Result<Option<SentBundle>, CliError> {
        let sent = self.manifests.read()?;
        if let Some(sent) = &sent {
            reporter.note(now(), &sent.note);
        }
        Ok(sent)
    }

    /// What signs, if a token does not suffice.
    pub(super) fn signing_secret(
        &self,
        identity: Option<&TokenSource>,
    ) -> Result<Option<Vec<u8>>, CliError> {
        let suffices = identity.is_some_and(TokenSource::binds_body);
        if suffices && !self.secret.is_given() { Ok(None) } else { self.secret.read().map(Some) }
    }

    async fn send(
        &self,
        reporter: &Reporter,
        now: impl Fn() -> Timestamp,
    ) -> Result<Exit, CliError> {
        let url = self.address()?;
        let target = Target::new(&url);
        let identity = self.identity.source(Some(target.root()))?;
        let secret = self.signing_secret(identity.as_ref())?;
        let seal = self.sealing_key()?;
        let client = client_for(&url)?;
        let sender = Sender {
            client: &client,
            target: &target,
            receiver: Receiver::Boathook,
            secret: secret.as_deref(),
            seal: seal.as_ref(),
            identity: identity.as_ref(),
            reporter,
        };
        let deadline = Instant::now() + self.timeout;
        let id = self.id()?;
        let manifests = self.bundle(reporter, &now)?;
        let body = || (now(), self.body(&id, manifests.as_ref(), now()));
        let answer = sender.post(deadline, body).await?;
        if self.dry_run && answer["status"] == "dry_run" {
            return self.print_dry_run(answer);
        }
        let taken = self.taken(answer)?;
        reporter.note(now(), &messages::taken(&id, taken.state.as_deref()));
        for field in &taken.ignored {
            reporter.note(now(), &messages::ignored(field));
        }
        let (status, events) = links(&target, &taken)?;
        reporter.note(now(), &messages::status_at(status.as_str()));
        if self.no_follow || self.dry_run {
            return Ok(self.print_accepted(taken));
        }
        let follow = Follow {
            client: &client,
            status,
            events,
            read: PublicEvent::from_public,
            reporter,
            pace: Pace::default(),
            until: Until::Settled,
        };
        let history = follow.to_the_end(Some(deadline)).await;
        reporter.finish();
        Ok(self.print_end(&taken, history.as_ref()))
    }

    fn print_dry_run(&self, answer: Value) -> Result<Exit, CliError> {
        let report: DryRunReport = Deserialize::deserialize(&answer).map_err(|_| foreign())?;
        if self.json {
            print(answer);
        } else {
            print_dry_run(&report);
        }
        Ok(exit_of_dry_run(&report))
    }

    /// What boathook took; an error if it took a dry run for a deployment.
    fn taken(&self, answer: Value) -> Result<Taken, CliError> {
        let taken = Taken::of(answer)?;
        if self.dry_run && taken.state.is_none() {
            return Err(CliError::Refused(format!(
                "this boathook knows no dry run, and deploys: see {}",
                taken.status_url
            )));
        }
        Ok(taken)
    }

    fn print_accepted(&self, taken: Taken) -> Exit {
        let settled = taken
            .state
            .as_deref()
            .and_then(|state| state.parse::<Status>().ok())
            .filter(|status| status.is_settled());
        if self.json {
            let Taken { status_url, state, reason, ignored, mut rest } = taken;
            rest.extend([
                ("status_url".to_owned(), json!(status_url)),
                ("state".to_owned(), json!(state)),
                ("reason".to_owned(), json!(reason)),
                ("ignored".to_owned(), json!(ignored)),
            ]);
            print(Value::Object(rest));
        }
        settled.map_or(Exit::Success, exit_of)
    }

    fn print_end(&self, taken: &Taken, history: Option<&DeploymentView>) -> Exit {
        match history {
            Some(history) if self.json => print(json!(history)),
            Some(history) => print_outcome(history),
            None => print(Line(&messages::not_seen(&taken.status_url))),
        }
        if let Some(history) = history {
            github::report(history, &taken.status_url);
        }
        history.map_or(Exit::StillRunning, |history| exit_of(history.status))
    }
}

/// Where to ask for what was taken, and for its events.
fn links(target: &Target, taken: &Taken) -> Result<(Url, Url), CliError> {
    target.status(&taken.status_url).zip(target.events(&taken.status_url)).ok_or_else(|| {
        CliError::Refused("the answer has no status_url that can be followed".to_owned())
    })
}

/// A client for a URL.
pub(super) fn client_for(url: &Url) -> Result<Client, CliError> {
    let client = http_client::through_proxies(url.as_str()).connect_timeout(CONNECT_TIMEOUT);
    client.build().map_err(CliError::NoClient)
}

/// In GitHub's job, a step that sends again has the same id; a re-run of the workflow, another job
/// and another step are deployments of their own.
fn default_id() -> Result<ExternalId, CliError> {
    let text = match env::var("GITHUB_RUN_ID") {
        Ok(run) => {
            let attempt = env::var("GITHUB_RUN_ATTEMPT").unwrap_or_else(|_| "1".to_owned());
            let place =
                ["GITHUB_JOB", "GITHUB_ACTION"].into_iter().filter_map(|name| env::var(name).ok());
            let whole = iter::once(format!("{run}-{attempt}"))
                .chain(place.filter(|part| !part.is_empty()))
                .collect::<Vec<_>>()
                .join(".");
            whole.chars().take(ExternalId::MAX).collect()
        }
        Err(_) => random_id()?,
    };
    ExternalId::parse(&text).map_err(|error| CliError::Refused(error.to_string()))
}

fn random_id() -> Result<String, CliError> {
    let mut random = [0; 8];
    getrandom::fill(&mut random)
        .map_err(|error| CliError::Refused(format!("no random bytes for an id: {error}")))?;
    Ok(hex::encode(random))
}
