//! `GET /v1/environments`: the graph of promotions, what each environment asks of a request, and
//! what serves each service where and is on its way. A page of the dashboard shows the same.

use actix_web::{HttpResponse, web::Data};
use boathook_core::{
    deploy_windows::{EnvironmentState, Obstacles, Outlook},
    deployment::Environment,
    duration_text,
    record::Lock,
};
use serde::Serialize;

use crate::{
    intake::Policy,
    journal::{Pipeline, Way},
    server::{ApiError, OperatorState, deploy_windows, pipelines},
};

/// The environments in the order of promotion, and every service through them.
#[derive(Debug, Serialize)]
pub(super) struct Graph<'a> {
    pub environments: Vec<Row<'a>>,
    pub pipelines: Vec<Pipeline>,
    /// How they are connected.
    #[serde(skip)]
    pub ways: Vec<Way>,
}

/// One environment.
#[derive(Debug, Serialize)]
pub(super) struct Row<'a> {
    pub environment: Environment,
    pub aliases: &'a [Environment],
    pub enabled: bool,
    pub frozen: Option<&'a str>,
    /// Why the whole of it is locked.
    pub locked: Option<String>,
    /// Whether deployments may begin now, and when that changes; none without windows.
    pub windows: Option<Outlook>,
    /// Where its successes are promoted to.
    pub promotes: Vec<Target<'a>>,
    /// What a request must bring, and what it waits for.
    pub requires: Vec<String>,
}

/// Where a success is promoted to, and how.
#[derive(Debug, Serialize)]
pub(super) struct Target<'a> {
    pub to: Environment,
    /// `automatic`, `approval` or `never`.
    pub when: &'static str,
    /// How long a digest must have served before it is sent; none if it is sent at once.
    pub soak: Option<String>,
    /// The wave that it is in, from 1; none if all go at once.
    pub wave: Option<usize>,
    /// The boathook that has it, if that is another one.
    pub url: Option<&'a str>,
}

pub async fn list(operators: Data<OperatorState>) -> Result<HttpResponse, ApiError> {
    Ok(HttpResponse::Ok().json(Graph::read(&operators).await?))
}

impl<'a> Graph<'a> {
    /// From the configuration and the journal.
    pub(super) async fn read(operators: &'a OperatorState) -> Result<Self, ApiError> {
        let locks = operators.journal.locks();
        let mut outlooks = deploy_windows::outlooks(operators);
        let mut environments: Vec<_> = operators.policies.iter().map(row).collect();
        for row in &mut environments {
            let is_whole =
                |lock: &Lock| lock.environment == row.environment && lock.service.is_none();
            let lock = locks.iter().find(|lock| is_whole(lock));
            row.locked = lock.map(|lock| lock.reason.clone());
            let place = outlooks.iter().position(|one| one.environment == row.environment);
            let outlook = place.map(|place| outlooks.swap_remove(place).outlook);
            row.windows = outlook.filter(|outlook| outlook.until.is_some() || !outlook.is_open);
        }
        let ways = pipelines::ways(&operators.policies);
        Ok(Self { environments, pipelines: pipelines::read(operators, &ways).await?, ways })
    }
}

impl Row<'_> {
    /// Whether deployments may begin there, or what stops them.
    pub(super) fn state(&self) -> EnvironmentState<'_> {
        EnvironmentState::of(Obstacles {
            enabled: self.enabled,
            frozen: self.frozen,
            locked: self.locked.as_deref(),
            windows: self.windows.as_ref(),
        })
    }
}

fn row(policy: &Policy) -> Row<'_> {
    let promotes = policy.config.promotion.iter().map(|promotion| Target {
        to: promotion.to,
        when: promotion.when.name(),
        soak: (!promotion.soak.is_zero()).then(|| duration_text::show(promotion.soak)),
        wave: policy.config.waves.number(promotion.to),
        url: promotion.url.as_deref(),
    });
    Row {
        environment: policy.environment,
        aliases: &policy.config.aliases,
        enabled: policy.config.enabled,
        frozen: policy.config.frozen.as_deref(),
        locked: None,
        windows: None,
        promotes: promotes.collect(),
        requires: requires(policy),
    }
}

fn requires(policy: &Policy) -> Vec<String> {
    let require = &policy.config.require;
    let proven = require.proven.as_ref().map(ToString::to_string);
    let needed = [
        (require.timestamp, "timestamp"),
        (require.deployment_id, "deployment_id"),
        (require.confirmation.is_some(), "confirmation"),
    ];
    let fields =
        needed.into_iter().filter(|(needed, _)| *needed).map(|(_, field)| field.to_owned());
    let approval = policy.config.approval.required.of_which();
    let approval = approval.map(|which| match policy.config.approval.approvers.count {
        1 => format!("approval of {which}"),
        several => format!("{several} approvals of {which}"),
    });
    let windows = (!policy.config.windows.is_empty()).then(|| "an open window".to_owned());
    proven.into_iter().chain(approval).chain(windows).chain(fields).collect()
}
