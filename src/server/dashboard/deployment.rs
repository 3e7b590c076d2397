//! `GET /dashboard/deployments/{id}`: everything that is recorded of one deployment.

use actix_web::{
    HttpResponse,
    web::{Data, Path},
};
use askama::Template;
use boathook_core::record::Origin;
use jiff::Timestamp;

use crate::{
    journal::{DeploymentDetail, DeploymentView, FactValue, StepActivity, StepView, status_words},
    server::{
        ApiError, OperatorState,
        dashboard::{
            audit::{self, AuditLines, Unreadable},
            chart::Chart,
            layout::{Frame, answer},
            parts::{Cut, CutImage as _, InWords as _, Part, traffic},
            programs::Typed as _,
            standing::{Hold, Standing},
        },
        operator, show,
    },
};

#[derive(Template)]
#[template(path = "dashboard/deployment.html")]
struct DeploymentPage<'a> {
    frame: Frame,
    detail: &'a DeploymentDetail,
    standing: Option<Standing>,
    shares: Vec<Part>,
    steps: Vec<Step<'a>>,
    chart: Option<Chart<'a>>,
    audit: Result<AuditLines, Unreadable>,
}

/// One step with what it did.
struct Step<'a> {
    id: String,
    view: &'a StepView,
    activity: &'a StepActivity,
    hold: Option<Hold>,
}

/// The deployment that the path names, as `GET /v1/deployments/{id}` takes it.
pub async fn deployment(
    id: Path<String>,
    operators: Data<OperatorState>,
) -> Result<HttpResponse, ApiError> {
    let id = operator::named(&id, &operators).await?;
    let records = operators.journal.records(&id, 0).await?;
    let mut detail = DeploymentDetail::of(&records)?.ok_or(ApiError::NotFound)?;
    show::hold_up(&mut detail.history, operators.journal.held_up(&id));
    let audit = audit::lines(&operators, Some(id.as_str())).await;
    let now = operators.clock.now();
    let view = &detail.history;
    let page = DeploymentPage {
        frame: Frame {
            title: format!("{}: {}", view.status.words(), view.place()),
            place: "/dashboard/deployments",
            news: news(view),
            follows: view.ended_at.is_none().then(|| id.to_string()),
            read_at: now,
        },
        standing: Standing::of(view, now),
        shares: traffic(&view.serving, view.candidate.as_ref()),
        steps: steps(&detail, now),
        chart: Chart::of(&detail),
        audit,
        detail: &detail,
    };
    Ok(answer(HttpResponse::Ok(), &page))
}

impl Step<'_> {
    fn title(&self) -> Cut {
        Cut::title(&self.view.title)
    }
}

fn steps(detail: &DeploymentDetail, now: Timestamp) -> Vec<Step<'_>> {
    let DeploymentDetail { history, steps, .. } = detail;
    let step = |(place, (view, activity))| Step {
        id: format!("step-{place}"),
        view,
        activity,
        hold: Hold::of(view, history.paused, now),
    };
    history.steps.iter().zip(steps).enumerate().map(step).collect()
}

/// What is read aloud: the status, and the last step that began.
fn news(view: &DeploymentView) -> String {
    let step = view.steps.iter().rfind(|step| step.began_at.is_some());
    let step = step.map(|step| format!(", {}", step.title)).unwrap_or_default();
    status_words(view.status, view.paused) + &step
}
