//! From signed bytes to a deployment on disk.

use std::net::IpAddr;

use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};

use crate::{
    clock::Clock,
    config::{Config, LoadedSecret, Network},
    deployment::{DeployRequest, DeploymentId, Environment, Token},
    intake::{BadSignature, FieldProblem, Key, Keyring, Offered, Payload, Policy, Refusal, Verified},
    journal::{AcceptError, Acceptance, Accepted, Journal, Origin, StoreError},
    redact::Redactor,
};

/// Everything that decides whether a request becomes a deployment.
pub struct Door {
    /// Who may sign.
    pub keyring: Keyring,
    /// What each environment lets in; an environment without a policy lets nothing in.
    pub policies: Vec<Policy>,
    /// How far a timestamp may be off, either way.
    pub window: SignedDuration,
    /// Proxies that are believed about who sent a request.
    pub trusted_proxies: Vec<Network>,
    /// Deployments that may wait.
    pub queue_limit: usize,
    /// Takes secrets out of what senders wrote beside the known fields.
    pub redactor: Redactor,
    /// Where it is written down.
    pub journal: Journal,
    /// What time it is.
    pub clock: Clock,
}

/// What came with a body.
#[derive(Clone, Debug, Default)]
pub struct Delivery {
    /// The environment that the path names.
    pub environment: Option<Environment>,
    /// The sender's id of the delivery.
    pub id: Option<String>,
    /// Where the request came from.
    pub client: Option<IpAddr>,
}

/// What a signed body that is in order comes to.
#[derive(Debug)]
pub enum Admitted {
    /// A deployment on disk.
    Deployment(Accepted),
    /// A question: what would this request do?
    DryRun(DeployRequest),
}

impl Door {
    /// The door that the config describes.
    #[must_use]
    pub fn new(config: &Config, secrets: &[LoadedSecret], redactor: Redactor, journal: Journal, clock: Clock) -> Self {
        Self {
            keyring: Keyring::of(secrets),
            policies: config.environments.iter().map(|(environment, settings)| Policy::of(*environment, settings)).collect(),
            window: SignedDuration::try_from(config.replay.window).unwrap_or(SignedDuration::MAX),
            trusted_proxies: config.server.trusted_proxies.clone(),
            queue_limit: config.scheduler.queued,
            redactor,
            journal,
            clock,
        }
    }

    /// Who signed this body?
    pub fn verify<B: AsRef<[u8]>>(&self, offered: &Offered<'_>, body: B) -> Result<Verified<B>, BadSignature> {
        self.keyring.verify(offered, body, self.clock.now())
    }

    /// Lets a signed body in, or says why not. On return the deployment is on disk.
    ///
    /// A repeat is found before policy and staleness are asked, so a sender may always ask again how a deployment went, but only from
    /// where senders are let in at all. A dry run passes the same checks, and nothing is written down of it.
    pub async fn admit<B: AsRef<[u8]>>(&self, body: &Verified<B>, delivery: Delivery) -> Result<Admitted, Refusal> {
        let Delivery { environment, id, client } = delivery;
        let payload = Payload::parse(body.body().as_ref())?;
        agree(environment, payload.environment)?;
        let signer = body.signer_for(payload.environment)?.clone();
        let policy = self.policy(payload.environment)?;
        policy.check_source(client)?;
        policy.check_required(&payload)?;
        let dry_run = payload.dry_run;
        let payload = payload.without_secrets(&self.redactor);
        let mut request = payload.into_request(policy.strategy.default, digest_id(body.body().as_ref()));
        request.allow_older &= policy.allow.older;
        if let Some(repeat) = self.repeat_of(&request).await? {
            return Ok(Admitted::Deployment(repeat));
        }
        policy.check_allowed(&request)?;
        self.check_fresh(request.timestamp)?;
        if dry_run {
            self.check_unlocked(&request)?;
            return Ok(Admitted::DryRun(request));
        }
        let delivery = id.map(|id| self.redactor.text(&id).into_owned());
        let Key { id: signed_by, key_use, .. } = signer;
        let (token, approve_until) = (token()?, policy.approve_until(&request, self.clock.now()));
        let origin = Origin::Requested;
        let acceptance = Acceptance { request, token, signed_by, key_use, delivery, client, attempt: 1, origin, approve_until };
        Ok(Admitted::Deployment(self.journal.accept(acceptance, self.queue_limit).await?))
    }

    fn policy(&self, environment: Environment) -> Result<&Policy, Refusal> {
        let what = "it has no config".to_owned();
        self.policies.iter().find(|policy| policy.environment == environment).ok_or(Refusal::NotAllowed { environment, what })
    }

    async fn repeat_of(&self, request: &DeployRequest) -> Result<Option<Accepted>, Refusal> {
        let Some(existing) = self.journal.find(&request.identity()).await.map_err(Refusal::Unwritable)? else { return Ok(None) };
        let known = self.journal.deployment(&existing.job).await.map_err(Refusal::Unwritable)?;
        match known {
            Some(known) if known.acceptance.request.means_the_same_as(request) => Ok(Some(Accepted::Repeat(existing))),
            Some(_) => Err(Refusal::Conflict(Box::new(existing))),
            None => Ok(None),
        }
    }

    /// What the journal asks again when it accepts.
    fn check_unlocked(&self, request: &DeployRequest) -> Result<(), Refusal> {
        self.journal.lock_on(request.environment, &request.service()).map_or(Ok(()), |lock| Err(Refusal::Locked(lock)))
    }

    fn check_fresh(&self, timestamp: Option<Timestamp>) -> Result<(), Refusal> {
        let Some(timestamp) = timestamp else { return Ok(()) };
        let age = self.clock.now().duration_since(timestamp);
        let direction = if age.is_negative() { "ahead of" } else { "behind" };
        let skew = SignedDuration::from_secs(age.abs().as_secs());
        if age.abs() <= self.window { Ok(()) } else { Err(Refusal::Stale { skew, direction, window: self.window }) }
    }
}

impl From<AcceptError> for Refusal {
    fn from(error: AcceptError) -> Self {
        match error {
            AcceptError::Conflict { existing } => Self::Conflict(existing),
            AcceptError::Older { newer, requested_at } => Self::Older { newer, requested_at },
            AcceptError::Locked(lock) => Self::Locked(lock),
            AcceptError::QueueFull => Self::QueueFull,
            AcceptError::Store(error) => Self::Unwritable(error),
        }
    }
}

/// The path and the body must name the same environment, where the path names one.
fn agree(path: Option<Environment>, body: Environment) -> Result<(), Refusal> {
    match path {
        Some(path) if path != body => Err(Refusal::Fields(vec![FieldProblem {
            field: "environment".to_owned(),
            message: format!("`environment` is {body}, but the path names {path}; send both the same"),
        }])),
        Some(_) | None => Ok(()),
    }
}

/// The name of a deployment whose sender gave it none.
fn digest_id(body: &[u8]) -> DeploymentId {
    let text = format!("sha256:{}", hex::encode(Sha256::digest(body)));
    DeploymentId::parse(&text).expect("71 printable characters are a deployment id")
}

fn token() -> Result<Token, Refusal> {
    let mut random = [0; 32];
    getrandom::fill(&mut random).map_err(|error| Refusal::Unwritable(StoreError::failed("draw a random token", error)))?;
    Ok(Token::from_random(random))
}
