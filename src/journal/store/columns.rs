//! Between columns and our types: every stored text is parsed again, so that a damaged row is an
//! error and never a wrong value.

use std::sync::Arc;

use boathook_core::{
    deployment::{BundleDigest, ImageRef, ServiceKey},
    proof::{Fact, What},
    record::{
        Lock, Reason, Record, ServiceHold, Status, UnknownStatus, Withdrawal, reason_in_column,
    },
};
use jiff::Timestamp;
use rusqlite::{Row, types::Type};
use serde::{
    Deserialize,
    de::{
        IntoDeserializer,
        value::{Error, StrDeserializer},
    },
};

use crate::journal::{
    GitHubDeployment, PackedBundle, Prunable, Served, Service, Signer, Success, Summary,
};

/// A sequence as SQLite stores numbers; none exceeds its range.
pub(in crate::journal) fn stored(sequence: u64) -> i64 {
    i64::try_from(sequence).unwrap_or(i64::MAX)
}

/// A sequence that SQLite kept.
pub(in crate::journal) fn sequence(row: &Row<'_>, column: &str) -> rusqlite::Result<u64> {
    row.get::<_, i64>(column).map(i64::unsigned_abs)
}

/// A row of `records`.
pub(in crate::journal) fn record(row: &Row<'_>) -> rusqlite::Result<Record> {
    let event: String = row.get("event")?;
    Ok(Record {
        sequence: sequence(row, "sequence")?,
        deployment: parsed(row, "deployment")?,
        at: parsed(row, "at")?,
        event: serde_json::from_str(&event).map_err(|error| unreadable(row, "event", error))?,
    })
}

/// A row of `deployments`.
pub(in crate::journal) fn summary(row: &Row<'_>) -> rusqlite::Result<Summary> {
    let image: ImageRef = parsed(row, "image")?;
    let served: Option<ImageRef> = if_present(row, "serves_image")?;
    Ok(Summary {
        id: parsed(row, "id")?,
        environment: parsed(row, "environment")?,
        namespace: parsed(row, "namespace")?,
        service: parsed(row, "service")?,
        deployment_id: parsed(row, "deployment_id")?,
        attempt: row.get("attempt")?,
        digest: served.as_ref().unwrap_or(&image).digest().cloned(),
        image,
        status: parsed(row, "status")?,
        // Only one that has not ended can be paused, and its state is in memory.
        paused: false,
        unacknowledged: row.get("unacknowledged")?,
        reason: reason(row)?,
        accepted_seq: sequence(row, "accepted_seq")?,
        accepted_at: parsed(row, "accepted_at")?,
        changed_at: parsed(row, "changed_at")?,
        ended_at: if_present(row, "ended_at")?,
        token: parsed(row, "token")?,
    })
}

/// A row of `locks`.
pub(in crate::journal) fn lock(row: &Row<'_>) -> rusqlite::Result<Arc<Lock>> {
    serde_json::from_str(&row.get::<_, String>("lock")?)
        .map(Arc::new)
        .map_err(|error| unreadable(row, "lock", error))
}

/// A row of `service_holds`.
pub(in crate::journal) fn hold(row: &Row<'_>) -> rusqlite::Result<Arc<ServiceHold>> {
    serde_json::from_str(&row.get::<_, String>("hold")?)
        .map(Arc::new)
        .map_err(|error| unreadable(row, "hold", error))
}

/// A row of `withdrawals`.
pub(in crate::journal) fn withdrawal(row: &Row<'_>) -> rusqlite::Result<Arc<Withdrawal>> {
    withdrawal_of(row, &row.get::<_, String>("withdrawal")?)
}

/// An image that succeeded, and its withdrawal.
pub(in crate::journal) fn proven(
    row: &Row<'_>,
) -> rusqlite::Result<(ImageRef, Option<Arc<Withdrawal>>)> {
    let withdrawal = row.get::<_, Option<String>>("withdrawal")?;
    let withdrawal = withdrawal.map(|text| withdrawal_of(row, &text)).transpose()?;
    Ok((parsed(row, "serves_image")?, withdrawal))
}

/// A row of `service_facts`.
pub(in crate::journal) fn fact(row: &Row<'_>) -> rusqlite::Result<Fact> {
    let service =
        ServiceKey { namespace: parsed(row, "namespace")?, service: parsed(row, "service")? };
    let what = match row.get::<_, String>("what")?.as_str() {
        SUCCEEDED => What::Succeeded,
        RETURNED => What::Returned,
        WATCHED => What::Watched { until: parsed(row, "until")? },
        UNHEALTHY => What::Unhealthy,
        // Whatever it is, it proves nothing.
        _ => What::Replaced,
    };
    Ok(Fact { service, at: parsed(row, "at")?, what, bundle: bundle(row)? })
}

/// A row of `bundles`.
pub(in crate::journal) fn packed_bundle(row: &Row<'_>) -> rusqlite::Result<PackedBundle> {
    Ok(PackedBundle { digest: bundle_digest(row)?, packed: row.get("packed")? })
}

/// The same without its content.
pub(in crate::journal) fn bundle_digest(row: &Row<'_>) -> rusqlite::Result<BundleDigest> {
    let text: String = row.get("digest")?;
    BundleDigest::parse(&text).map_err(|error| unreadable(row, "digest", error))
}

