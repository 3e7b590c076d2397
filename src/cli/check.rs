//! `boathook check`: its arguments, and how it prints the report. `startup` builds the
//! `CheckContext`.

use std::process::ExitCode;

use boathook_core::deployment::Environment;
use clap::Args;

use crate::{
    check::{CheckResult, Report, Severity},
    cli::{
        ConfigArguments, messages,
        terminal::{Line, print},
    },
};

/// `boathook check`.
#[derive(Debug, Args)]
#[command(
    after_help = "Exits with 0 if all is well, 1 with warnings, 2 with errors (or wrong usage). It changes nothing. \
                        Run it as boathook's own user: sudo -u boathook boathook check"
)]
pub struct CheckArguments {
    #[command(flatten)]
    pub config: ConfigArguments,
    /// Check only this environment
    #[arg(long, value_name = "ENV")]
    pub environment: Option<Environment>,
    /// Print the report as JSON
    #[arg(long)]
    pub json: bool,
}

impl CheckArguments {
    /// Prints the report, and returns the exit code.
    pub fn print(&self, report: &Report) -> ExitCode {
        if self.json {
            print(serde_json::to_string_pretty(report).unwrap_or_default());
        } else {
            report.findings.iter().for_each(print_finding);
            print(messages::checked(report));
        }
        ExitCode::from(match report.severity {
            Severity::Ok => 0,
            Severity::Warning => 1,
            Severity::Error => 2,
        })
    }
}

fn print_finding(finding: &CheckResult) {
    let CheckResult { check, severity, seen, why, fix } = finding;
    print(format_args!("{:<8} {check:<14} {}", messages::severity(*severity), Line(seen)));
    for (label, text) in [("why:", why), ("fix:", fix)] {
        if let Some(text) = text {
            print(format_args!("{:<8} {label:<14} {}", "", Line(text)));
        }
    }
}
