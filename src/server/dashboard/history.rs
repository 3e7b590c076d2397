//! `GET /dashboard/deployments`: every deployment on record, a page at a time, narrowed by a form.

use actix_web::{
    HttpResponse,
    web::{Data, Query},
};
use boathook_core::deployment::{DeploymentId, Environment, ExternalId, Namespace, ServiceName};
use serde::Deserialize;

use crate::{
    journal::{Filter, Status, Summary},
    server::{
        ApiError, OperatorState,
        dashboard::{
            layout::{Follows, Page},
            parts::section,
            rows,
        },
        html::Escaped,
    },
};

/// Deployments on one page.
const PAGE: u32 = 50;

/// The form's fields; an empty field matches everything.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Wanted {
    environment: String,
    namespace: String,
    service: String,
    deployment_id: String,
    status: String,
    before: String,
}

/// The deployments that are wanted, newest first.
pub async fn history(
    wanted: Query<Wanted>,
    operators: Data<OperatorState>,
) -> Result<HttpResponse, ApiError> {
    let (answer, found) = match wanted.filter() {
        Ok(filter) => (HttpResponse::Ok(), wanted.found(operators.journal.list(&filter).await?)),
        Err(problem) => (
            HttpResponse::BadRequest(),
            format!("<p class=\"problem\" role=\"alert\">{}</p>\n", Escaped(&problem)),
        ),
    };
    let page = Page {
        title: "Deployments",
        place: "/dashboard/deployments",
        news: "",
        follows: Follows::Nothing,
        read_at: operators.clock.now(),
    };
    let content = wanted.form() + &section("found", "On record", &found);
    Ok(page.answer(answer, &format!("<h1>Deployments</h1>\n{content}")))
}

impl Wanted {
    fn filter(&self) -> Result<Filter, String> {
        let Self { environment, namespace, service, deployment_id, status, before } = self;
        Ok(Filter {
            environment: given(environment, str::parse::<Environment>)?,
            namespace: given(namespace, Namespace::parse)?,
            service: given(service, ServiceName::parse)?,
            deployment_id: given(deployment_id, ExternalId::parse)?,
            status: given(status, str::parse::<Status>)?,
            before: Some(before)
                .filter(|id| !id.is_empty())
                .map(|id| DeploymentId::from_lookup(id)),
            limit: PAGE + 1,
        })
    }

    fn found(&self, mut deployments: Vec<Summary>) -> String {
        let has_older = deployments.len() > PAGE as usize;
        deployments.truncate(PAGE as usize);
        if deployments.is_empty() {
            return "<p class=\"empty\">There is none like that.</p>\n".to_owned();
        }
        let newest = if self.before.is_empty() { String::new() } else { self.link("", "Newest") };
        let older = deployments
            .last()
            .filter(|_| has_older)
            .map(|last| self.link(last.id.as_str(), "Older"))
            .unwrap_or_default();
        format!(
            "{}<nav class=\"pages\" aria-label=\"Pages\">{newest}{older}</nav>\n",
            rows::deployments("Deployments, newest first", &deployments)
        )
    }

    /// The same list from another place on.
    fn link(&self, before: &str, name: &str) -> String {
        let Self { environment, namespace, service, deployment_id, status, before: _ } = self;
        let fields = [
            ("environment", environment.as_str()),
            ("namespace", namespace),
            ("service", service),
            ("deployment_id", deployment_id),
            ("status", status),
            ("before", before),
        ];
        let given = fields.into_iter().filter(|(_, value)| !value.is_empty());
        let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(given).finish();
        format!("<a href=\"/dashboard/deployments?{}\">{name}</a>", Escaped(&query))
    }

    fn form(&self) -> String {
        let environments = Environment::ALL.map(Environment::name);
        let statuses = Status::ALL.map(Status::name);
        format!(
            "<form method=\"get\" action=\"/dashboard/deployments\" role=\"search\" aria-label=\"Narrow the list\">\n{}{}{}{}{}\
             <button type=\"submit\">Show</button>\n</form>\n",
            choice("environment", "Environment", &environments, &self.environment),
            choice("status", "Status", &statuses, &self.status),
            text("namespace", "Namespace", &self.namespace),
            text("service", "Service", &self.service),
            text("deployment_id", "Sender's id", &self.deployment_id),
        )
    }
}

/// A filled-in field, as its parsed value.
fn given<T, E: std::fmt::Display>(
    field: &str,
    parse: impl Fn(&str) -> Result<T, E>,
) -> Result<Option<T>, String> {
    let field = field.trim();
    if field.is_empty() {
        Ok(None)
    } else {
        parse(field).map(Some).map_err(|error| error.to_string())
    }
}

fn choice(name: &str, label: &str, values: &[&str], chosen: &str) -> String {
    let option = |value: &&str| {
        let selected = if *value == chosen { " selected" } else { "" };
        format!("<option value=\"{value}\"{selected}>{}</option>", value.replace('_', " "))
    };
    let options = values.iter().map(option).collect::<String>();
    format!(
        "<label>{label} <select name=\"{name}\"><option value=\"\">any</option>{options}</select></label>\n"
    )
}

fn text(name: &str, label: &str, value: &str) -> String {
    format!(
        "<label>{label} <input type=\"text\" name=\"{name}\" value=\"{}\" maxlength=\"200\"></label>\n",
        Escaped(value)
    )
}