fn bundle(row: &Row<'_>) -> rusqlite::Result<Option<BundleDigest>> {
    let text: Option<String> = row.get("bundle")?;
    text.map(|text| BundleDigest::parse(&text))
        .transpose()
        .map_err(|error| unreadable(row, "bundle", error))
}

/// What happened, as the column has it.
pub(in crate::journal) const fn what(what: &What) -> (&'static str, Option<Timestamp>) {
    match what {
        What::Succeeded => (SUCCEEDED, None),
        What::Returned => (RETURNED, None),
        What::Watched { until } => (WATCHED, Some(*until)),
        What::Unhealthy => (UNHEALTHY, None),
        What::Replaced => ("replaced", None),
    }
}

const SUCCEEDED: &str = "succeeded";
const RETURNED: &str = "returned";
const WATCHED: &str = "watched";
const UNHEALTHY: &str = "unhealthy";

fn withdrawal_of(row: &Row<'_>, text: &str) -> rusqlite::Result<Arc<Withdrawal>> {
    serde_json::from_str(text).map(Arc::new).map_err(|error| unreadable(row, "withdrawal", error))
}

/// A row of `deployments` that may be pruned.
pub(in crate::journal) fn prunable(row: &Row<'_>) -> rusqlite::Result<Prunable> {
    let status: Status = parsed(row, "status")?;
    Ok(Prunable {
        id: parsed(row, "id")?,
        environment: parsed(row, "environment")?,
        service: ServiceKey {
            namespace: parsed(row, "namespace")?,
            service: parsed(row, "service")?,
        },
        accepted_seq: sequence(row, "accepted_seq")?,
        ended_seq: sequence(row, "ended_seq")?,
        has_timestamp: row.get("has_timestamp")?,
        served: row.get("served")?,
        end: status
            .end()
            .ok_or_else(|| unreadable(row, "status", UnknownStatus(status.name().to_owned())))?,
        reason: reason(row)?,
    })
}

/// Why a deployment ended or rolls back.
fn reason(row: &Row<'_>) -> rusqlite::Result<Option<Reason>> {
    let reason = row.get::<_, Option<String>>("reason")?.map(reason_in_column).transpose();
    reason.map_err(|error| unreadable(row, "reason", error))
}

/// A row of the count of what each secret signed.
pub(in crate::journal) fn signer(row: &Row<'_>) -> rusqlite::Result<Signer> {
    Ok(Signer {
        environment: parsed(row, "environment")?,
        id: row.get("signed_by")?,
        deployments: sequence(row, "deployments")?,
        last: parsed(row, "accepted_at")?,
    })
}

/// A row of the services: the newest deployment, and the newest success if there is one.
pub(in crate::journal) fn service(row: &Row<'_>) -> rusqlite::Result<Service> {
    let served = if_present(row, "success_id")?.map(|deployment| {
        let success = Success {
            deployment,
            revision: parsed(row, "success_revision")?,
            image: parsed(row, "success_image")?,
        };
        let withdrawal = row.get::<_, Option<String>>("withdrawal")?;
        let withdrawal = withdrawal.map(|text| withdrawal_of(row, &text)).transpose()?;
        let requested = parsed(row, "success_requested")?;
        let since = parsed(row, "success_at")?;
        Ok::<_, rusqlite::Error>(Served { success, requested, since, withdrawal })
    });
    Ok(Service { newest: summary(row)?, served: served.transpose()? })
}

/// A row of `deployments` whose request has its place in their order.
pub(in crate::journal) fn request(row: &Row<'_>) -> rusqlite::Result<(Timestamp, Summary)> {
    let at = Timestamp::from_microsecond(row.get("requested_at")?)
        .map_err(|error| unreadable(row, "requested_at", error))?;
    Ok((at, summary(row)?))
}

/// What a row of `deployments` says of its success.
pub(in crate::journal) fn success(row: &Row<'_>) -> rusqlite::Result<Success> {
    Ok(Success {
        deployment: parsed(row, "id")?,
        revision: parsed(row, "serves_revision")?,
        image: parsed(row, "serves_image")?,
    })
}

/// A row of `github_deployments`.
pub(in crate::journal) fn github_deployment(row: &Row<'_>) -> rusqlite::Result<GitHubDeployment> {
    Ok(GitHubDeployment {
        repository: parsed(row, "repository")?,
        number: sequence(row, "number")?,
    })
}

/// A text column as the type that it was made from.
pub(super) fn parsed<T: for<'a> Deserialize<'a>>(
    row: &Row<'_>,
    column: &str,
) -> rusqlite::Result<T> {
    parse(row, column, &row.get::<_, String>(column)?)
}

fn if_present<T: for<'a> Deserialize<'a>>(
    row: &Row<'_>,
    column: &str,
) -> rusqlite::Result<Option<T>> {
    row.get::<_, Option<String>>(column)?.map(|text| parse(row, column, &text)).transpose()
}

fn parse<T: for<'a> Deserialize<'a>>(
    row: &Row<'_>,
    column: &str,
    text: &str,
) -> rusqlite::Result<T> {
    let text: StrDeserializer<'_, Error> = text.into_deserializer();
    T::deserialize(text).map_err(|error| unreadable(row, column, error))
}

fn unreadable(
    row: &Row<'_>,
    column: &str,
    error: impl std::error::Error + Send + Sync + 'static,
) -> rusqlite::Error {
    let index = row.as_ref().column_index(column).unwrap_or_default();
    rusqlite::Error::FromSqlConversionFailure(index, Type::Text, Box::new(error))
}
