//! From signed bytes to a deployment on disk.

use std::{net::IpAddr, time::Duration};

use boathook_core::{
    clock::Clock,
    deployment::{Bundle, DeployRequest, Environment, Environments, ExternalId, Key, KeyUse},
    proof::NotProven,
    record::{Acceptance, Origin, RequestSource},
};
use sha2::{Digest, Sha256};

use crate::{
    artifacts::Artifacts,
    bundles::{BundleLimits, SecretBundles},
    config::{Config, LoadedSecret, Network},
    identity::Issuers,
    intake::{
        FieldProblem, Freshness, Keyring, Payload, Policy, Refusal, Verified,
        github::{PackageTaker, Watched},
        repeating,
    },
    journal::{AcceptError, Accepted, Journal, Summary, new_token},
    redact::Redactor,
    sealing::Opener,
};

/// Everything that decides whether a request becomes a deployment.
pub struct Admission {
    pub keyring: Keyring,
    /// What opens sealed bodies.
    pub opener: Opener,
    /// Whose tokens prove who sends a request.
    pub issuers: Issuers,
    /// What each environment accepts, in the order of promotion; an environment without a policy
    /// is unknown.
    pub policies: Vec<Policy>,
    /// The repositories on GitHub whose deployments are taken.
    pub watched: Vec<Watched>,
    /// The environments that deploy packages published there.
    pub packages: Vec<PackageTaker>,
    /// The maximum difference of a timestamp, either way.
    pub window: Duration,
    /// Proxies that are believed about who sent a request.
    pub trusted_proxies: Vec<Network>,
    /// Deployments that may wait.
    pub queue_limit: usize,
    /// How much the manifests of a request may hold.
    pub bundles: BundleLimits,
    /// What fetches those that a request names in a registry.
    pub artifacts: Artifacts,
    /// Where those of them are kept that hold Secrets.
    pub secret_bundles: SecretBundles,
    /// Removes secrets from unknown fields of requests.
    pub redactor: Redactor,
    /// Where accepted requests are recorded.
    pub journal: Journal,
    /// The clock.
    pub clock: Clock,
}

/// Whether the record has to prove an image.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Proof {
    Required,
    /// Another boathook or an operator vouches for it.
    Given,
}

/// The metadata of a delivery.
#[derive(Clone, Debug, Default)]
pub struct Delivery {
    /// The environment that the path names.
    pub environment: Option<Environment>,
    /// The sender's id of the delivery.
    pub id: Option<String>,
    /// The way by which the request came in.
    pub source: RequestSource,
    /// When its timestamp must be recent.
    pub freshness: Freshness,
    /// The address that it came from, at the listener.
    pub client: Option<IpAddr>,
}

/// The result of admitting a valid request.
#[derive(Debug)]
pub enum Admitted {
    /// A deployment on disk.
    Deployment {
        accepted: Accepted,
        /// The fields of the request that boathook does not know.
        ignored: Vec<String>,
    },
    /// A dry run.
    DryRun {
        request: Box<DeployRequest>,
        /// The manifests that it brings.
        bundle: Option<Box<Bundle>>,
        /// The deployment that already has its identity.
        deployed: Option<Summary>,
    },
}

impl Admission {
    /// The admission that the config describes.
    #[must_use]
    pub fn new(
        config: &Config,
        secrets: &[LoadedSecret],
        opener: Opener,
        issuers: Issuers,
        redactor: Redactor,
        journal: Journal,
        clock: Clock,
    ) -> Self {
        Self {
            keyring: Keyring::of(secrets),
            opener,
            issuers,
            policies: config
                .in_order()
                .into_iter()
                .map(|(environment, settings)| Policy::of(environment, settings))
                .collect(),
            watched: Watched::of(config),
            packages: PackageTaker::of(config),
            window: config.replay.window,
            trusted_proxies: config.server.trusted_proxies.clone(),
            queue_limit: config.scheduler.queued,
            bundles: config.bundles,
            artifacts: Artifacts::over_http(config.artifacts.clone()),
            secret_bundles: SecretBundles::in_state(&config.state.directory),
            redactor,
            journal,
            clock,
        }
    }

