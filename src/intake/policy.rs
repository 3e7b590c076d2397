//! What one environment accepts. Everything that is not listed is denied.

use std::net::IpAddr;

use boathook_core::{
    deploy_windows::Outside,
    deployment::{
        ArtifactRef, DeployRequest, Environment, Environments, NamedEnvironment, ServiceKey,
    },
    record::Approvers,
};
use jiff::Timestamp;

use crate::{
    bundles::AcceptedManifests,
    config::{Allow, Approval, Approve, EnvironmentConfig, Pattern, Require},
    intake::{FieldProblem, Payload, Refusal, sent_manifests::BroughtBundle},
};

const NODE_ALONE: &str = "it takes manifests from the node alone; leave `manifests` out, or ask its operator for `allow.manifests: both`";

/// The rules of one environment.
#[derive(Clone, Debug)]
pub struct Policy {
    pub environment: Environment,
    pub config: EnvironmentConfig,
}

impl Policy {
    /// The rules that an environment's config sets.
    #[must_use]
    pub fn of(environment: Environment, config: &EnvironmentConfig) -> Self {
        Self { environment, config: config.clone() }
    }

    /// Whether a token can stand in for a signature.
    pub(super) fn takes_tokens_alone(&self) -> bool {
        self.config.identity.iter().any(|rule| rule.instead_of_hmac)
    }

    /// The environments that these are the rules of, in the same order.
    #[must_use]
    pub fn environments(all: &[Self]) -> Environments {
        let named = |policy: &Self| NamedEnvironment {
            name: policy.environment,
            aliases: policy.config.aliases.clone(),
        };
        Environments::new(all.iter().map(named).collect())
    }

    /// Whether the body has everything that the environment requires; a promotion needs no
    /// confirmation.
    pub(crate) fn check_required(&self, payload: &Payload, promotion: bool) -> Result<(), Refusal> {
        let Require { timestamp, deployment_id, confirmation, proven: _ } = &self.config.require;
        let confirmed =
            promotion || confirmation.is_none() || *confirmation == payload.confirmation;
        let problems = [
            (
                *timestamp && payload.timestamp.is_none(),
                "timestamp",
                "send the time of the request in RFC 3339",
            ),
            (
                *deployment_id && payload.deployment_id.is_none(),
                "deployment_id",
                "send an id that is new for each deployment",
            ),
            (!confirmed, "confirmation", "send the word that its config asks for"),
        ];
        let environment = self.environment;
        let problem = |(_, field, what): (bool, &str, &str)| FieldProblem {
            field: field.to_owned(),
            message: format!("{environment} requires `{field}`: {what}"),
        };
        let problems =
            problems.into_iter().filter(|(missing, ..)| *missing).map(problem).collect::<Vec<_>>();
        if problems.is_empty() { Ok(()) } else { Err(Refusal::Fields(problems)) }
    }

    /// Whether the environment allows the request.
    pub fn check_allowed(&self, request: &DeployRequest) -> Result<(), Refusal> {
        let environment = self.environment;
        let denial = self.denial(request);
        denial.map_or(Ok(()), |what| Err(Refusal::NotAllowed { environment, what }))
    }

    /// Whether a bundle may be kept: its Secrets would be, too.
    pub(super) fn check_secrets(&self, brought: Option<&BroughtBundle>) -> Result<(), Refusal> {
        let holds = brought.and_then(|brought| brought.secret.as_deref());
        let environment = self.environment;
        holds.filter(|_| !self.config.allow.secrets).map_or(Ok(()), |path| {
            let what = format!(
                "`{}` in its manifests holds the values of a Secret, and `allow.secrets` is false; take it out, and create the Secret in the cluster",
                path.escape_default()
            );
            Err(Refusal::NotAllowed { environment, what })
        })
    }

    /// Whether manifests may be fetched from there.
    pub(super) fn check_artifact(&self, artifact: &ArtifactRef) -> Result<(), Refusal> {
        let environment = self.environment;
        let listed = &self.config.allow.manifest_images;
        let what = if !self.takes_bundles() {
            NODE_ALONE.to_owned()
        } else if !listed.iter().any(|pattern| pattern.matches_repository(artifact.image())) {
            format!(
                "manifests `{}` match no pattern of `allow.manifest_images`",
                artifact.image().repository()
            )
        } else {
            return Ok(());
        };
        Err(Refusal::NotAllowed { environment, what })
    }

    /// Whether requests may bring manifests.
    #[must_use]
    pub fn takes_bundles(&self) -> bool {
        self.config.allow.manifests != AcceptedManifests::Node
    }

