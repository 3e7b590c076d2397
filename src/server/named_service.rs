//! The service that an operator's order names, where it was ever deployed.

use boathook_core::deployment::{Environment, Namespace, ServiceKey, ServiceName};
use serde::Deserialize;

use crate::{
    journal::{Filter, Summary},
    server::{ApiError, OperatorState, environment},
};

/// Deployments that are looked through for the service's namespace and environment.
const SEARCHED_MAX: u32 = 500;

/// A service, as far as an operator says which.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NamedService {
    pub(super) service: ServiceName,
    pub(super) namespace: Option<Namespace>,
    /// By its name or an alias.
    pub(super) environment: Option<String>,
    /// Why the operator asks.
    pub(super) note: Option<String>,
}

impl NamedService {
    /// The one service of that name that was ever deployed, where namespace and environment leave
    /// only one.
    pub(super) async fn place(
        self,
        operators: &OperatorState,
    ) -> Result<(Environment, ServiceKey), ApiError> {
        let Self { service, namespace, environment, note: _ } = self;
        let environments = environment::listed(environment.as_deref(), operators).await?;
        let filter = Filter {
            service: Some(service.clone()),
            namespace,
            environments: environments.clone(),
            limit: SEARCHED_MAX,
            ..Filter::default()
        };
        let deployments = operators.journal.list(&filter).await?;
        let deployments = environment::first(deployments, &environments, |one| one.environment);
        let key = |summary: &Summary| ServiceKey {
            namespace: summary.namespace.clone(),
            service: summary.service.clone(),
        };
        let place = |summary: &Summary| (summary.environment, key(summary));
        let mut places: Vec<_> = deployments.iter().map(place).collect();
        places.sort_by_key(|(environment, service)| (*environment, service.to_string()));
        places.dedup();
        match places.as_slice() {
            [] => Err(ApiError::Unknown(format!(
                "there is no record of a service {service} there; boathook list shows what was deployed where"
            ))),
            [place] => Ok(place.clone()),
            several => {
                let words = several
                    .iter()
                    .map(|(environment, service)| format!("{service} in {environment}"))
                    .collect::<Vec<_>>();
                Err(ApiError::Impossible(format!(
                    "more than one service is called {service}: {}; name one with --environment and --namespace",
                    words.join(", ")
                )))
            }
        }
    }
}
