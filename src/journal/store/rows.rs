//! What each row means.

use std::sync::Arc;

use boathook_core::{
    deployment::{BundleDigest, ImageRef, Repository, ServiceKey},
    proof::{Fact, What, Withdrawal},
    record::{Lock, Reason, Record, ServiceHold, Status, UnknownStatus, reason_in_column},
};
use jiff::Timestamp;

use crate::journal::{
    GitHubDeployment, PackedBundle, ProvenImage, Prunable, Served, Service, Signer, Success,
    Summary,
    store::columns::{
        ColumnError, Columns, from_json, if_present, integer, parsed, sequence, text,
    },
};

/// A row of `records`.
pub(super) fn record(row: &dyn Columns) -> Result<Record, ColumnError> {
    Ok(Record {
        sequence: sequence(row, "sequence")?,
        deployment: parsed(row, "deployment")?,
        at: parsed(row, "at")?,
        event: from_json(row, "event")?,
    })
}

/// A row of `deployments`.
pub(super) fn summary(row: &dyn Columns) -> Result<Summary, ColumnError> {
    let image: ImageRef = parsed(row, "image")?;
    let served: Option<ImageRef> = if_present(row, "serves_image")?;
    let attempt = sequence(row, "attempt")?;
    Ok(Summary {
        id: parsed(row, "id")?,
        environment: parsed(row, "environment")?,
        namespace: parsed(row, "namespace")?,
        service: parsed(row, "service")?,
        deployment_id: parsed(row, "deployment_id")?,
        attempt: u32::try_from(attempt).map_err(|error| ColumnError::new("attempt", error))?,
        digest: served.as_ref().unwrap_or(&image).digest().cloned(),
        image,
        status: parsed(row, "status")?,
        // Only one that has not ended can be paused, and its state is in memory.
        paused: false,
        unacknowledged: row.flag("unacknowledged")?,
        reason: reason(row)?,
        accepted_seq: sequence(row, "accepted_seq")?,
        accepted_at: parsed(row, "accepted_at")?,
        changed_at: parsed(row, "changed_at")?,
        ended_at: if_present(row, "ended_at")?,
        token: parsed(row, "token")?,
    })
}

/// A row of `locks`.
pub(super) fn lock(row: &dyn Columns) -> Result<Arc<Lock>, ColumnError> {
    from_json(row, "lock").map(Arc::new)
}

/// A row of `service_holds`.
pub(super) fn hold(row: &dyn Columns) -> Result<Arc<ServiceHold>, ColumnError> {
    from_json(row, "hold").map(Arc::new)
}

/// A row of `withdrawals`.
pub(super) fn withdrawal(row: &dyn Columns) -> Result<Arc<Withdrawal>, ColumnError> {
    from_json(row, "withdrawal").map(Arc::new)
}

fn withdrawal_if_any(row: &dyn Columns) -> Result<Option<Arc<Withdrawal>>, ColumnError> {
    row.text("withdrawal")?.map(|_| withdrawal(row)).transpose()
}

/// An image that succeeded, and its withdrawal.
pub(super) fn proven(row: &dyn Columns) -> Result<ProvenImage, ColumnError> {
    Ok((parsed(row, "serves_image")?, withdrawal_if_any(row)?))
}

/// A row of `service_facts`.
pub(super) fn fact(row: &dyn Columns) -> Result<Fact, ColumnError> {
    let service =
        ServiceKey { namespace: parsed(row, "namespace")?, service: parsed(row, "service")? };
    let what = match text(row, "what")? {
        SUCCEEDED => What::Succeeded,
        RETURNED => What::Returned,
        RECONFIGURED => What::Reconfigured,
        WATCHED => What::Watched { until: parsed(row, "until")? },
        UNHEALTHY => What::Unhealthy,
        // Whatever it is, it proves nothing.
        _ => What::Replaced,
    };
    let bundle = row.text("bundle")?.map(BundleDigest::parse).transpose();
    let bundle = bundle.map_err(|error| ColumnError::new("bundle", error))?;
    Ok(Fact { service, at: parsed(row, "at")?, what, bundle })
}

