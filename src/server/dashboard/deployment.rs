//! `GET /dashboard/deployments/{id}`: everything that is recorded of one deployment.

use actix_web::{
    HttpResponse,
    web::{Data, Path},
};
use askama::Template;
use boathook_core::{record::Origin, state::PromotionState};

use crate::{
    journal::{DeploymentDetail, DeploymentView, FactValue, StepActivity},
    server::{
        ApiError, OperatorState,
        dashboard::{
            audit::{self, AuditLines, Unreadable},
            chart::Chart,
            layout::{Frame, answer},
            object_shown::ObjectShown,
            parts::{CutImage as _, InWords as _, Part, traffic},
            programs::Typed as _,
            promotion_links::PromotionLinks,
            standing::{Hold, Standing},
            step_shown::{StepShown, announcement},
            trend::Trend,
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
    links: PromotionLinks,
    /// Each with what it did.
    steps: Vec<(StepShown<'a>, &'a StepActivity)>,
    changing: Vec<ObjectShown<'a>>,
    unchanged: Vec<&'a str>,
    trend: Option<Trend>,
    chart: Option<Chart<'a>>,
    audit: Result<AuditLines, Unreadable>,
}

/// The deployment that the path names, as `GET /v1/deployments/{id}` takes it.
pub async fn deployment(
    id: Path<String>,
    operators: Data<OperatorState>,
) -> Result<HttpResponse, ApiError> {
    let id = operator::named(&id, &operators).await?;
    let records = operators.journal.records(&id, 0).await?;
    let mut detail = DeploymentDetail::of(&records)?.ok_or(ApiError::NotFound)?;
    detail.history.approvers = show::approvers(&records);
    show::note_hold(&mut detail.history, &operators.journal);
    show::hold_up(&mut detail.history, operators.journal.held_up(&id));
    let audit = audit::of_deployment(&operators, &id).await;
    let now = operators.clock.now();
    let view = &detail.history;
    let page = DeploymentPage {
        frame: Frame {
            title: view.title(),
            place: "/dashboard/deployments",
            announcement: announcement(view),
            follows: goes_on(view).then(|| id.to_string()),
            read_at: now,
        },
        links: PromotionLinks::of(view, &operators.journal).await?,
        standing: Standing::of(view, now),
        shares: traffic(&view.serving, view.candidate.as_ref()),
        steps: StepShown::of(view, now).into_iter().zip(&detail.steps).collect(),
        changing: ObjectShown::changing(&view.changes),
        unchanged: ObjectShown::unchanged(&view.changes),
        trend: Trend::of(&detail),
        chart: Chart::of(&detail),
        audit,
        detail: &detail,
    };
    Ok(answer(HttpResponse::Ok(), &page))
}

/// Whether anything may still be recorded: the answer to its promotion and the end of its watch come
/// after the outcome.
fn goes_on(view: &DeploymentView) -> bool {
    let promotes = view.promotions.iter().any(PromotionState::waits);
    let is_watched = view.watch.as_ref().is_some_and(|watch| watch.until().is_some());
    view.ended_at.is_none() || promotes || is_watched
}
