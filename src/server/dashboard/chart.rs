//! The results of probing as a bar chart: the candidate next to the service, stage by stage, and
//! the same as a table.
//!
//! The record has only the summary of a series of probes: median, 95th percentile, longest, and
//! failures.

use std::fmt::Write as _;

use boathook_core::health::Numbers;

use crate::{
    journal::{DeploymentDetail, Probed, StepStatus, StepView},
    server::{
        dashboard::parts::{Cell, table},
        html::{Escaped, direction},
    },
};

/// The height of the columns, in the chart's own units; as are all measures below.
const HEIGHT: u64 = 120;
const TOP: u64 = 18;
const LEFT: u64 = 60;
const STAGE: u64 = 96;
const COLUMN: u64 = 26;

/// One step that probed.
struct Stage<'a> {
    step: &'a StepView,
    probed: Vec<&'a Probed>,
    /// The series that was recorded last; where the step failed, the one that was judged bad.
    last: Option<&'a Probed>,
}

/// Chart and table; a sentence where nothing was probed.
pub fn of(account: &DeploymentDetail) -> String {
    let stages = stages(account);
    if stages.is_empty() {
        return "<p class=\"empty\">No series of probes is on record yet. Each is recorded when its step ends.</p>\n".to_owned();
    }
    let columns = [
        "Step",
        "Asked",
        "Verdict",
        "Probes",
        "Failed",
        "Median",
        "95 % within",
        "Longest",
        "Last failure",
    ];
    let rows = stages.iter().flat_map(|stage| stage.probed.iter().map(|probed| row(stage, probed)));
    format!("{}{}", figure(&stages), table("What probes came to, step by step", columns, rows))
}

/// The last series for each URL: a step that was repeated after a restart has probed again.
fn stages(account: &DeploymentDetail) -> Vec<Stage<'_>> {
    let stages = account.history.steps.iter().zip(&account.steps).map(|(step, activity)| {
        let last = |of: &str| activity.probed.iter().rfind(|probed| probed.of == of);
        Stage {
            step,
            probed: ["candidate", "service"].into_iter().filter_map(last).collect(),
            last: activity.probed.last(),
        }
    });
    stages.filter(|stage| !stage.probed.is_empty()).collect()
}

