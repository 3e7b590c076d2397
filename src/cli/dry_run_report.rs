//! What a dry run found, as `send` and `show` print it.

use boathook_core::deployment::DryRunReport;

use crate::cli::{
    Exit, messages,
    object_changes::object_changes,
    terminal::{Line, has_colours, print},
};

/// Prints plan, changes and findings.
pub fn print_dry_run(report: &DryRunReport) {
    messages::dry_run_plan(report).iter().for_each(|line| print(Line(line)));
    object_changes(&report.changes, has_colours()).iter().for_each(print);
    messages::dry_run_findings(report).iter().for_each(|line| print(Line(line)));
}

/// The exit code of a dry run.
pub const fn exit_of_dry_run(report: &DryRunReport) -> Exit {
    if report.problems.is_empty() { Exit::Success } else { Exit::Failure }
}