    /// The environments that accept requests.
    #[must_use]
    pub fn environments(&self) -> Environments {
        Policy::environments(&self.policies)
    }

    /// Admits a signed body, or says why not. On return the deployment is on disk.
    ///
    /// A repeat is answered regardless of current policy and its age, so that a sender can always
    /// learn how a deployment went, but only from an allowed source. The journal finds repeats when
    /// it accepts; this function searches only for those that would be refused before. A dry run
    /// passes all checks, even for a repeat, and is not recorded.
    pub async fn admit<B: AsRef<[u8]>>(
        &self,
        body: &Verified<B>,
        delivery: Delivery,
    ) -> Result<Admitted, Refusal> {
        self.admit_with(body, delivery, Proof::Required).await
    }

    async fn admit_with<B: AsRef<[u8]>>(
        &self,
        body: &Verified<B>,
        delivery: Delivery,
        proof: Proof,
    ) -> Result<Admitted, Refusal> {
        let Delivery { environment, id, source, freshness, client } = delivery;
        let payload = Payload::parse(body.body().as_ref(), &self.environments())?;
        agree(environment, payload.environment)?;
        let signer = body.signer_for(payload.environment)?.clone();
        let promotion = payload.auto_promotion && signer.key_use == KeyUse::Promotion;
        let proven = self.proven_for(body, &signer, promotion)?;
        let policy = self.policy(payload.environment)?;
        // What boathook fetched from GitHub comes from a repository that the environment itself names.
        if !body.is_own() && !freshness.is_fetched() {
            policy.check_source(client)?;
        }
        policy.check_required(&payload, promotion)?;
        if matches!(source, RequestSource::GitHub { .. }) && payload.timestamp.is_none() {
            return Err(without_timestamp());
        }
        let dry_run = payload.dry_run;
        let mut payload = payload.without_secrets(&self.redactor);
        let sent = payload.manifests.take();
        let mut request =
            payload.into_request(policy.strategy.default, digest_id(body.body().as_ref()));
        let mut manifests = self.received(sent, &request, body.is_own(), dry_run).await?;
        request.manifests = manifests.named.take();
        request.allow_older &= policy.allow.out_of_order;
        request.after_rollback &= policy.allow.after_rollback;
        request.promoted_from = request.promoted_from.filter(|_| promotion);
        let ignored = request.ignored();
        let identity = self.identity_for(proven, &request).await?;
        // Another boathook's promotion proves an image; our own is looked up.
        let proof = if promotion && !body.is_own() { Proof::Given } else { proof };
        let (arrived, timestamp) = (self.clock.now(), request.timestamp);
        let fresh = || match body.is_by_github() {
            true => Ok(()),
            false => freshness.check(timestamp, arrived, self.window),
        };
        if let Some(artifact) = manifests.artifact.take() {
            manifests = self.fetched(artifact, &request, policy, fresh(), dry_run).await?;
            request.manifests = manifests.named.take();
        }
        let checked = self.check(policy, &request, promotion, proof).await;
        let checked = checked.and_then(|()| policy.check_secrets(manifests.brought.as_ref()));
        let checked = checked.and_then(|()| fresh());
        if dry_run || checked.is_err() {
            let repeated = self.repeat_of(&request, &source).await?;
            if let Some(repeated) = repeated.clone().filter(|_| !dry_run) {
                return self.answer(Accepted::Repeat(repeated), source, ignored).await;
            }
            checked?;
            self.check_unlocked(&request)?;
            self.check_not_held(&request)?;
            let request = Box::new(request);
            let bundle = manifests.brought.map(|brought| Box::new(brought.bundle));
            return Ok(Admitted::DryRun { request, bundle, deployed: repeated });
        }
        let delivery = id.map(|id| self.redactor.text(&id).into_owned());
        let Key { id: signed_by, key_use, .. } = signer;
        let token = new_token().map_err(Refusal::Unwritable)?;
        let now = self.clock.now();
        let (approve_until, approvers) = policy.needs_approval(&request, now).unzip();
        let opens_at = policy.windows.opens_for(&request, now);
        let origin = Origin::Requested;
        let from = source.clone();
        let acceptance = Acceptance {
            request,
            token,
            signed_by,
            key_use,
            identity,
            delivery,
            source,
            client,
            attempt: 1,
            origin,
            approve_until,
            opens_at,
            approvers: approvers.unwrap_or_default(),
        };
        let bundle = self.packed(manifests.brought).await?;
        let accepted = self.journal.accept_with(acceptance, bundle, self.queue_limit).await?;
        self.answer(accepted, from, ignored).await
    }