fn figure(stages: &[Stage<'_>]) -> String {
    let longest = stages
        .iter()
        .flat_map(|stage| &stage.probed)
        .map(|probed| probed.numbers.max_ms)
        .max()
        .unwrap_or(0);
    let scale = scale(longest);
    let width = LEFT + STAGE * stages.len() as u64 + 10;
    let mut drawn = String::new();
    for part in 0..=2 {
        let (y, value) = (TOP + HEIGHT - HEIGHT * part / 2, scale * part / 2);
        let _ = write!(
            drawn,
            "<line class=\"grid\" x1=\"{LEFT}\" y1=\"{y}\" x2=\"{width}\" y2=\"{y}\"/><text class=\"scale\" x=\"{x}\" y=\"{below}\">{value} ms</text>",
            x = LEFT - 6,
            below = y + 4,
        );
    }
    for (place, stage) in stages.iter().enumerate() {
        draw_stage(&mut drawn, LEFT + STAGE * place as u64, stage, scale);
    }
    format!(
        "<figure><svg class=\"chart\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" role=\"img\" \
         aria-label=\"Response times of candidate and service in each step; the table below has the numbers\">{drawn}</svg>\n\
         <figcaption><span class=\"key candidate\"></span>candidate, at its own URL <span class=\"key service\"></span>service, what users get. \
         Strong: median; pale: 95 % of answers; line: the longest.</figcaption></figure>\n",
        height = TOP + HEIGHT + 26,
    )
}

fn draw_stage(drawn: &mut String, x: u64, stage: &Stage<'_>, scale: u64) {
    for probed in &stage.probed {
        let offset = if probed.of == "candidate" { 18 } else { 18 + COLUMN + 6 };
        draw_column(drawn, x + offset, probed, scale);
    }
    let (middle, below) = (x + 18 + COLUMN + 3, TOP + HEIGHT + 18);
    let _ = write!(
        drawn,
        "<text class=\"stage\" x=\"{middle}\" y=\"{below}\">{}</text>",
        Escaped(&short(stage.step))
    );
}

fn draw_column(drawn: &mut String, x: u64, Probed { of, numbers }: &Probed, scale: u64) {
    let Numbers { failures, p50_ms, p95_ms, max_ms, .. } = numbers;
    let class = if of == "candidate" { "candidate" } else { "service" };
    let height = |milliseconds: u64| (HEIGHT * milliseconds.min(scale)).div_ceil(scale);
    let bottom = TOP + HEIGHT;
    for (shade, milliseconds) in [("p95", *p95_ms), ("p50", *p50_ms)] {
        let (y, height) = (bottom - height(milliseconds), height(milliseconds));
        let _ = write!(
            drawn,
            "<rect class=\"{class} {shade}\" x=\"{x}\" y=\"{y}\" width=\"{COLUMN}\" height=\"{height}\"/>"
        );
    }
    let (y, end) = (bottom - height(*max_ms), x + COLUMN);
    let _ =
        write!(drawn, "<line class=\"longest\" x1=\"{x}\" y1=\"{y}\" x2=\"{end}\" y2=\"{y}\"/>");
    if *failures > 0 {
        let _ = write!(
            drawn,
            "<text class=\"failures\" x=\"{}\" y=\"{}\">{failures} bad</text>",
            x + COLUMN / 2,
            y.saturating_sub(5)
        );
    }
}

/// The end of the scale: the next of 10, 20, 50, 100, 200 ... that nothing exceeds.
fn scale(longest: u64) -> u64 {
    let decades = std::iter::successors(Some(10_u64), |decade| decade.checked_mul(10));
    decades
        .flat_map(|decade| [decade, decade.saturating_mul(2), decade.saturating_mul(5)])
        .find(|end| *end >= longest)
        .unwrap_or(u64::MAX)
}

/// Few words for below a column.
fn short(step: &StepView) -> String {
    match step.step.as_str() {
        "probe_candidate" => "at 0 %".to_owned(),
        "hold" => step
            .title
            .trim_start_matches("Hold ")
            .split(" for ")
            .next()
            .unwrap_or_default()
            .to_owned(),
        "verify" => "check".to_owned(),
        "confirm_stable" => "after".to_owned(),
        other => other.replace('_', " "),
    }
}

fn row(stage: &Stage<'_>, probed: &Probed) -> [Cell; 9] {
    let (step, Probed { of, numbers }) = (stage.step, probed);
    let Numbers { samples, failures, p50_ms, p95_ms, max_ms, last_failure } = numbers;
    let verdict = match step.status {
        StepStatus::Done => "<span class=\"badge done\">good</span>",
        StepStatus::Failed if stage.last == Some(probed) => {
            "<span class=\"badge failed\">bad</span>"
        }
        StepStatus::Failed => "<span class=\"badge\">not judged</span>",
        StepStatus::Pending | StepStatus::Running | StepStatus::Skipped => {
            "<span class=\"badge running\">none yet</span>"
        }
    };
    let of = Escaped(of);
    [
        Cell::head(format!("{}{}", direction(step.direction), Escaped(&step.title))),
        Cell::of("asked", format!("<span class=\"key {of}\"></span>{of}")),
        Cell::plain(verdict),
        Cell::of("number", samples),
        Cell::of("number", failures),
        Cell::of("number", format!("{p50_ms} ms")),
        Cell::of("number", format!("{p95_ms} ms")),
        Cell::of("number", format!("{max_ms} ms")),
        Cell::plain(Escaped(last_failure.as_deref().unwrap_or_default())),
    ]
}
