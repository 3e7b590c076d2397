//! `POST /v1/logs`, on the Unix socket: an operator reads the log of an application. It is a POST
//! because it runs a program, and because what an application logs is not for every user of the
//! machine, who may read what the loopback listener shows.

use actix_web::{
    HttpRequest, HttpResponse,
    web::{Data, Payload},
};
use boathook_core::{
    deployment::{Environment, LogReading, LogRequest, Namespace, Role, ServiceKey, ServiceName},
    record::Status,
};
use serde::Deserialize;
use tracing::info;

use crate::{
    journal::{DeploymentView, ServiceView},
    server::{
        ApiError, OperatorState, environment, log_lines::LogLines, operator, order, peer, services,
        show,
    },
};

/// Lines of each pod, unless the order says how many; and at most.
const TAIL: u32 = 100;
const TAIL_MAX: u32 = 10_000;
/// Characters that the name of a container may have, as Kubernetes has it.
const CONTAINER_MAX: usize = 63;

#[derive(Debug, Deserialize)]
struct Body {
    /// A deployment by either of its ids, or a service.
    of: String,
    #[serde(default)]
    environment: Option<String>,
    #[serde(default)]
    namespace: Option<Namespace>,
    /// Which revision; otherwise the candidate where there is one.
    #[serde(default)]
    role: Option<Role>,
    #[serde(default)]
    container: Option<String>,
    #[serde(default)]
    tail: Option<u32>,
    #[serde(default)]
    follow: bool,
}

/// Streams the lines.
pub async fn logs(
    request: HttpRequest,
    payload: Payload,
    operators: Data<OperatorState>,
) -> Result<HttpResponse, ApiError> {
    let body: Body = order::read(&request, payload).await?;
    let by = peer::user(&request)?;
    operators.check_open()?;
    let reading = body.reading()?;
    let request = body.request(reading, &operators).await?;
    let LogRequest { environment, service, revision, .. } = &request;
    info!(deployment.environment = %environment, by, "Reads the log of {revision} of {service}");
    Ok(HttpResponse::Ok()
        .content_type("application/x-ndjson")
        .streaming(LogLines::read(request, &operators).frames()))
}

impl Body {
    fn reading(&self) -> Result<LogReading, ApiError> {
        let Self { container, tail, follow, .. } = self;
        let is_name = |name: &String| {
            name.len() <= CONTAINER_MAX
                && name.starts_with(|c: char| c.is_ascii_alphanumeric())
                && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
        };
        if !container.iter().all(is_name) {
            return Err(ApiError::Malformed("`container` is not the name of one".to_owned()));
        }
        let tail = tail.unwrap_or(TAIL);
        if tail > TAIL_MAX {
            return Err(ApiError::Malformed(format!("`tail` is at most {TAIL_MAX}")));
        }
        Ok(LogReading { container: container.clone(), tail, follow: *follow })
    }

    async fn request(
        &self,
        reading: LogReading,
        operators: &OperatorState,
    ) -> Result<LogRequest, ApiError> {
        let environments = environment::listed(self.environment.as_deref(), operators).await?;
        let namespace = self.namespace.as_ref();
        let named = operator::named_in(&self.of, &environments, namespace, operators).await;
        let unnamed = match named {
            Ok(id) => {
                let view = show::view(&operators.journal, &id).await?;
                return self.of_deployment(&view.ok_or(ApiError::NotFound)?, reading);
            }
            // A service may have the name that senders gave their requests.
            Err(unnamed @ (ApiError::Unknown(_) | ApiError::Ambiguous { .. })) => unnamed,
            Err(other) => return Err(other),
        };
        let mut found = services::read(operators).await?;
        found.retain(|view| self.means(view, &environments));
        match environment::first(found, &environments, |view| view.environment).as_slice() {
            [] if matches!(unnamed, ApiError::Ambiguous { .. }) => Err(unnamed),
            [] => Err(ApiError::Unknown(format!(
                "there is no deployment and no service `{}` there; boathook list and boathook \
                 status show those that are known",
                self.of.escape_debug()
            ))),
            [view] => self.of_service(view, reading),
            [_, ..] => Err(ApiError::Impossible(format!(
                "more than one service is called {}: name one with --environment and --namespace",
                self.of.escape_debug()
            ))),
        }
    }

    fn means(&self, view: &ServiceView, wanted: &[Environment]) -> bool {
        let ServiceView { environment, namespace, service, .. } = view;
        (service.as_str() == self.of || format!("{namespace}/{service}") == self.of)
            && (wanted.is_empty() || wanted.contains(environment))
            && self.namespace.as_ref().is_none_or(|wanted| wanted == namespace)
    }

    /// The candidate of a deployment, unless its stable revision is wanted.
    fn of_deployment(
        &self,
        view: &DeploymentView,
        reading: LogReading,
    ) -> Result<LogRequest, ApiError> {
        let role = self.role.unwrap_or(Role::Candidate);
        let revision = match role {
            Role::Candidate => &view.candidate,
            Role::Stable => &view.stable,
        };
        let service =
            ServiceKey { namespace: view.namespace.clone(), service: view.service_name.clone() };
        let none = || {
            let other = match (role, view.status) {
                (Role::Candidate, Status::Ended(_)) => "",
                (Role::Candidate, _) => " yet; --stable shows the one that serves",
                (Role::Stable, _) => "",
            };
            ApiError::Impossible(format!("it has no {} revision{other}", role.name()))
        };
        let revision = revision.clone().ok_or_else(none)?;
        Ok(LogRequest { environment: view.environment, service, revision, reading })
    }

    /// The candidate of the rollout under way; without one, what serves.
    fn of_service(&self, view: &ServiceView, reading: LogReading) -> Result<LogRequest, ApiError> {
        let ServiceView { environment, namespace, service, serving, candidate, .. } = view;
        let stable = serving.iter().find(|one| !one.is_candidate).map(|one| &one.revision);
        let found = match self.role {
            Some(Role::Candidate) => candidate.as_ref(),
            Some(Role::Stable) => stable,
            None => candidate.as_ref().or(stable),
        };
        let role = self.role.map_or(String::new(), |role| format!("{} ", role.name()));
        let none = || {
            ApiError::Impossible(format!(
                "no {role}revision of {namespace}/{service} in {environment} is on record now; \
                 boathook status shows what serves"
            ))
        };
        let revision = found.ok_or_else(none)?.clone();
        let service =
            ServiceKey { namespace: namespace.clone(), service: ServiceName::clone(service) };
        Ok(LogRequest { environment: *environment, service, revision, reading })
    }
}
