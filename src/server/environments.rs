//! `GET /v1/environments`: the graph of promotions, and what each environment asks of a request. The
//! dashboard's overview shows the same.

use actix_web::{HttpResponse, web::Data};
use boathook_core::{deployment::Environment, duration_text};
use serde::Serialize;

use crate::{
    intake::Policy,
    server::{ApiError, OperatorState},
};

/// One environment.
#[derive(Debug, Serialize)]
pub(super) struct Row<'a> {
    pub environment: Environment,
    pub aliases: &'a [Environment],
    pub enabled: bool,
    pub frozen: Option<&'a str>,
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
    /// The boathook that has it, if that is another one.
    pub url: Option<&'a str>,
}

/// All of them, in the order of promotion.
pub async fn list(operators: Data<OperatorState>) -> Result<HttpResponse, ApiError> {
    Ok(HttpResponse::Ok().json(rows(&operators.policies)))
}

pub(super) fn rows(policies: &[Policy]) -> Vec<Row<'_>> {
    policies.iter().map(row).collect()
}

fn row(policy: &Policy) -> Row<'_> {
    let promotes = policy.promotion.iter().map(|promotion| Target {
        to: promotion.to,
        when: promotion.when.name(),
        url: promotion.url.as_deref(),
    });
    Row {
        environment: policy.environment,
        aliases: &policy.aliases,
        enabled: policy.enabled,
        frozen: policy.frozen.as_deref(),
        promotes: promotes.collect(),
        requires: requires(policy),
    }
}

fn requires(policy: &Policy) -> Vec<String> {
    let require = &policy.require;
    let proven = require.proven.map(|proven| {
        format!("proven in {} within {}", proven.environment, duration_text::show(proven.within))
    });
    let needed = [
        (require.timestamp, "timestamp"),
        (require.deployment_id, "deployment_id"),
        (require.confirmation.is_some(), "confirmation"),
    ];
    let fields =
        needed.into_iter().filter(|(needed, _)| *needed).map(|(_, field)| field.to_owned());
    let approval = policy.approval.required.of_which();
    let approval = approval.map(|which| match policy.approval.approvers.count {
        1 => format!("approval of {which}"),
        several => format!("{several} approvals of {which}"),
    });
    let windows = (!policy.windows.is_empty()).then(|| "an open window".to_owned());
    proven.into_iter().chain(approval).chain(windows).chain(fields).collect()
}
