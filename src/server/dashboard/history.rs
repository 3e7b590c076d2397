//! `GET /dashboard/deployments`: every deployment on record, a page at a time, narrowed by a form.

use std::{fmt::Display, str::FromStr};

use actix_web::{
    HttpResponse,
    web::{Data, Query},
};
use askama::Template;
use boathook_core::{
    deployment::{DeploymentId, Environment},
    record::Status,
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
    },
};

/// Deployments on one page.
const PAGE: u32 = 50;
/// Words that are looked for.
const WORDS_MAX: usize = 8;

/// The form's fields; an empty field matches everything.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Wanted {
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
    wanted: Wanted,
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
    values: Vec<&'static str>,
    chosen: &'a str,
}

/// The deployments that are wanted, newest first.
pub async fn history(
    wanted: Query<Wanted>,
    operators: Data<OperatorState>,
) -> Result<HttpResponse, ApiError> {
    let (status, found) = match wanted.filter() {
        Ok(filter) => {
            (HttpResponse::Ok(), Ok(wanted.found(operators.journal.list(&filter).await?)))
        }
        Err(problem) => (HttpResponse::BadRequest(), Err(problem)),
    };
    let frame = Frame {
        title: "Deployments".to_owned(),
        place: "/dashboard/deployments",
        news: String::new(),
        follows: None,
        read_at: operators.clock.now(),
    };
    Ok(answer(status, &History { frame, found, wanted: wanted.into_inner() }))
}

impl Wanted {
    fn filter(&self) -> Result<Filter, String> {
        let Self { find, environment, status, before } = self;
        Ok(Filter {
            environment: given::<Environment>(environment)?,
            status: given::<Status>(status)?,
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

    fn choices(&self) -> [Choice<'_>; 2] {
        [
            Choice {
                name: "environment",
                label: "Environment",
                values: Environment::ALL.map(Environment::name).to_vec(),
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

/// A filled-in field, as its parsed value.
fn given<T: FromStr<Err: Display>>(field: &str) -> Result<Option<T>, String> {
    match field.trim() {
        "" => Ok(None),
        field => field.parse().map(Some).map_err(|error: T::Err| error.to_string()),
    }
}
