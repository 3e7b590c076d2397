//! Checks the configuration: reports every problem in every file and variable, not only the first.

use std::path::Path;

use boathook_core::deployment::error_chain;

use crate::{check::CheckResult, config::ConfigError};

const CHECK: &str = "configuration";
const WHY: &str = "boathook does not start with it, and a running one refuses to reload";

/// The problems in a directory.
#[must_use]
pub fn configuration(directory: &Path, problems: &[ConfigError]) -> Vec<CheckResult> {
    let directory = directory.display();
    if problems.is_empty() {
        return vec![CheckResult::ok(
            CHECK,
            format!("{directory} and the variables BOATHOOK__... can be used"),
        )];
    }
    problems
        .iter()
        .map(|problem| CheckResult::error(CHECK, error_chain(problem), WHY, fix(problem)))
        .collect()
}

fn fix(problem: &ConfigError) -> String {
    match problem {
        ConfigError::Unreadable { file, .. } => {
            format!(
                "ls -la {}; its user must be able to read it, and --config names another place",
                file.display()
            )
        }
        ConfigError::NoFolder(_) => {
            "scripts/setup.sh; or name another folder with --config".to_owned()
        }
        ConfigError::StrayFile { file, .. } => {
            format!("rename {0}, or move it elsewhere: mv {0} {0}.off", file.display())
        }
        ConfigError::Syntax { .. } | ConfigError::Value(_) => {
            "correct it there; config/default.yaml as shipped explains every key".to_owned()
        }
    }
}
