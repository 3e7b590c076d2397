//! The store on this node's disk: SQLite, with one connection that writes and one that reads.

use std::{
    collections::HashMap,
    path::Path,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use boathook_core::{
    deployment::{BundleDigest, DeploymentId, Digest, Environment, Identity, ServiceKey},
    proof::{DigestFact, Fact},
    record::{Lock, Record, ServiceHold, Withdrawal},
};
use jiff::Timestamp;
use rusqlite::{
    Connection, OptionalExtension, Params, Row as SqlRow, TransactionBehavior, named_params,
    params, params_from_iter,
};
use serde::Serialize;

use crate::journal::{
    Batch, Cutoff, Filter, GitHubDeployment, PackedBundle, ProvenImage, Prunable, Row, Service,
    Signer, Store, StoreError, Success, Summary,
    store::{
        columns::{self, stored},
        open::{FileLock, Opened, open},
        selection::Selection,
        statements,
    },
};

/// SQLite's own maximum, in pages.
const PAGES_MAX: u64 = 0xffff_fffe;

/// How long facts of service times are kept: longer than any duration that can be required.
const FACTS_KEPT_SECONDS: i64 = 400 * 24 * 60 * 60;

/// A journal in one file. Readers see what is committed, also while something is written.
pub struct SqliteStore {
    writer: Mutex<Connection>,
    reader: Mutex<Connection>,
    /// Held until the connections are closed: fields drop in order.
    _lock: FileLock,
}

/// How a file is kept.
#[derive(Clone, Copy, Debug, Default)]
pub struct StoreOptions {
    /// The maximum size of the database in bytes; none for no limit.
    pub max_bytes: Option<u64>,
}

impl SqliteStore {
    /// Opens the file, or makes it; blocks, so it is for the start of the program.
    pub fn open(path: &Path, options: StoreOptions) -> Result<Self, StoreError> {
        let StoreOptions { max_bytes } = options;
        let Opened { writer, reader, lock } = open(path)?;
        let store = Self { writer: Mutex::new(writer), reader: Mutex::new(reader), _lock: lock };
        store.limit(max_bytes)?;
        Ok(store)
    }

    /// Changes the size limit. Existing data stays, however large.
    pub fn limit(&self, max_bytes: Option<u64>) -> Result<(), StoreError> {
        let writer = locked(&self.writer);
        let set = || {
            let page: i64 = writer.pragma_query_value(None, "page_size", |row| row.get(0))?;
            let pages = max_bytes
                .map_or(PAGES_MAX, |bytes| (bytes / page.unsigned_abs()).clamp(1, PAGES_MAX));
            writer.pragma_update_and_check(None, "max_page_count", stored(pages), |_| Ok(()))
        };
        set().map_err(|error| StoreError::failed("set the journal's size limit", error))
    }

    fn one<T>(
        &self,
        doing: &'static str,
        sql: &str,
        by: impl Params,
        read: fn(&SqlRow<'_>) -> rusqlite::Result<T>,
    ) -> Result<Option<T>, StoreError> {
        let reader = locked(&self.reader);
        let found = reader
            .prepare_cached(sql)
            .and_then(|mut statement| statement.query_row(by, read).optional());
        found.map_err(|error| StoreError::failed(doing, error))
    }

    fn all<T>(
        &self,
        doing: &'static str,
        sql: &str,
        by: impl Params,
        read: fn(&SqlRow<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, StoreError> {
        let reader = locked(&self.reader);
        let found = reader
            .prepare_cached(sql)
            .and_then(|mut statement| statement.query_map(by, read)?.collect());
        found.map_err(|error| StoreError::failed(doing, error))
    }
}

/// A connection holds no half-done work between calls, so a panic elsewhere leaves it fit for use.
fn locked(connection: &Mutex<Connection>) -> MutexGuard<'_, Connection> {
    connection.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Store for SqliteStore {
    fn write(&self, batch: &Batch) -> Result<(), StoreError> {
        let Batch { records, rows, locks, holds, withdrawals, facts, cursors, bundles, prune } =
            batch;
        let mut writer = locked(&self.writer);
        let mut keep = || {
            let transaction = writer.transaction_with_behavior(TransactionBehavior::Immediate)?;
            keep_records(&transaction, records.iter().map(AsRef::as_ref))?;
            keep_rows(&transaction, rows)?;
            if let Some(locks) = locks {
                keep_locks(&transaction, locks)?;
            }
            if let Some(holds) = holds {
                keep_holds(&transaction, holds)?;
            }
            keep_withdrawals(&transaction, withdrawals)?;
            keep_facts(&transaction, facts)?;
            keep_cursors(&transaction, cursors)?;
            keep_bundles(&transaction, bundles)?;
            prune.iter().try_for_each(|one| prune_one(&transaction, one))?;
            if !prune.is_empty() {
                transaction.execute(statements::PRUNE_BUNDLES, [])?;
            }
            transaction.commit()
        };
        keep().map_err(|error| StoreError::failed("write the journal", error))
    }

    fn check(&self) -> Result<(), StoreError> {
        let writer = locked(&self.writer);
        writer.execute_batch(statements::CHECK).map_err(|error| {
            // If SQLite ended the transaction by itself, there is nothing to roll back.
            let _ = writer.execute_batch("ROLLBACK");
            StoreError::failed("write the journal", error)
        })
    }

    fn last_sequence(&self) -> Result<u64, StoreError> {
        let last =
            self.one("read the journal's last sequence", statements::LAST_SEQUENCE, [], |row| {
                columns::sequence(row, "seq")
            })?;
        Ok(last.unwrap_or(0))
    }

    fn live(&self) -> Result<Vec<DeploymentId>, StoreError> {
        self.all("list the deployments that have not ended", statements::LIVE, [], |row| {
            columns::parsed(row, "id")
        })
    }

    fn find(&self, identity: &Identity) -> Result<Option<Summary>, StoreError> {
        let Identity { environment, namespace, service_name, deployment_id } = identity;
        let by = params![
            environment.name(),
            namespace.as_str(),
            service_name.as_str(),
            deployment_id.as_str()
        ];
        self.one("look a deployment up by its identity", statements::FIND, by, columns::summary)
    }

    fn summary(&self, id: &DeploymentId) -> Result<Option<Summary>, StoreError> {
        self.one(
            "look a deployment up by its id",
            statements::SUMMARY,
            [id.as_str()],
            columns::summary,
        )
    }

    fn record(&self, sequence: u64) -> Result<Option<Record>, StoreError> {
        self.one("read a record", statements::RECORD, [stored(sequence)], columns::record)
    }

    fn records(&self, id: &DeploymentId, after: u64) -> Result<Vec<Record>, StoreError> {
        self.all(
            "read the records of a deployment",
            statements::RECORDS,
            params![id.as_str(), stored(after)],
            columns::record,
        )
    }

    fn records_of_all(&self, after: u64, limit: u32) -> Result<Vec<Record>, StoreError> {
        self.all(
            "read the records of all deployments",
            statements::RECORDS_OF_ALL,
            params![stored(after), limit],
            columns::record,
        )
    }

    fn list(&self, filter: &Filter) -> Result<Vec<Summary>, StoreError> {
        let Selection { sql, values } = Selection::of(filter);
        self.all("list deployments", &sql, params_from_iter(values), columns::summary)
    }

    fn signers(&self) -> Result<Vec<Signer>, StoreError> {
        self.all("count what each secret signed", statements::SIGNERS, [], columns::signer)
    }

    fn services(&self, limit: u32) -> Result<Vec<Service>, StoreError> {
        self.all("list what serves", statements::SERVICES, [limit], columns::service)
    }

    fn last_success(
        &self,
        environment: Environment,
        service: &ServiceKey,
    ) -> Result<Option<Success>, StoreError> {
        let by = params![environment.name(), service.namespace.as_str(), service.service.as_str()];
        self.one("look up what serves", statements::LAST_SUCCESS, by, columns::success)
    }

    fn prunable(&self, cut: &Cutoff, after: u64, limit: u32) -> Result<Vec<Prunable>, StoreError> {
        let Cutoff { young, old, count } = cut;
        let by = named_params! {
            ":young": young.to_string(), ":old": old.to_string(), ":count": count, ":after": stored(after), ":limit": limit,
        };
        self.all(
            "list the deployments that may be pruned",
            statements::PRUNABLE,
            by,
            columns::prunable,
        )
    }

    fn locks(&self) -> Result<Vec<Arc<Lock>>, StoreError> {
        self.all("list the locks", statements::LOCKS, [], columns::lock)
    }

    fn newest_request(
        &self,
        environment: Environment,
        service: &ServiceKey,
    ) -> Result<Option<(Timestamp, Summary)>, StoreError> {
        let by = params![environment.name(), service.namespace.as_str(), service.service.as_str()];
        self.one("look up the request made last", statements::NEWEST_REQUEST, by, columns::request)
    }

    fn success_before(
        &self,
        environment: Environment,
        service: &ServiceKey,
        than: &Success,
    ) -> Result<Option<Success>, StoreError> {
        let ServiceKey { namespace, service } = service;
        let by = params![
            environment.name(),
            namespace.as_str(),
            service.as_str(),
            than.deployment.as_str(),
            than.revision.as_str()
        ];
        self.one("look up what served before", statements::SUCCESS_BEFORE, by, columns::success)
    }

    fn replaced_success(
        &self,
        environment: Environment,
        service: &ServiceKey,
        by: &DeploymentId,
    ) -> Result<Option<DeploymentId>, StoreError> {
        let ServiceKey { namespace, service } = service;
        let by = params![environment.name(), namespace.as_str(), service.as_str(), by.as_str()];
        self.one("look up what a success replaced", statements::REPLACED_SUCCESS, by, |row| {
            columns::parsed(row, "id")
        })
    }

    fn replacing_success(
        &self,
        environment: Environment,
        service: &ServiceKey,
        of: &DeploymentId,
    ) -> Result<Option<DeploymentId>, StoreError> {
        let ServiceKey { namespace, service } = service;
        let of = params![environment.name(), namespace.as_str(), service.as_str(), of.as_str()];
        self.one("look up what replaced a success", statements::REPLACING_SUCCESS, of, |row| {
            columns::parsed(row, "id")
        })
    }

    fn github_deployments(&self, id: &DeploymentId) -> Result<Vec<GitHubDeployment>, StoreError> {
        self.all(
            "look up deployments on GitHub",
            statements::GITHUB_DEPLOYMENTS,
            [id.as_str()],
            columns::github_deployment,
        )
    }

    fn untold_github_deployment(
        &self,
    ) -> Result<Option<(DeploymentId, GitHubDeployment)>, StoreError> {
        let unreported = statements::UNREPORTED_GITHUB_DEPLOYMENT;
        self.one("look up a deployment on GitHub without a status", unreported, [], |row| {
            Ok((columns::parsed(row, "deployment")?, columns::github_deployment(row)?))
        })
    }

    fn keep_github_deployment(
        &self,
        id: &DeploymentId,
        on_github: &GitHubDeployment,
        is_reported: bool,
    ) -> Result<(), StoreError> {
        let GitHubDeployment { repository, number } = on_github;
        let row = params![id.as_str(), repository.as_str(), stored(*number), is_reported];
        let kept = locked(&self.writer).execute(statements::KEEP_GITHUB_DEPLOYMENT, row);
        kept.map(drop)
            .map_err(|error| StoreError::failed("keep the number of a deployment on GitHub", error))
    }

    fn note_reported(&self, on_github: &GitHubDeployment) -> Result<(), StoreError> {
        let GitHubDeployment { repository, number } = on_github;
        let row = params![repository.as_str(), stored(*number)];
        let noted = locked(&self.writer).execute(statements::TOLD_GITHUB_DEPLOYMENT, row);
        noted.map(drop).map_err(|error| {
            StoreError::failed("keep that a deployment on GitHub has a status", error)
        })
    }

    fn proven(
        &self,
        environment: Environment,
        since: Timestamp,
        limit: u32,
    ) -> Result<Vec<ProvenImage>, StoreError> {
        let by = params![environment.name(), since.as_second(), limit];
        self.all("list what was proven", statements::PROVEN, by, columns::proven)
    }

    fn facts(
        &self,
        environment: Environment,
        digest: &Digest,
        limit: u32,
    ) -> Result<Vec<Fact>, StoreError> {
        let by = params![digest.as_str(), environment.name(), limit];
        let mut facts =
            self.all("read how long a digest served", statements::FACTS, by, columns::fact)?;
        facts.reverse();
        Ok(facts)
    }

    fn holds(&self) -> Result<Vec<Arc<ServiceHold>>, StoreError> {
        self.all("list the held services", statements::HOLDS, [], columns::hold)
    }

    fn withdrawal(&self, digest: &Digest) -> Result<Option<Arc<Withdrawal>>, StoreError> {
        self.one(
            "look a withdrawal up",
            statements::WITHDRAWAL,
            [digest.as_str()],
            columns::withdrawal,
        )
    }

    fn withdrawals(&self, limit: u32) -> Result<Vec<Arc<Withdrawal>>, StoreError> {
        self.all("list the withdrawals", statements::WITHDRAWALS, [limit], columns::withdrawal)
    }

    fn serves(&self, digest: &Digest) -> Result<bool, StoreError> {
        let serves = self.one(
            "look up where a digest serves",
            statements::SERVES,
            [digest.as_str()],
            |row| columns::parsed::<DeploymentId>(row, "id"),
        )?;
        Ok(serves.is_some())
    }

    fn promotions_of(&self, digest: &Digest) -> Result<Vec<DeploymentId>, StoreError> {
        self.all(
            "list the promotions of a digest",
            statements::PROMOTIONS_OF,
            [digest.as_str()],
            |row| columns::parsed(row, "id"),
        )
    }

    fn watched(&self) -> Result<Vec<DeploymentId>, StoreError> {
        self.all("list the successes that are watched", statements::WATCHED, [], |row| {
            columns::parsed(row, "id")
        })
    }

    fn to_promote_count(&self) -> Result<Vec<(Environment, u64)>, StoreError> {
        self.all("count the successes to promote", statements::TO_PROMOTE_COUNT, [], |row| {
            Ok((columns::parsed(row, "environment")?, columns::sequence(row, "successes")?))
        })
    }

    fn source_cursor(&self, source: &str) -> Result<Option<u64>, StoreError> {
        self.one("look up how far a source was read", statements::SOURCE_CURSOR, [source], |row| {
            columns::sequence(row, "position")
        })
    }

    fn bundles_beside(&self) -> Result<Vec<BundleDigest>, StoreError> {
        let beside = statements::BUNDLES_BESIDE;
        self.all("list the bundles beside the journal", beside, [], columns::bundle_digest)
    }

    fn bundle(&self, digest: &BundleDigest) -> Result<Option<PackedBundle>, StoreError> {
        self.one("read a bundle", statements::BUNDLE, [digest.as_str()], columns::packed_bundle)
    }

    fn sources(&self) -> Result<Vec<String>, StoreError> {
        self.all("list the sources", statements::SOURCES, [], |row| row.get("source"))
    }

    fn to_promote(&self, limit: u32) -> Result<Vec<DeploymentId>, StoreError> {
        self.all("list the successes to promote", statements::TO_PROMOTE, [limit], |row| {
            columns::parsed(row, "id")
        })
    }
}

fn keep_records<'a>(
    connection: &Connection,
    records: impl Iterator<Item = &'a Record>,
) -> rusqlite::Result<()> {
    let mut statement = connection.prepare_cached(statements::KEEP_RECORD)?;
    for Record { sequence, deployment: id, at, event } in records {
        statement.execute(params![
            stored(*sequence),
            id.as_str(),
            at.to_string(),
            written(event)?
        ])?;
    }
    Ok(())
}

/// There are few and they seldom change, so all are rewritten.
fn keep_locks(connection: &Connection, locks: &[Arc<Lock>]) -> rusqlite::Result<()> {
    connection.execute(statements::DROP_LOCKS, [])?;
    let mut statement = connection.prepare_cached(statements::KEEP_LOCK)?;
    for lock in locks {
        statement.execute(params![lock.id.as_str(), written(lock)?])?;
    }
    Ok(())
}

/// As few as locks.
fn keep_holds(connection: &Connection, holds: &[Arc<ServiceHold>]) -> rusqlite::Result<()> {
    connection.execute(statements::DROP_HOLDS, [])?;
    let mut statement = connection.prepare_cached(statements::KEEP_HOLD)?;
    for hold in holds {
        statement.execute(params![hold.id.as_str(), written(hold)?])?;
    }
    Ok(())
}

fn keep_withdrawals(
    connection: &Connection,
    withdrawals: &HashMap<Digest, Option<Arc<Withdrawal>>>,
) -> rusqlite::Result<()> {
    for (digest, withdrawal) in withdrawals {
        match withdrawal {
            Some(withdrawal) => connection
                .execute(statements::WITHDRAW, params![digest.as_str(), written(withdrawal)?])?,
            None => connection.execute(statements::REINSTATE, [digest.as_str()])?,
        };
    }
    Ok(())
}

/// No requirement looks so far back, so the oldest go as new ones come.
fn keep_facts(connection: &Connection, facts: &[DigestFact]) -> rusqlite::Result<()> {
    for DigestFact { digest, environment, fact: Fact { service, at, what, bundle } } in facts {
        let (what, until) = columns::what(what);
        let until = until.map(|until| until.to_string());
        connection.prepare_cached(statements::KEEP_FACT)?.execute(params![
            digest.as_str(),
            environment.name(),
            service.namespace.as_str(),
            service.service.as_str(),
            at.to_string(),
            what,
            until,
            bundle.as_ref().map(BundleDigest::as_str)
        ])?;
        let young = at.as_second().saturating_sub(FACTS_KEPT_SECONDS);
        connection.prepare_cached(statements::PRUNE_FACTS)?.execute([young])?;
    }
    Ok(())
}

fn keep_cursors(
    connection: &Connection,
    cursors: &HashMap<String, Option<u64>>,
) -> rusqlite::Result<()> {
    let mut keep = connection.prepare_cached(statements::KEEP_SOURCE_CURSOR)?;
    let mut forget = connection.prepare_cached(statements::FORGET_SOURCE)?;
    for (source, position) in cursors {
        match position {
            Some(position) => keep.execute(params![source, stored(*position)])?,
            None => forget.execute([source])?,
        };
    }
    Ok(())
}

/// What the digest names is always the same.
fn keep_bundles(connection: &Connection, bundles: &[PackedBundle]) -> rusqlite::Result<()> {
    for PackedBundle { digest, packed } in bundles {
        connection.execute(statements::KEEP_BUNDLE, params![digest.as_str(), packed])?;
    }
    Ok(())
}

/// If the identity could come again, the acceptance and the outcome stay, to distinguish a repeat
/// from another request.
fn prune_one(connection: &Connection, one: &Prunable) -> rusqlite::Result<()> {
    let id = one.id.as_str();
    connection.execute(statements::PRUNE_GITHUB_DEPLOYMENT, [id])?;
    if one.has_timestamp {
        connection.execute(statements::PRUNE_RECORDS, [id])?;
        connection.execute(statements::PRUNE_ROW, [id])?;
    } else {
        connection.execute(
            statements::PRUNE_BETWEEN,
            params![id, stored(one.accepted_seq), stored(one.ended_seq)],
        )?;
        connection.execute(
            statements::KEEP_STUB,
            params![stored(one.ended_seq), written(&one.stub())?],
        )?;
        connection.execute(statements::KEEP_IDENTITY, [id])?;
    }
    Ok(())
}

fn written<T: Serialize>(value: &T) -> rusqlite::Result<String> {
    serde_json::to_string(value)
        .map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))
}

fn keep_rows(connection: &Connection, rows: &[Row]) -> rusqlite::Result<()> {
    let mut statement = connection.prepare_cached(statements::KEEP_ROW)?;
    for Row {
        summary,
        has_timestamp,
        requested_at,
        signed_by,
        success,
        bundle,
        awaits_promotion,
        watched,
        unacknowledged,
    } in rows
    {
        statement.execute(named_params! {
            ":id": summary.id.as_str(),
            ":environment": summary.environment.name(),
            ":namespace": summary.namespace.as_str(),
            ":service": summary.service.as_str(),
            ":deployment_id": summary.deployment_id.as_str(),
            ":attempt": summary.attempt,
            ":image": summary.image.to_string(),
            ":status": summary.status.name(),
            ":reason": summary.reason.as_ref().map(written).transpose()?,
            ":token": summary.token.reveal(),
            ":has_timestamp": has_timestamp,
            ":requested_at": requested_at.map(Timestamp::as_microsecond),
            ":signed_by": signed_by,
            ":accepted_seq": stored(summary.accepted_seq),
            ":accepted_at": summary.accepted_at.to_string(),
            ":changed_at": summary.changed_at.to_string(),
            ":ended_at": summary.ended_at.map(|at| at.to_string()),
            ":serves_revision": success.as_ref().map(|success| success.revision.as_str()),
            ":serves_image": success.as_ref().map(|success| success.image.to_string()),
            ":bundle": bundle.as_ref().map(BundleDigest::as_str),
            ":awaits_promotion": awaits_promotion,
            ":watched": watched,
            ":unacknowledged": unacknowledged,
        })?;
    }
    Ok(())
}