    /// Whether a request without manifests needs those of an earlier one.
    pub(crate) fn needs_earlier_manifests(&self, request: &DeployRequest) -> bool {
        self.config.allow.manifests == AcceptedManifests::Request && request.manifests.is_none()
    }

    /// Whether the environment takes anything now.
    pub fn check_not_frozen(&self) -> Result<(), Refusal> {
        let environment = self.environment;
        let reason = self.config.frozen.clone();
        reason.map_or(Ok(()), |reason| Err(Refusal::Frozen { environment, reason }))
    }

    /// Whether the request may begin now, or may wait until it may. A promotion always waits.
    pub(crate) fn check_window(
        &self,
        request: &DeployRequest,
        promotion: bool,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        let refuses = self.config.windows.outside == Outside::Refuse && !promotion;
        match self.config.windows.opens_for(request, now).filter(|_| refuses) {
            None => Ok(()),
            Some(opens_at) => Err(Refusal::WindowClosed {
                environment: self.environment,
                opens_at,
                wait: opens_at.duration_since(now).unsigned_abs(),
            }),
        }
    }

    /// Whether requests may come from there. An unknown address is not listed.
    pub(crate) fn check_source(&self, client: Option<IpAddr>) -> Result<(), Refusal> {
        let sources = &self.config.allow.sources;
        let listed =
            client.is_some_and(|client| sources.iter().any(|network| network.contains(client)));
        if listed || sources.is_empty() {
            return Ok(());
        }
        let address = client
            .map_or_else(|| "an address that is not known".to_owned(), |client| client.to_string());
        Err(Refusal::NotAllowed {
            environment: self.environment,
            what: format!("it came from {address}, which is not in `allow.sources`"),
        })
    }

    /// The approval deadline of a request that arrives `now`, to the second, and whose approvals it
    /// needs; none if it needs no approval.
    #[must_use]
    pub fn needs_approval(
        &self,
        request: &DeployRequest,
        now: Timestamp,
    ) -> Option<(Timestamp, Approvers)> {
        let Approval { required, approvers, expires } = &self.config.approval;
        let required = match required {
            Approve::Never => false,
            Approve::Always => true,
            Approve::Promotions => request.auto_promotion,
        };
        let until = now.saturating_add(*expires).unwrap_or(Timestamp::MAX);
        let until = Timestamp::from_second(until.as_second()).unwrap_or(until);
        (required || request.approval).then(|| (until, approvers.clone()))
    }

    /// Whether requests for the service can be allowed at all.
    #[must_use]
    pub fn names(&self, service: &ServiceKey) -> bool {
        Pattern::any(&self.config.allow.namespaces, service.namespace.as_str())
            && Pattern::any(&self.config.allow.services, service.service.as_str())
    }

    fn denial(&self, request: &DeployRequest) -> Option<String> {
        let Allow {
            images,
            namespaces,
            services,
            tags,
            triggered_by,
            sources: _,
            out_of_order: _,
            after_rollback: _,
            remote_bases: _,
            manifests,
            manifest_images: _,
            kinds: _,
            object_names: _,
            secrets: _,
        } = &self.config.allow;
        let repository = request.image.repository();
        let trigger = request.triggered_by.as_deref();
        if !self.config.enabled {
            Some("it is not enabled; set `enabled: true` in its config".to_owned())
        } else if !images.iter().any(|pattern| pattern.matches_repository(&request.image)) {
            Some(format!("image `{repository}` matches no pattern of `allow.images`"))
        } else if !tags && request.image.digest().is_none() {
            Some("images must be named by digest here; send `repository@sha256:...`".to_owned())
        } else if !Pattern::any(namespaces, request.namespace.as_str()) {
            Some(format!("namespace `{}` is not in `allow.namespaces`", request.namespace))
        } else if !Pattern::any(services, request.service_name.as_str()) {
            Some(format!("service_name `{}` is not in `allow.services`", request.service_name))
        } else if !triggered_by.is_empty()
            && !trigger.is_some_and(|trigger| Pattern::any(triggered_by, trigger))
        {
            Some(match trigger {
                Some(trigger) => {
                    format!("triggered_by `{trigger}` matches no pattern of `allow.triggered_by`")
                }
                None => "it must say who set it off; send `triggered_by`".to_owned(),
            })
        } else if !self.config.strategy.allowed.contains(&request.strategy) {
            Some(format!("deployment_strategy `{}` is not among its strategies", request.strategy))
        } else if !request.traffic_split.is_empty()
            && !self.config.of_service(&request.service()).traffic.accept_split
        {
            Some("senders may not bring a `traffic_split`; leave it out".to_owned())
        } else if request.manifests.is_some() && *manifests == AcceptedManifests::Node {
            Some(NODE_ALONE.to_owned())
        } else {
            None
        }
    }
}