/// What happened, as the column has it.
pub(super) const fn what(what: &What) -> (&'static str, Option<Timestamp>) {
    match what {
        What::Succeeded => (SUCCEEDED, None),
        What::Returned => (RETURNED, None),
        What::Reconfigured => (RECONFIGURED, None),
        What::Watched { until } => (WATCHED, Some(*until)),
        What::Unhealthy => (UNHEALTHY, None),
        What::Replaced => ("replaced", None),
    }
}

const SUCCEEDED: &str = "succeeded";
const RETURNED: &str = "returned";
const RECONFIGURED: &str = "reconfigured";
const WATCHED: &str = "watched";
const UNHEALTHY: &str = "unhealthy";

/// A row of `bundles`.
pub(super) fn packed_bundle(row: &dyn Columns) -> Result<PackedBundle, ColumnError> {
    Ok(PackedBundle {
        digest: bundle_digest(row)?,
        packed: row.bytes("packed")?.map(<[u8]>::to_vec),
    })
}

/// The same without its content.
pub(super) fn bundle_digest(row: &dyn Columns) -> Result<BundleDigest, ColumnError> {
    BundleDigest::parse(text(row, "digest")?).map_err(|error| ColumnError::new("digest", error))
}

/// A row of `deployments` that may be pruned.
pub(super) fn prunable(row: &dyn Columns) -> Result<Prunable, ColumnError> {
    let status: Status = parsed(row, "status")?;
    let unended = || ColumnError::new("status", UnknownStatus(status.name().to_owned()));
    Ok(Prunable {
        id: parsed(row, "id")?,
        environment: parsed(row, "environment")?,
        service: ServiceKey {
            namespace: parsed(row, "namespace")?,
            service: parsed(row, "service")?,
        },
        accepted_seq: sequence(row, "accepted_seq")?,
        ended_seq: sequence(row, "ended_seq")?,
        has_timestamp: row.flag("has_timestamp")?,
        served: row.flag("served")?,
        end: status.end().ok_or_else(unended)?,
        reason: reason(row)?,
    })
}

/// Why a deployment ended or rolls back.
fn reason(row: &dyn Columns) -> Result<Option<Reason>, ColumnError> {
    let reason = row.text("reason")?.map(|text| reason_in_column(text.to_owned())).transpose();
    reason.map_err(|error| ColumnError::new("reason", error))
}

/// A row of the count of what each secret signed.
pub(super) fn signer(row: &dyn Columns) -> Result<Signer, ColumnError> {
    Ok(Signer {
        environment: parsed(row, "environment")?,
        id: text(row, "signed_by")?.to_owned(),
        deployments: sequence(row, "deployments")?,
        last: parsed(row, "accepted_at")?,
    })
}

/// A row of the services: the newest deployment, and the newest success if there is one.
pub(super) fn service(row: &dyn Columns) -> Result<Service, ColumnError> {
    let served = if_present(row, "success_id")?.map(|deployment| {
        let success = Success {
            deployment,
            revision: parsed(row, "success_revision")?,
            image: parsed(row, "success_image")?,
        };
        let requested = parsed(row, "success_requested")?;
        let since = parsed(row, "success_at")?;
        let withdrawal = withdrawal_if_any(row)?;
        Ok::<_, ColumnError>(Served { success, requested, since, withdrawal })
    });
    Ok(Service { newest: summary(row)?, served: served.transpose()? })
}

/// A row of `deployments` whose request has its place in their order.
pub(super) fn request(row: &dyn Columns) -> Result<(Timestamp, Summary), ColumnError> {
    let at = Timestamp::from_microsecond(integer(row, "requested_at")?)
        .map_err(|error| ColumnError::new("requested_at", error))?;
    Ok((at, summary(row)?))
}

/// What a row of `deployments` says of its success.
pub(super) fn success(row: &dyn Columns) -> Result<Success, ColumnError> {
    Ok(Success {
        deployment: parsed(row, "id")?,
        revision: parsed(row, "serves_revision")?,
        image: parsed(row, "serves_image")?,
    })
}

/// A row of `github_deployments`.
pub(super) fn github_deployment(row: &dyn Columns) -> Result<GitHubDeployment, ColumnError> {
    let repository: Repository = parsed(row, "repository")?;
    Ok(GitHubDeployment { repository, number: sequence(row, "number")? })
}
