//! `GET /dashboard/environments`: the graph of promotions, each service through it, what the
//! environments ask of a request, and the sources from which boathook fetches some.

use actix_web::{
    HttpResponse,
    web::{Data, Query},
};
use askama::Template;
use jiff::Timestamp;
use serde::Deserialize;

use crate::{
    journal::{Coming, Pipeline, ServingRevision, Stop},
    server::{
        ApiError, OperatorState,
        dashboard::{
            graph::DrawnGraph,
            layout::{Frame, answer},
            left::Left,
            parts::{Cut, CutImage as _, InWords as _},
            serving::Shares as _,
            sources::{SourceRow, SourceState},
        },
        environments::Graph,
    },
};

/// Pipelines on one page; the form finds the others.
const PIPELINES_MAX: usize = 50;
/// From so many on there is a form to find some.
const FORM_FROM: usize = 10;
/// Words that are looked for.
const WORDS_MAX: usize = 8;

/// The form's field.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct EnvironmentsQuery {
    find: String,
}

#[derive(Template)]
#[template(path = "dashboard/environments.html")]
struct Environments<'a> {
    frame: Frame,
    wanted: EnvironmentsQuery,
    drawn: DrawnGraph,
    graph: Graph<'a>,
    /// Pipelines in all.
    count: usize,
    /// Those that are wanted, as far as the page has room.
    shown: Vec<Pipeline>,
    /// How many more are wanted.
    more: usize,
    sources: Vec<SourceRow>,
}

pub async fn environments(
    wanted: Query<EnvironmentsQuery>,
    operators: Data<OperatorState>,
) -> Result<HttpResponse, ApiError> {
    let wanted = wanted.into_inner();
    let mut graph = Graph::read(&operators).await?;
    let drawn = DrawnGraph::of(&graph);
    let mut shown = std::mem::take(&mut graph.pipelines);
    let count = shown.len();
    let announcement = announcement(&shown);
    shown.retain(|pipeline| wanted.matches(pipeline));
    let more = shown.len().saturating_sub(PIPELINES_MAX);
    shown.truncate(PIPELINES_MAX);
    let frame = Frame {
        title: "Environments".to_owned(),
        place: "/dashboard/environments",
        announcement,
        follows: Some("all".to_owned()),
        read_at: operators.clock.now(),
    };
    let sources = SourceRow::all(&operators.metrics, &operators.redactor);
    let page = Environments { frame, wanted, drawn, graph, count, shown, more, sources };
    Ok(answer(HttpResponse::Ok(), &page))
}

/// The text for screen readers, read when it changes.
fn announcement(pipelines: &[Pipeline]) -> String {
    let stops = pipelines.iter().flat_map(|pipeline| &pipeline.stops);
    let coming = stops.flat_map(|stop| {
        let words = |coming: &Coming| {
            format!("{} in {}: {}", stop.service, stop.environment, coming.status_words())
        };
        stop.coming.iter().map(words)
    });
    let coming = coming.collect::<Vec<_>>().join("; ");
    if coming.is_empty() { "Nothing is on its way".to_owned() } else { coming }
}

impl EnvironmentsQuery {
    /// Whether some stop has all the words.
    fn matches(&self, pipeline: &Pipeline) -> bool {
        let words: Vec<String> =
            self.find.split_whitespace().take(WORDS_MAX).map(str::to_lowercase).collect();
        let text = |stop: &Stop| {
            let Stop { environment, namespace, service, .. } = stop;
            format!("{environment} {namespace}/{service}")
        };
        let has_all = |text: &str| words.iter().all(|word| text.contains(word.as_str()));
        pipeline.stops.iter().any(|stop| has_all(&text(stop)))
    }
}

impl Environments<'_> {
    fn has_form(&self) -> bool {
        self.count >= FORM_FROM || !self.wanted.find.is_empty()
    }

    /// The image that a revision has: the tag that was requested, and the digest that serves.
    fn image(&self, serving: &ServingRevision) -> Option<Cut> {
        let image = serving.image.as_ref().or(serving.requested.as_ref())?;
        Some(Cut::tagged(serving.requested.as_ref().unwrap_or(image), image))
    }

    fn left(&self, until: &Timestamp) -> Left {
        Left::until(*until, self.frame.read_at, "now")
    }
}
