//! `GET /dashboard/audit`: the newest lines of the audit log, as in its files. `boathook audit
//! verify` proves whether they are complete.

use std::collections::HashMap;

use actix_web::{
    HttpResponse,
    web::{Data, Query},
};
use askama::Template;
use boathook_core::deployment::DeploymentId;
use serde::Deserialize;
use tokio::task::spawn_blocking;

use crate::{
    observers::audit::{LinesQuery, Newest, newest},
    server::{
        ApiError, OperatorState,
        dashboard::{
            audit_line::AuditLine,
            layout::{Frame, answer},
            parts::InWords as _,
        },
        operator,
    },
};

/// Lines on one page.
const LINES: usize = 200;

/// The form's fields; an empty field matches everything.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    deployment: String,
    /// Whether programs are wanted too: anything but nothing.
    programs: String,
    /// The number of the line that the page comes before.
    before: String,
}

#[derive(Template)]
#[template(path = "dashboard/audit.html")]
struct Audit {
    frame: Frame,
    asked: Asked,
    audit: Result<AuditLines, Unreadable>,
}

/// Lines as `audit_lines.html` shows them.
pub struct AuditLines {
    pub lines: Vec<AuditLine>,
    /// The number that earlier lines come before, if this page holds not all.
    pub older_than: Option<String>,
    /// Whether the command line has still earlier ones.
    pub has_older_files: bool,
}

/// The audit log cannot be read.
pub struct Unreadable;

pub async fn audit(
    asked: Query<Asked>,
    operators: Data<OperatorState>,
) -> Result<HttpResponse, ApiError> {
    let asked = asked.into_inner();
    let mut wanted = asked.wanted();
    if let Some(id) = &mut wanted.deployment {
        // The log has boathook's own ids, also of deployments that the journal has no more.
        if let Ok(own) = operator::named(id, &operators).await {
            *id = own.to_string();
        }
    }
    let page = Audit {
        audit: lines(&operators, wanted).await,
        frame: Frame {
            title: "Audit".to_owned(),
            place: "/dashboard/audit",
            announcement: String::new(),
            follows: asked.before.is_empty().then(|| "all".to_owned()),
            read_at: operators.clock.now(),
        },
        asked,
    };
    Ok(answer(HttpResponse::Ok(), &page))
}

/// The newest lines of one deployment, with its programs.
pub async fn of_deployment(
    operators: &OperatorState,
    id: &DeploymentId,
) -> Result<AuditLines, Unreadable> {
    let deployment = Some(id.to_string());
    lines(operators, LinesQuery { deployment, programs: true, before: None, limit: LINES }).await
}

async fn lines(operators: &OperatorState, wanted: LinesQuery) -> Result<AuditLines, Unreadable> {
    let folder = operators.audit.clone();
    let read = spawn_blocking(move || newest(&folder, &wanted)).await;
    let Ok(Ok(Newest { lines, has_older, has_older_files })) = read else { return Err(Unreadable) };
    let mut places = HashMap::new();
    for id in lines.iter().filter_map(|line| line.value["deployment"].as_str()) {
        if !places.contains_key(id) {
            let found = operators.journal.summary(&DeploymentId::from_lookup(id)).await;
            places.insert(id.to_owned(), found.map_err(|_| Unreadable)?);
        }
    }
    let lines: Vec<_> = lines.into_iter().map(|line| AuditLine::of(line, &places)).collect();
    let older_than = lines.last().filter(|_| has_older).map(|line| line.number.clone());
    Ok(AuditLines { older_than, lines, has_older_files })
}

impl Asked {
    fn wanted(&self) -> LinesQuery {
        LinesQuery {
            deployment: Some(self.deployment.trim().to_owned()).filter(|id| !id.is_empty()),
            programs: !self.programs.is_empty(),
            before: self.before.parse().ok(),
            limit: LINES,
        }
    }

    /// The same lines from another place on.
    fn query(&self, before: &str) -> String {
        let Self { deployment, programs, before: _ } = self;
        let fields =
            [("deployment", deployment.as_str()), ("programs", programs), ("before", before)];
        let given = fields.into_iter().filter(|(_, value)| !value.is_empty());
        form_urlencoded::Serializer::new(String::new()).extend_pairs(given).finish()
    }
}
