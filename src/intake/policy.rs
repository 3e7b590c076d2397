//! What one environment lets in. Everything that is not named is denied.

use crate::{
    deployment::{DeployRequest, Environment, Namespace, ServiceName, Strategy},
    intake::{FieldProblem, ImagePattern, Payload, Refusal},
};

/// The rules of one environment.
#[derive(Clone, Debug)]
pub struct Policy {
    /// The environment.
    pub environment: Environment,
    /// Whether it takes deployments at all.
    pub enabled: bool,
    /// Images that may be deployed.
    pub images: Vec<ImagePattern>,
    /// Whether a tag will do; else the image must be named by digest.
    pub tags: bool,
    /// Namespaces that may be deployed to.
    pub namespaces: Vec<Namespace>,
    /// Services that may be deployed.
    pub services: Vec<ServiceName>,
    /// Strategies that a sender may name.
    pub strategies: Vec<Strategy>,
    /// The strategy where the sender names none.
    pub default_strategy: Strategy,
    /// Whether a sender may bring stages of their own.
    pub traffic_split: bool,
    /// What must be in the body.
    pub require: Requirements,
}

/// Fields that an environment insists on.
#[derive(Clone, Debug, Default)]
pub struct Requirements {
    /// `timestamp`.
    pub timestamp: bool,
    /// `deployment_id`.
    pub deployment_id: bool,
    /// `confirmation` with this word, unless another environment's success sent the request.
    pub confirmation: Option<String>,
}

impl Policy {
    /// Whether the body has all that the environment insists on.
    pub fn check_required(&self, payload: &Payload) -> Result<(), Refusal> {
        let Requirements { timestamp, deployment_id, confirmation } = &self.require;
        let confirmed = payload.auto_promotion || confirmation.is_none() || *confirmation == payload.confirmation;
        let problems = [
            (*timestamp && payload.timestamp.is_none(), "timestamp", "send the time of the request in RFC 3339"),
            (*deployment_id && payload.deployment_id.is_none(), "deployment_id", "send an id that is new for each deployment"),
            (!confirmed, "confirmation", "send the word that its config asks for"),
        ];
        let environment = self.environment;
        let problem = |(_, field, what): (bool, &str, &str)| FieldProblem {
            field: field.to_owned(),
            message: format!("{environment} requires `{field}`: {what}"),
        };
        let problems = problems.into_iter().filter(|(missing, ..)| *missing).map(problem).collect::<Vec<_>>();
        if problems.is_empty() { Ok(()) } else { Err(Refusal::Fields(problems)) }
    }

    /// Whether the environment allows the request.
    pub fn check_allowed(&self, request: &DeployRequest) -> Result<(), Refusal> {
        let denial = self.denial(request);
        denial.map_or(Ok(()), |what| Err(Refusal::NotAllowed { environment: self.environment, what }))
    }

    fn denial(&self, request: &DeployRequest) -> Option<String> {
        let repository = request.image.repository();
        if !self.enabled {
            Some("it is not enabled; set `enabled: true` in its config".to_owned())
        } else if !self.images.iter().any(|pattern| pattern.matches(repository)) {
            Some(format!("image `{repository}` matches no pattern of `allow.images`"))
        } else if !self.tags && request.image.digest().is_none() {
            Some("images must be named by digest here; send `repository@sha256:...`".to_owned())
        } else if !self.namespaces.contains(&request.namespace) {
            Some(format!("namespace `{}` is not in `allow.namespaces`", request.namespace))
        } else if !self.services.contains(&request.service_name) {
            Some(format!("service_name `{}` is not in `allow.services`", request.service_name))
        } else if !self.strategies.contains(&request.strategy) {
            Some(format!("deployment_strategy `{}` is not among its strategies", request.strategy))
        } else if !self.traffic_split && !request.traffic_split.is_empty() {
            Some("senders may not bring a `traffic_split`; leave it out".to_owned())
        } else {
            None
        }
    }
}
