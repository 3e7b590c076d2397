//! Response times over time: a line for each URL through the figures of its series while they come. The
//! lines differ in pattern and marks too, and each has its name at its end.

use boathook_core::health::Numbers;
use jiff::Timestamp;

use crate::{
    journal::{DeploymentDetail, Probed, StepView},
    server::dashboard::chart::{GridLine, label, scale},
};

/// Measures in the drawing's own units.
const WIDTH: u64 = 720;
const HEIGHT: u64 = 130;
const TOP: u64 = 30;
const LEFT: u64 = 60;
const RIGHT: u64 = 76;
/// Lines of text need this much.
const TEXT: u64 = 14;

/// What `trend.html` draws.
pub struct Trend {
    pub left: u64,
    pub right: u64,
    pub width: u64,
    pub height: u64,
    pub top: u64,
    pub bottom: u64,
    pub grid: [GridLine; 3],
    /// Where steps that probed begin, with few words for each.
    pub steps: Vec<(u64, String)>,
    pub lines: Vec<Line>,
}

/// One series.
pub struct Line {
    /// `candidate` or `service`.
    pub name: &'static str,
    /// As SVG takes them: `x,y x,y`.
    pub path: String,
    pub dots: Vec<Dot>,
    /// Where its name stands.
    pub name_y: u64,
}

/// The figures of a series so far.
pub struct Dot {
    pub x: u64,
    pub y: u64,
    pub failures: u64,
    pub text: String,
}

/// Where on the drawing times and milliseconds are.
struct Axes {
    from: Timestamp,
    milliseconds: i128,
    scale: u64,
}

impl Trend {
    /// None where no series has two reports.
    pub fn of(detail: &DeploymentDetail) -> Option<Self> {
        let points = || detail.steps.iter().flat_map(|activity| &activity.probed);
        let axes = Axes::of(points().collect())?;
        let mut lines: Vec<_> = ["candidate", "service"]
            .into_iter()
            .map(|name| Line::of(name, points().filter(|point| point.of == name), &axes))
            .filter(|line| !line.dots.is_empty())
            .collect();
        if lines.iter().all(|line| line.dots.len() < 2) {
            return None;
        }
        if let [one, other] = lines.as_mut_slice()
            && one.name_y.abs_diff(other.name_y) < TEXT
        {
            let (upper, lower) =
                if one.name_y <= other.name_y { (one, other) } else { (other, one) };
            lower.name_y = upper.name_y + TEXT;
        }
        let probed = detail.history.steps.iter().zip(&detail.steps);
        let probed = probed.filter(|(_, activity)| !activity.probed.is_empty());
        Some(Self {
            left: LEFT,
            right: WIDTH - RIGHT,
            width: WIDTH,
            height: TOP + HEIGHT + 8,
            top: TOP,
            bottom: TOP + HEIGHT,
            grid: [0, 1, 2].map(|part| GridLine {
                y: TOP + HEIGHT - HEIGHT * part / 2,
                value: axes.scale * part / 2,
            }),
            steps: steps(probed.map(|(step, _)| step), &axes),
            lines,
        })
    }
}

/// A step that begins where the words of the one before still stand has none.
fn steps<'a>(probed: impl Iterator<Item = &'a StepView>, axes: &Axes) -> Vec<(u64, String)> {
    let mut free = 0;
    let begins = probed.filter_map(|step| Some((axes.x(step.began_at?), label(step))));
    let mut named = |(x, label): (u64, String)| {
        let label = if x >= free { label } else { String::new() };
        if !label.is_empty() {
            free = x + 7 * label.chars().count() as u64;
        }
        (x, label)
    };
    begins.map(&mut named).collect()
}

impl Line {
    fn of<'a>(name: &'static str, points: impl Iterator<Item = &'a Probed>, axes: &Axes) -> Self {
        let dots: Vec<_> = points.map(|point| Dot::of(point, axes)).collect();
        let path = dots.iter().map(|Dot { x, y, .. }| format!("{x},{y}")).collect::<Vec<_>>();
        let name_y = dots.last().map_or(0, |dot| dot.y + 4);
        Self { name, path: path.join(" "), dots, name_y }
    }
}

impl Dot {
    fn of(Probed { at, of, numbers }: &Probed, axes: &Axes) -> Self {
        let Numbers { failures, p95_ms, .. } = numbers;
        let text = format!("{of}: {numbers}");
        Self { x: axes.x(*at), y: axes.y(*p95_ms), failures: *failures, text }
    }
}

impl Axes {
    fn of(points: Vec<&Probed>) -> Option<Self> {
        let from = points.iter().map(|point| point.at).min()?;
        let to = points.iter().map(|point| point.at).max()?;
        let longest = points.iter().map(|point| point.numbers.p95_ms).max()?;
        let milliseconds = to.duration_since(from).as_millis().max(1);
        Some(Self { from, milliseconds, scale: scale(longest) })
    }

    fn x(&self, at: Timestamp) -> u64 {
        let passed = at.duration_since(self.from).as_millis().clamp(0, self.milliseconds);
        let width = i128::from(WIDTH - LEFT - RIGHT);
        LEFT + u64::try_from(passed * width / self.milliseconds).unwrap_or(0)
    }

    fn y(&self, milliseconds: u64) -> u64 {
        TOP + HEIGHT - HEIGHT * milliseconds.min(self.scale) / self.scale
    }
}
