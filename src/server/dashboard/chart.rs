//! The results of probing as a bar chart: the candidate next to the service, stage by stage, and
//! the same as a table.
//!
//! The record has only the summary of a series of probes: median, 95th percentile, longest, and
//! failures.

use boathook_core::health::Numbers;

use crate::journal::{DeploymentDetail, Probed, StepActivity, StepStatus, StepView};

/// The height of the columns, in the chart's own units; as are all measures below.
const HEIGHT: u64 = 120;
const TOP: u64 = 18;
const LEFT: u64 = 60;
const STAGE: u64 = 96;
const COLUMN: u64 = 26;

/// What `chart.html` draws.
pub struct Chart<'a> {
    pub left: u64,
    pub width: u64,
    pub height: u64,
    pub grid: [GridLine; 3],
    pub stages: Vec<Stage>,
    pub rows: Vec<Row<'a>>,
}

pub struct GridLine {
    pub y: u64,
    /// Milliseconds.
    pub value: u64,
}

/// One step that probed.
pub struct Stage {
    pub label: String,
    /// Where its label stands.
    pub middle: u64,
    pub columns: Vec<Column>,
}

/// One series of probes.
pub struct Column {
    /// `candidate` or `service`.
    pub class: &'static str,
    pub x: u64,
    pub width: u64,
    /// The 95th percentile and the median: name, top and height.
    pub bars: [(&'static str, u64, u64); 2],
    /// The longest answer.
    pub top: u64,
    pub failures: u64,
}

/// One series of probes in the table.
pub struct Row<'a> {
    pub step: &'a StepView,
    pub probed: &'a Probed,
    /// A class and a word.
    pub verdict: (&'static str, &'static str),
}

impl<'a> Chart<'a> {
    /// None where nothing was probed.
    pub fn of(detail: &'a DeploymentDetail) -> Option<Self> {
        let steps = detail.history.steps.iter().zip(&detail.steps);
        let probed: Vec<_> = steps
            .map(|(step, activity)| (step, series(activity), activity.probed.last()))
            .collect();
        let rows: Vec<_> = probed
            .iter()
            .flat_map(|(step, series, last)| {
                series.iter().map(|probed| Row {
                    step,
                    probed,
                    verdict: verdict(step.status, *last == Some(*probed)),
                })
            })
            .collect();
        let longest = rows.iter().map(|row| row.probed.numbers.max_ms).max()?;
        let scale = scale(longest);
        let stages: Vec<_> = probed
            .iter()
            .filter(|(_, series, _)| !series.is_empty())
            .zip((LEFT..).step_by(STAGE as usize))
            .map(|((step, series, _), x)| Stage {
                label: label(step),
                middle: x + 18 + COLUMN + 3,
                columns: series.iter().map(|probed| Column::of(probed, x, scale)).collect(),
            })
            .collect();
        Some(Self {
            left: LEFT,
            width: LEFT + STAGE * stages.len() as u64 + 10,
            height: TOP + HEIGHT + 26,
            grid: [0, 1, 2].map(|part| GridLine {
                y: TOP + HEIGHT - HEIGHT * part / 2,
                value: scale * part / 2,
            }),
            stages,
            rows,
        })
    }
}

impl Column {
    /// `x` is where its stage begins.
    fn of(Probed { at: _, of, numbers }: &Probed, x: u64, scale: u64) -> Self {
        let Numbers { failures, p50_ms, p95_ms, max_ms, .. } = numbers;
        let height = |milliseconds: &u64| (HEIGHT * milliseconds.min(&scale)).div_ceil(scale);
        let top = |milliseconds| TOP + HEIGHT - height(milliseconds);
        let bar = |name, milliseconds| (name, top(milliseconds), height(milliseconds));
        let (class, x) = match of.as_str() {
            "candidate" => ("candidate", x + 18),
            _ => ("service", x + 18 + COLUMN + 6),
        };
        Self {
            class,
            x,
            width: COLUMN,
            bars: [bar("p95", p95_ms), bar("p50", p50_ms)],
            top: top(max_ms),
            failures: *failures,
        }
    }
}

/// The last series for each URL: a step that was repeated after a restart has probed again.
fn series(activity: &StepActivity) -> Vec<&Probed> {
    let last = |of: &str| activity.probed.iter().rfind(|probed| probed.of == of);
    ["candidate", "service"].into_iter().filter_map(last).collect()
}

/// Where a step failed, the series that was recorded last was judged bad.
const fn verdict(step: StepStatus, is_last: bool) -> (&'static str, &'static str) {
    match step {
        StepStatus::Done => ("done", "good"),
        StepStatus::Failed if is_last => ("failed", "bad"),
        StepStatus::Failed => ("", "not judged"),
        StepStatus::Pending | StepStatus::Running | StepStatus::Skipped => ("running", "none yet"),
    }
}

/// The end of the scale: the next of 10, 20, 50, 100, 200 ... that nothing exceeds.
pub(super) fn scale(longest: u64) -> u64 {
    let decades = std::iter::successors(Some(10_u64), |decade| decade.checked_mul(10));
    decades
        .flat_map(|decade| [decade, decade.saturating_mul(2), decade.saturating_mul(5)])
        .find(|end| *end >= longest)
        .unwrap_or(u64::MAX)
}

/// Few words for below a column.
pub(super) fn label(step: &StepView) -> String {
    match step.step.as_str() {
        "probe_candidate" => "at 0 %".to_owned(),
        "hold" => step.percent.map(|percent| format!("at {percent}")).unwrap_or_default(),
        "verify" => "check".to_owned(),
        "confirm_stable" => "after".to_owned(),
        other => other.replace('_', " "),
    }
}
