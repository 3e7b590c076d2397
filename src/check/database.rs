//! Checks the journal's database: reachable, fit, permitted, and in a known format.

use boathook_core::deployment::error_chain;
use tokio::task::spawn_blocking;

use crate::{
    check::{CheckContext, CheckResult, sources},
    config::{PostgresConfig, SecretError, load_database_url},
    journal::{
        CopyMark, InspectedDatabase, PostgresError, PostgresOptions, StoreError, inspect_database,
    },
};

const CHECK: &str = "journal";
const WHY: &str = "boathook does not start without its record";

pub(super) async fn check(context: &CheckContext, postgres: &PostgresConfig) -> Vec<CheckResult> {
    let url = match load_database_url(&context.config, |name| sources::variable(context, name)) {
        Ok(Some(url)) => url,
        Ok(None) => return Vec::new(),
        Err(error) => {
            if let SecretError::Unreadable { secret, place, .. } = &error
                && let Some(withheld) =
                    sources::of_the_unit_alone(context, CHECK, &secret.to_string(), place)
            {
                return vec![withheld];
            }
            let fix = "write the URL to where state.postgres.url says";
            return vec![CheckResult::error(CHECK, error_chain(&error), WHY, fix)];
        }
    };
    context.redactor.learn(url.password());
    let PostgresConfig { url: _, ca, schema } = postgres.clone();
    let inspected = spawn_blocking(move || {
        inspect_database(&PostgresOptions::new(url, ca.as_deref(), schema)?)
    });
    match inspected.await.unwrap_or(Err(StoreError::Stopped)) {
        Ok(found) => judge(&found),
        Err(error) => vec![CheckResult::error(CHECK, error_chain(&error), WHY, fix(&error))],
    }
}

fn judge(found: &InspectedDatabase) -> Vec<CheckResult> {
    let InspectedDatabase { place, version, is_durable, is_permitted, is_exposed, format, newest } =
        found;
    let shown = match format {
        None => format!("{place} is made at the first start (PostgreSQL {version})"),
        Some(found) if found == newest => {
            format!("{place} has the newest format ({newest}; PostgreSQL {version})")
        }
        Some(found) => format!(
            "{place} has format {found}; the next start brings it to {newest}, and there is no way back without a copy"
        ),
    };
    let mut results = vec![CheckResult::ok(CHECK, shown)];
    if !is_permitted {
        results.push(CheckResult::error(
            CHECK,
            format!("the role may not create what boathook needs in {place}"),
            WHY,
            "as the database's owner: CREATE SCHEMA name AUTHORIZATION role",
        ));
    }
    if !is_durable {
        results.push(CheckResult::error(
            CHECK,
            format!("the server of {place} has fsync or full_page_writes off"),
            "what boathook has accepted may be lost when the server's machine fails",
            "ALTER SYSTEM SET fsync = on; ALTER SYSTEM SET full_page_writes = on; SELECT pg_reload_conf()",
        ));
    }
    if *is_exposed {
        results.push(CheckResult::warning(
            CHECK,
            format!("what is sent to {place} is not encrypted (sslmode=disable)"),
            "the record holds tokens and payloads, and the password can be read on the way",
            "leave sslmode out of the URL, and name the server's authority in state.postgres.ca",
        ));
    }
    results
}

fn fix(error: &StoreError) -> &'static str {
    match error {
        StoreError::Postgres(PostgresError::Newer { .. }) => {
            "install the version of boathook that wrote it (scripts/setup.sh of that release)"
        }
        StoreError::Postgres(PostgresError::TooOld { .. }) => "upgrade the PostgreSQL server",
        StoreError::Postgres(PostgresError::Encoding { .. }) => {
            "CREATE DATABASE name ENCODING 'UTF8' TEMPLATE template0, and name it in the URL"
        }
        StoreError::Postgres(PostgresError::NotOurs { .. }) => {
            "name an empty schema in state.postgres.schema"
        }
        StoreError::Postgres(PostgresError::SetAside {
            mark: CopyMark::Unfinished { .. }, ..
        }) => "boathook journal copy --from sqlite --to postgres",
        StoreError::Postgres(PostgresError::SetAside { mark: CopyMark::Moved { .. }, .. }) => {
            "leave state.postgres out, or set it to where the record is"
        }
        _ => "psql with the same URL shows whether the server answers; see also its log",
    }
}
