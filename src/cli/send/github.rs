//! What GitHub Actions gets from `boathook send` in a job: an annotation, the step's outputs, the
//! summary. Elsewhere nothing is.
//!
//! Names and values are those of `.github/actions/deploy`. Texts of the cluster reach a job as
//! text, never as a command.

use std::{env, fs::OpenOptions, io::Write as _};

use boathook_core::{
    deployment::ImageRef,
    record::{Outcome, Status},
};

use crate::{
    cli::{
        CliError, messages,
        send::GitHubStatus,
        terminal::{Line, print_to_stderr},
    },
    journal::DeploymentView,
};

/// Reports a deployment's outcome to GitHub Actions.
pub fn report(history: &DeploymentView, status_url: &str) {
    if !in_a_job() {
        return;
    }
    let result = messages::outcome(history).join("\n");
    if let Some(annotation) = annotation_of(history) {
        print_to_stderr(annotation);
    }
    let digest =
        history.resolved_image.as_ref().and_then(ImageRef::digest).map(ToString::to_string);
    let revision = history.candidate.as_ref().map(ToString::to_string);
    let outputs = [
        ("status", Some(history.status.name().to_owned())),
        ("revision", revision),
        ("digest", digest),
        ("id", Some(history.id.to_string())),
        ("status-url", Some(status_url.to_owned())),
    ];
    let outputs =
        outputs.map(|(name, value)| format!("{name}={}\n", Line(&value.unwrap_or_default())));
    append("GITHUB_OUTPUT", &outputs.concat());
    append("GITHUB_STEP_SUMMARY", &summary(&result, status_url));
}

/// Reports the last status that a deployment had on GitHub; `outcome` says what that means.
pub(super) fn report_status(last: &GitHubStatus, outcome: &str) {
    if !in_a_job() {
        return;
    }
    let has_succeeded = last.state == "success";
    if !has_succeeded {
        print_to_stderr(annotation("boathook", outcome));
    }
    let status = if has_succeeded { Outcome::Succeeded.name() } else { last.state.as_str() };
    let outputs = [("status", status), ("status-url", last.log_url.as_str())];
    let outputs = outputs.map(|(name, value)| format!("{name}={}\n", Line(value)));
    append("GITHUB_OUTPUT", &outputs.concat());
    append("GITHUB_STEP_SUMMARY", &format!("{}\n", indented(outcome)));
}

/// The annotation of a deployment that did not succeed.
#[must_use]
pub fn annotation_of(history: &DeploymentView) -> Option<String> {
    (history.status != Status::Ended(Outcome::Succeeded))
        .then(|| annotation("boathook", &messages::outcome(history).join("\n")))
}

/// Reports to GitHub Actions why nothing was deployed.
pub(crate) fn report_refusal(error: &CliError) {
    if in_a_job() {
        print_to_stderr(annotation("boathook", &error.to_string()));
        append("GITHUB_STEP_SUMMARY", &format!("{}\n", indented(&error.to_string())));
    }
}

fn in_a_job() -> bool {
    env::var_os("GITHUB_ACTIONS").is_some_and(|value| value == "true")
}

/// An error of the run; the runner decodes its escapes again, so line breaks stay.
fn annotation(title: &str, text: &str) -> String {
    let lines =
        text.lines().map(|line| Line(line).to_string().replace('%', "%25")).collect::<Vec<_>>();
    format!("::error title={title}::{}", lines.join("%0A"))
}

fn summary(result: &str, status_url: &str) -> String {
    format!("{}\n\n[The deployment, step by step]({})\n", indented(result), Line(status_url))
}

/// As text that no Markdown can leave.
fn indented(text: &str) -> String {
    text.lines().map(|line| format!("    {}", Line(line))).collect::<Vec<_>>().join("\n")
}

/// Appends to the file that a variable names.
fn append(variable: &str, text: &str) {
    let Some(path) = env::var_os(variable) else { return };
    let written = OpenOptions::new()
        .append(true)
        .create(true)
        .open(path)
        .and_then(|mut file| file.write_all(text.as_bytes()));
    if let Err(error) = written {
        print_to_stderr(format_args!("warning: failed to write what {variable} names: {error}"));
    }
}
