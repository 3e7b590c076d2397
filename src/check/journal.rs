//! Checks the journal: readable, and in a known format.

use boathook_core::deployment::error_chain;
use tokio::task::spawn_blocking;

use crate::{
    check::{CheckContext, CheckResult, database},
    journal::{CopyMark, FILE, Inspected, StoreError, inspect},
};

const CHECK: &str = "journal";

pub(super) async fn check(context: &CheckContext) -> Vec<CheckResult> {
    match &context.config.state.postgres {
        Some(postgres) => database::check(context, postgres).await,
        None => check_file(context).await,
    }
}

async fn check_file(context: &CheckContext) -> Vec<CheckResult> {
    let path = context.config.state.directory.join(FILE);
    let shown = path.display().to_string();
    let inspected =
        spawn_blocking(move || inspect(&path)).await.unwrap_or(Err(StoreError::Stopped));
    vec![match inspected {
        Ok(Inspected::Missing) => {
            CheckResult::ok(CHECK, format!("{shown} is made at the first start"))
        }
        Ok(Inspected::Format { found, newest }) if found == newest => {
            CheckResult::ok(CHECK, format!("{shown} has the newest format ({newest})"))
        }
        Ok(Inspected::Format { found, newest }) => CheckResult::ok(
            CHECK,
            format!(
                "{shown} has format {found}; the next start brings it to {newest}, and there is no way back without a copy"
            ),
        ),
        Err(error) => CheckResult::error(
            CHECK,
            error_chain(&error),
            "boathook does not start without its record",
            fix(&error, &shown),
        ),
    }]
}

fn fix(error: &StoreError, path: &str) -> String {
    match error {
        StoreError::Newer { .. } => {
            "install the version of boathook that wrote it (scripts/setup.sh of that release)"
                .to_owned()
        }
        StoreError::NotOurs { .. } | StoreError::Older { .. } => format!("mv {path} {path}.other"),
        StoreError::SetAside { mark: CopyMark::Unfinished { .. }, .. } => {
            "boathook journal copy --from postgres --to sqlite".to_owned()
        }
        StoreError::SetAside { mark: CopyMark::Moved { .. }, .. } => {
            "set state.postgres to where the record is".to_owned()
        }
        StoreError::ReadOnly { .. } => format!("chown boathook: {path} {path}-wal {path}-shm"),
        _ => format!(
            "ls -la {path}*; put a copy back, or move it away: boathook then knows nothing of earlier deployments"
        ),
    }
}