    async fn answer(
        &self,
        accepted: Accepted,
        source: RequestSource,
        ignored: Vec<String>,
    ) -> Result<Admitted, Refusal> {
        let remembered = repeating::remember(&self.journal, &accepted, source).await;
        remembered.map_err(Refusal::Unwritable)?;
        Ok(Admitted::Deployment { accepted, ignored })
    }

    /// Admits boathook's own promotion to one of its environments. Every rule applies except those
    /// about the source, and, where an operator overrides that, the one about proof.
    pub async fn admit_own(
        &self,
        body: Vec<u8>,
        environment: Environment,
        overrides: bool,
    ) -> Result<Admitted, Refusal> {
        let delivery = Delivery { environment: Some(environment), ..Delivery::default() };
        let proof = if overrides { Proof::Given } else { Proof::Required };
        self.admit_with(&Verified::own(body, environment), delivery, proof).await
    }

    /// Whether policy admits a request that is not a repeat.
    async fn check(
        &self,
        policy: &Policy,
        request: &DeployRequest,
        promotion: bool,
        proof: Proof,
    ) -> Result<(), Refusal> {
        policy.check_allowed(request)?;
        self.check_manifests(policy, request).await?;
        // A promotion that is not due yet may be so after the freeze.
        if !promotion {
            policy.check_not_frozen()?;
        }
        policy.check_window(request, promotion, self.clock.now())?;
        if promotion || policy.require.proven.is_some() {
            self.check_not_withdrawn(request).await?;
        }
        if proof == Proof::Required {
            self.check_proven(policy, request).await?;
        }
        policy.check_not_frozen()
    }

    /// Whether there are manifests for a request that brings none.
    async fn check_manifests(
        &self,
        policy: &Policy,
        request: &DeployRequest,
    ) -> Result<(), Refusal> {
        if !policy.needs_earlier_manifests(request) {
            return Ok(());
        }
        let environment = policy.environment;
        let serves = self.journal.manifests_that_serve(environment, &request.service()).await;
        match serves.map_err(Refusal::Unwritable)?.filter(|source| source.bundle().is_some()) {
            Some(_) => Ok(()),
            None => Err(Refusal::NotAllowed {
                environment,
                what: "it takes manifests from requests alone (`allow.manifests: request`), and no earlier one of this service brought some; send `manifests`".to_owned(),
            }),
        }
    }

    /// Whether an image by digest was withdrawn, whoever vouches for it.
    async fn check_not_withdrawn(&self, request: &DeployRequest) -> Result<(), Refusal> {
        let Some(digest) = request.image.digest() else { return Ok(()) };
        match self.journal.withdrawal(digest).await.map_err(Refusal::Unwritable)? {
            None => Ok(()),
            Some(withdrawal) => Err(Refusal::NotAllowed {
                environment: request.environment,
                what: withdrawal.refusal(),
            }),
        }
    }

