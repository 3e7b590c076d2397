//! What a batch changes, statement by statement.

use boathook_core::{deployment::BundleDigest, proof::DigestFact, record::Record};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use crate::journal::{
    Batch, PackedBundle, Prunable, Row, StoreError,
    store::{
        beside, inbox, rows,
        statement::{Statement, Value, from_second},
        statements,
    },
};

/// A success that no record of its batch ended.
#[derive(Debug, thiserror::Error)]
#[error("a success comes without a record")]
struct NoPlace;

/// How long facts of service times are kept: longer than any duration that can be required.
const FACTS_KEPT: SignedDuration = SignedDuration::from_hours(400 * 24);

/// The statements of a batch, in order, for one transaction. They are made before it begins, so that
/// nobody waits for the disk while events become JSON.
pub(super) fn of(batch: &Batch) -> Result<Vec<Statement<'_>>, StoreError> {
    let Batch {
        records,
        rows,
        locks,
        holds,
        withdrawals,
        facts,
        cursors,
        bundles,
        github_deployments,
        answers,
        prune,
    } = batch;
    let mut changes = Vec::with_capacity(records.len() + rows.len());
    for record in records {
        changes.push(keep_record(record)?);
    }
    let last = records.last().map(|record| record.sequence);
    for row in rows {
        changes.push(keep_row(row, last)?);
    }
    // There are few and they seldom change, so all are rewritten.
    if let Some(locks) = locks {
        changes.push(Statement::new(statements::DROP_LOCKS, []));
        for lock in locks {
            let values = [lock.id.as_str().into(), written(lock)?];
            changes.push(Statement::new(statements::KEEP_LOCK, values));
        }
    }
    if let Some(holds) = holds {
        changes.push(Statement::new(statements::DROP_HOLDS, []));
        for hold in holds {
            let values = [hold.id.as_str().into(), written(hold)?];
            changes.push(Statement::new(statements::KEEP_HOLD, values));
        }
    }
    for (digest, withdrawal) in withdrawals {
        // Deleted first, so that one that is withdrawn again is the newest in order.
        changes.push(Statement::new(statements::REINSTATE, [digest.as_str().into()]));
        if let Some(withdrawal) = withdrawal {
            let values = [digest.as_str().into(), written(withdrawal)?];
            changes.push(Statement::new(statements::WITHDRAW, values));
        }
    }
    facts.iter().for_each(|fact| changes.extend(keep_fact(fact)));
    for (source, position) in cursors {
        changes.push(match position {
            Some(position) => {
                let values = [source.as_str().into(), (*position).into()];
                Statement::new(statements::KEEP_SOURCE_CURSOR, values)
            }
            None => Statement::new(statements::FORGET_SOURCE, [source.as_str().into()]),
        });
    }
    changes.extend(bundles.iter().map(keep_bundle));
    for (id, on_github, is_reported) in github_deployments {
        changes.push(beside::keep_github_deployment(id, on_github, *is_reported));
    }
    changes.extend(answers.iter().map(inbox::answer));
    for one in prune {
        prune_one(one, &mut changes)?;
    }
    if !prune.is_empty() {
        changes.push(Statement::new(statements::PRUNE_BUNDLES, []));
    }
    Ok(changes)
}

fn keep_record(record: &Record) -> Result<Statement<'_>, StoreError> {
    let Record { sequence, deployment, at, event } = record;
    let values = [(*sequence).into(), deployment.as_str().into(), (*at).into(), written(event)?];
    Ok(Statement::new(statements::KEEP_RECORD, values))
}

/// `last` is the sequence of the last record that is written with it: the place of a new success.
fn keep_row(row: &Row, last: Option<u64>) -> Result<Statement<'_>, StoreError> {
    let Row {
        summary,
        has_timestamp,
        requested_at,
        signed_by,
        success,
        bundle,
        awaits_promotion,
        watched,
        unacknowledged,
    } = row;
    // Its place among all records is that of the record that ended it.
    if success.is_some() && last.is_none() {
        return Err(StoreError::failed("write the journal", NoPlace));
    }
    let values = [
        summary.id.as_str().into(),
        summary.environment.name().into(),
        summary.namespace.as_str().into(),
        summary.service.as_str().into(),
        summary.deployment_id.as_str().into(),
        summary.attempt.into(),
        summary.image.to_string().into(),
        summary.status.name().into(),
        summary.reason.as_ref().map_or(Ok(Value::Null), written)?,
        summary.token.reveal().into(),
        (*has_timestamp).into(),
        requested_at.map_or(Value::Null, |at| Value::Integer(at.as_microsecond())),
        signed_by.as_deref().into(),
        summary.accepted_seq.into(),
        summary.accepted_at.into(),
        summary.changed_at.into(),
        summary.ended_at.into(),
        success.as_ref().map(|success| success.revision.as_str()).into(),
        success.as_ref().map(|success| success.image.to_string()).into(),
        success.as_ref().and(last).into(),
        bundle.as_ref().map(BundleDigest::as_str).into(),
        (*awaits_promotion).into(),
        (*watched).into(),
        (*unacknowledged).into(),
    ];
    Ok(Statement::new(statements::KEEP_ROW, values))
}

/// No requirement looks so far back, so the oldest go as new ones come.
fn keep_fact(fact: &DigestFact) -> [Statement<'_>; 2] {
    let DigestFact { digest, environment, fact } = fact;
    let (what, until) = rows::what(&fact.what);
    let keep = [
        digest.as_str().into(),
        environment.name().into(),
        fact.service.namespace.as_str().into(),
        fact.service.service.as_str().into(),
        fact.at.into(),
        what.into(),
        until.into(),
        fact.bundle.as_ref().map(BundleDigest::as_str).into(),
    ];
    let young = fact.at.saturating_sub(FACTS_KEPT).unwrap_or(Timestamp::MIN);
    [
        Statement::new(statements::KEEP_FACT, keep),
        Statement::new(statements::PRUNE_FACTS, [from_second(young).into()]),
    ]
}

/// What the digest names is always the same.
fn keep_bundle(bundle: &PackedBundle) -> Statement<'_> {
    let PackedBundle { digest, packed } = bundle;
    let packed = packed.as_deref().map_or(Value::Null, |packed| Value::Bytes(packed.into()));
    Statement::new(statements::KEEP_BUNDLE, [digest.as_str().into(), packed])
}

/// If the identity could come again, the acceptance and the outcome stay, to distinguish a repeat
/// from another request.
fn prune_one<'a>(one: &'a Prunable, changes: &mut Vec<Statement<'a>>) -> Result<(), StoreError> {
    let id = || Value::from(one.id.as_str());
    changes.push(Statement::new(statements::PRUNE_GITHUB_DEPLOYMENT, [id()]));
    if one.has_timestamp {
        changes.push(Statement::new(statements::PRUNE_RECORDS, [id()]));
        changes.push(Statement::new(statements::PRUNE_ROW, [id()]));
    } else {
        let between = [id(), one.accepted_seq.into(), one.ended_seq.into()];
        changes.push(Statement::new(statements::PRUNE_BETWEEN, between));
        let stub = [one.ended_seq.into(), written(&one.stub())?];
        changes.push(Statement::new(statements::KEEP_STUB, stub));
        changes.push(Statement::new(statements::KEEP_IDENTITY, [id()]));
    }
    Ok(())
}

fn written<'a>(value: &impl Serialize) -> Result<Value<'a>, StoreError> {
    serde_json::to_string(value)
        .map(Value::from)
        .map_err(|error| StoreError::failed("write the journal", error))
}
