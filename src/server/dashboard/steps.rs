//! The steps of a deployment as a timeline, each with the programs that it ran.

use jiff::Timestamp;

use crate::{
    journal::{DeploymentDetail, StepActivity, StepView},
    server::{
        dashboard::{
            parts::{clock, title},
            programs,
            under_way::countdown,
        },
        html::{Escaped, direction, seconds, step_status},
    },
};

/// Reading and planning, then every step of the plan, and of the rollback if there is one.
pub fn listed(account: &DeploymentDetail, now: Timestamp) -> String {
    let DeploymentDetail { history, planning, steps, asked: _ } = account;
    let planning = if planning.programs.is_empty() { String::new() } else { planned(planning) };
    let steps = history.steps.iter().zip(steps).enumerate();
    let steps = steps
        .map(|(place, (step, activity))| one(place, step, activity, history.paused, now))
        .collect::<String>();
    if planning.is_empty() && steps.is_empty() {
        return "<p class=\"empty\">It has not started.</p>\n".to_owned();
    }
    format!("<ol class=\"steps\">\n{planning}{steps}</ol>\n")
}

/// What boathook read before there was a plan, and what it did after the last step.
fn planned(activity: &StepActivity) -> String {
    let programs = programs::listed("look", activity);
    format!(
        "<li class=\"done\"><div class=\"step\"><span class=\"title\">Read the cluster and decide every step</span></div>{programs}</li>\n"
    )
}

fn one(
    place: usize,
    step: &StepView,
    activity: &StepActivity,
    paused: bool,
    now: Timestamp,
) -> String {
    let (status, direction, title) =
        (step_status(step.status), direction(step.direction), title(&step.title));
    let took = step
        .duration_ms
        .map(|milliseconds| format!(" <span class=\"took\">{}</span>", seconds(milliseconds)))
        .unwrap_or_default();
    let began = step
        .began_at
        .map(|at| format!(" <span class=\"began\">{}</span>", clock(at)))
        .unwrap_or_default();
    let reason = step
        .reason
        .as_ref()
        .map(|reason| format!("<p class=\"reason\">{}</p>", Escaped(reason)))
        .unwrap_or_default();
    format!(
        "<li class=\"{status}\"><div class=\"step\"><span class=\"title\">{direction}{title}</span> <span class=\"state\">{status}</span>{took}{began}</div>\
         {hold}{reason}{programs}</li>\n",
        hold = countdown(step, paused, now),
        programs = programs::listed(&format!("step-{place}"), activity),
    )
}