    /// Whether an image by digest is proven, with the bundle that it would
    /// be deployed with. The digest of a tag is known only after the pull.
    async fn check_proven(&self, policy: &Policy, request: &DeployRequest) -> Result<(), Refusal> {
        let (Some(requirement), Some(digest)) = (&policy.require.proven, request.image.digest())
        else {
            return Ok(());
        };
        let places = requirement.places.environments();
        let bundle = self.journal.bundle_for(request, policy.takes_bundles()).await;
        let bundle = bundle.map_err(Refusal::Unwritable)?;
        let record = self.journal.digest_record(digest, bundle.as_ref(), places).await;
        let now = self.clock.now();
        let judged = requirement.judge(&record.map_err(Refusal::Unwritable)?, now);
        let environment = policy.environment;
        let image = match &bundle {
            Some(bundle) => format!("{} with bundle {bundle}", request.image),
            None => request.image.to_string(),
        };
        judged.map_err(|why| match why {
            NotProven::NotYet(not_yet) => {
                let wait = not_yet.left(now);
                Refusal::NotYetProven { environment, image, not_yet: Box::new(not_yet), wait }
            }
            why => Refusal::NotProven { environment, image, why: Box::new(why) },
        })
    }

    fn policy(&self, environment: Environment) -> Result<&Policy, Refusal> {
        let what = "it has no config".to_owned();
        self.policies
            .iter()
            .find(|policy| policy.environment == environment)
            .ok_or(Refusal::NotAllowed { environment, what })
    }

    async fn repeat_of(
        &self,
        request: &DeployRequest,
        source: &RequestSource,
    ) -> Result<Option<Summary>, Refusal> {
        let Some(existing) =
            self.journal.find(&request.identity()).await.map_err(Refusal::Unwritable)?
        else {
            return Ok(None);
        };
        let known = self.journal.deployment(&existing.id).await.map_err(Refusal::Unwritable)?;
        match known {
            Some(known) if known.acceptance.is_repeated_by(request, source) => Ok(Some(existing)),
            Some(_) => Err(Refusal::Conflict(Box::new(existing))),
            None => Ok(None),
        }
    }

    /// The journal repeats this check when it accepts.
    fn check_unlocked(&self, request: &DeployRequest) -> Result<(), Refusal> {
        self.journal
            .lock_on(request.environment, &request.service())
            .map_or(Ok(()), |lock| Err(Refusal::Locked(lock)))
    }

    /// So is this one.
    fn check_not_held(&self, request: &DeployRequest) -> Result<(), Refusal> {
        let service = request.service();
        let held = self
            .journal
            .holds()
            .into_iter()
            .find(|hold| hold.is_of(request.environment, &service) && hold.refuses(request));
        held.map_or(Ok(()), |hold| Err(Refusal::Held(hold)))
    }
}

impl From<AcceptError> for Refusal {
    fn from(error: AcceptError) -> Self {
        match error {
            AcceptError::Conflict { existing } => Self::Conflict(existing),
            AcceptError::Older { newer, requested_at } => Self::Older { newer, requested_at },
            AcceptError::Locked(lock) => Self::Locked(lock),
            AcceptError::Held(hold) => Self::Held(hold),
            AcceptError::Withdrawn { environment, withdrawal } => {
                Self::NotAllowed { environment, what: withdrawal.refusal() }
            }
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
            message: format!(
                "`environment` is {body}, but the path names {path}; send both the same"
            ),
        }])),
        Some(_) | None => Ok(()),
    }
}

/// Everyone who may read a repository can copy what its deployments carry, and only the time ends the
/// use of a copy.
fn without_timestamp() -> Refusal {
    Refusal::Fields(vec![FieldProblem {
        field: "timestamp".to_owned(),
        message: "`timestamp` is needed in a deployment on GitHub; send the time at which it is \
                  signed"
            .to_owned(),
    }])
}

/// The name of a deployment whose sender gave it none.
fn digest_id(body: &[u8]) -> ExternalId {
    let text = format!("sha256:{}", hex::encode(Sha256::digest(body)));
    ExternalId::parse(&text).expect("71 printable characters are a deployment id")
}
