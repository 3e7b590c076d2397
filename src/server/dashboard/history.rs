//! `GET /dashboard/deployments`: every deployment on record, a page at a time, narrowed by a form.

use actix_web::{
    HttpResponse,
    web::{Data, Query},
};
use askama::Template;
use boathook_core::{
    deployment::{DeploymentId, Environment},
    record::{Status, UnknownStatus},
};
use serde::Deserialize;

use crate::{
    journal::{Filter, Summary},
    server::{
        ApiError, OperatorState,
        dashboard::{
            layout::{Frame, answer},
            parts::{CutImage as _, InWords as _},
        },
        environment, services,
    },
};

/// Deployments on one page.
const PAGE: u32 = 50;
/// Words that are looked for.
const WORDS_MAX: usize = 8;

/// The form's fields; an empty field matches everything.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct HistoryQuery {
    find: String,
    environment: String,
    status: String,
    before: String,
}

#[derive(Template)]
#[template(path = "dashboard/history.html")]
struct History {
    frame: Frame,
    found: Result<Found, String>,
    wanted: HistoryQuery,
    /// The environments to choose from.
    environments: Vec<Environment>,
}

struct Found {
    deployments: Vec<Summary>,
    /// Links to other parts of the list: query and name.
    pages: Vec<(String, &'static str)>,
}

/// A field of the form with a list of values.
struct Choice<'a> {
    name: &'static str,
    label: &'static str,
    values: Vec<&'a str>,
    chosen: &'a str,
}

/// The deployments that are wanted, newest first.
pub async fn history(
    wanted: Query<HistoryQuery>,
    operators: Data<OperatorState>,
) -> Result<HttpResponse, ApiError> {
    let (status, found) = match wanted.filter(&operators).await {
        Ok(filter) => {
            (HttpResponse::Ok(), Ok(wanted.found(operators.journal.list(&filter).await?)))
        }
        Err(problem) => (HttpResponse::BadRequest(), Err(problem)),
    };
    let frame = Frame {
        title: "Deployments".to_owned(),
        place: "/dashboard/deployments",
        announcement: String::new(),
        follows: None,
        read_at: operators.clock.now(),
    };
    let environments = environments(&operators).await?;
    Ok(answer(status, &History { frame, found, wanted: wanted.into_inner(), environments }))
}

/// All that are configured, in the order of promotion, and then those whose services are on record.
async fn environments(operators: &OperatorState) -> Result<Vec<Environment>, ApiError> {
    let mut all: Vec<Environment> = operators.environments().names().collect();
    for service in operators.journal.services(services::MAX).await? {
        if !all.contains(&service.newest.environment) {
            all.push(service.newest.environment);
        }
    }
    Ok(all)
}

impl HistoryQuery {
    async fn filter(&self, operators: &OperatorState) -> Result<Filter, String> {
        let Self { find, environment, status, before } = self;
        let problem = |error: ApiError| error.to_string();
        let unknown = |error: UnknownStatus| error.to_string();
        let environments = environment::listed(given(environment), operators);
        Ok(Filter {
            environments: environments.await.map_err(problem)?,
            status: given(status).map(str::parse).transpose().map_err(unknown)?,
            words: find.split_whitespace().take(WORDS_MAX).map(str::to_owned).collect(),
            before: Some(before)
                .filter(|id| !id.is_empty())
                .map(|id| DeploymentId::from_lookup(id)),
            limit: PAGE + 1,
            ..Filter::default()
        })
    }

    fn found(&self, mut deployments: Vec<Summary>) -> Found {
        let has_older = deployments.len() > PAGE as usize;
        deployments.truncate(PAGE as usize);
        let newest = (!self.before.is_empty()).then(|| (self.query(""), "Newest"));
        let last = deployments.last().filter(|_| has_older);
        let older = last.map(|last| (self.query(last.id.as_str()), "Older"));
        Found { pages: newest.into_iter().chain(older).collect(), deployments }
    }

    /// The same list from another place on.
    fn query(&self, before: &str) -> String {
        let Self { find, environment, status, before: _ } = self;
        let fields = [
            ("find", find.as_str()),
            ("environment", environment),
            ("status", status),
            ("before", before),
        ];
        let given = fields.into_iter().filter(|(_, value)| !value.is_empty());
        form_urlencoded::Serializer::new(String::new()).extend_pairs(given).finish()
    }

    /// Whether it matches some deployments only.
    fn is_narrowed(&self) -> bool {
        !self.query("").is_empty()
    }

    fn choices<'a>(&'a self, environments: &'a [Environment]) -> [Choice<'a>; 2] {
        [
            Choice {
                name: "environment",
                label: "Environment",
                values: environments.iter().map(Environment::name).collect(),
                chosen: &self.environment,
            },
            Choice {
                name: "status",
                label: "Status",
                values: Status::ALL.map(Status::name).to_vec(),
                chosen: &self.status,
            },
        ]
    }
}

/// What a field holds, if it is filled in.
fn given(field: &str) -> Option<&str> {
    Some(field.trim()).filter(|text| !text.is_empty())
}
