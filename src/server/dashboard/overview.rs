//! `GET /`: deployments under way, what each service serves, and the newest deployments.

use std::sync::Arc;

use actix_web::{HttpResponse, web::Data};
use askama::Template;
use boathook_core::{deploy_windows::EnvironmentOutlook, record::Lock};
use jiff::Timestamp;

use crate::{
    journal::{Filter, NodeList, ServiceView, Summary},
    server::{
        ApiError, OperatorState,
        dashboard::{
            layout::{Frame, answer},
            left::Left,
            parts::{CutImage as _, InWords as _},
            serving::Shares as _,
            standing::{Hold, Standing},
            under_way::{UnderWay, announcement},
        },
        deploy_windows, nodes, services,
    },
};

/// Deployments that came last.
const LATEST: u32 = 10;

#[derive(Template)]
#[template(path = "dashboard/overview.html")]
struct Overview {
    frame: Frame,
    locks: Vec<Arc<Lock>>,
    nodes: NodeList,
    /// Overrides that nobody has acknowledged.
    overridden: Vec<Summary>,
    /// Of the environments that have windows.
    windows: Vec<EnvironmentOutlook>,
    under_way: Vec<UnderWay>,
    services: Vec<ServiceView>,
    latest: Vec<Summary>,
}

pub async fn overview(operators: Data<OperatorState>) -> Result<HttpResponse, ApiError> {
    let now = operators.clock.now();
    let under_way = UnderWay::read(&operators, now).await?;
    let locks = operators.journal.locks();
    let windows = deploy_windows::outlooks(&operators);
    let page = Overview {
        frame: Frame {
            title: "Overview".to_owned(),
            place: "/",
            announcement: announcement(&under_way, &locks),
            follows: Some("all".to_owned()),
            read_at: now,
        },
        nodes: nodes::read(&operators).await?,
        services: services::read(&operators).await?,
        latest: operators.journal.list(&Filter { limit: LATEST, ..Filter::default() }).await?,
        overridden: operators
            .journal
            .list(&Filter { unacknowledged: true, ..Filter::default() })
            .await?,
        locks,
        windows: windows.into_iter().filter(|one| one.outlook.until.is_some()).collect(),
        under_way,
    };
    Ok(answer(HttpResponse::Ok(), &page))
}

impl Overview {
    fn left(&self, ends: &Timestamp) -> Left {
        Left::until(*ends, self.frame.read_at, "it has ended")
    }

    fn left_of_window(&self, until: &Timestamp) -> Left {
        Left::until(*until, self.frame.read_at, "now")
    }
}
