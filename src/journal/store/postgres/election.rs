//! What a boathook does to lead, and while it leads. All of it blocks.

use std::{sync::atomic::Ordering, time::Duration};

use tokio_postgres::Row;

use crate::journal::{
    Lease, PostgresError, PostgresStore, StoreError,
    store::{
        postgres::{
            kept_session::KeptSession,
            lease,
            member::Member,
            postgres_store::{FOLLOWS, locked},
        },
        schema::NEWEST,
        statement::Statement,
    },
};

/// How long an answer about the lease may take; a server on a slow disk takes seconds for a commit.
const DEADLINE: Duration = Duration::from_secs(4);

const READ_LEASE: &str = "see who leads";
const RENEW_LEASE: &str = "renew the lease";

/// How a renewal succeeded.
enum Renewed {
    /// The lease lasts as long as it should.
    Whole,
    /// It ends earlier: the database's clock stepped ahead, or this machine was suspended.
    Short,
}

impl PostgresStore {
    /// Who leads now. An error also if a newer boathook has led: the record is in its format.
    pub fn lease(&self) -> Result<Lease, StoreError> {
        let [session, _] = &self.of_lease;
        let rows = session.read(&self.asking_within(DEADLINE), READ_LEASE, &lease::query())?;
        self.read_lease(&rows)
    }

    /// Whether this process may lead: nobody does, or it does and did not hear of it.
    pub fn may_lead(&self) -> Result<bool, StoreError> {
        let lease = self.lease()?;
        let is_mine = self.member.as_ref().is_some_and(|member| member.instance == lease.holder);
        Ok(lease.has_ended() || is_mine)
    }

    /// The same on the connection that everyone reads with, so that nobody delays a renewal.
    pub(super) fn lease_for_others(&self) -> Result<Lease, StoreError> {
        self.read_lease(&self.rows(READ_LEASE, &lease::query())?)
    }

    fn read_lease(&self, rows: &[Row]) -> Result<Lease, StoreError> {
        let place = || self.asking().place();
        let row = rows.first().ok_or_else(|| PostgresError::NotOurs { place: place() })?;
        if lease::was_moved(row).map_err(|error| StoreError::failed(READ_LEASE, error))? {
            let session = self.reader.get(&self.asking())?;
            return Err(self.asking().set_aside(&session).into());
        }
        let lease = lease::read(row).map_err(|error| StoreError::failed(READ_LEASE, error))?;
        if lease.format > NEWEST {
            let place = place();
            let found = lease.format;
            return Err(PostgresError::Newer { place, found, known: NEWEST }.into());
        }
        Ok(lease)
    }

    /// Whether this process writes the record.
    #[must_use]
    pub fn leads(&self) -> bool {
        self.epoch.load(Ordering::Relaxed) != FOLLOWS
    }

    /// Leads if nobody else does, and says whether it does. From then on the lease has to be renewed.
    pub fn try_to_lead(&self) -> Result<bool, StoreError> {
        let mut writer = locked(&self.writer);
        if writer.is_some() {
            return Ok(true);
        }
        let Some(member) = &self.member else { return Ok(false) };
        let asked = self.asking().driver.now();
        let taken = lease::take(&self.asking(), member)?;
        let Some((session, place, at)) = taken else { return Ok(false) };
        self.database_clock.note(asked, at);
        self.begin_to_write(&mut writer, session, place);
        Ok(true)
    }

    /// Lets the lease last on; [`PostgresError::Deposed`] if it has ended.
    pub fn renew_lease(&self) -> Result<(), StoreError> {
        let [session, _] = &self.of_lease;
        self.renew_lease_on(session)
    }

    /// The same on another connection, for when the first one does not answer. Both may be tried at once.
    pub fn renew_lease_elsewhere(&self) -> Result<(), StoreError> {
        let [_, spare] = &self.of_lease;
        self.renew_lease_on(spare)
    }

    fn renew_lease_on(&self, session: &KeptSession) -> Result<(), StoreError> {
        match self.renew_once_on(session)? {
            Renewed::Whole => Ok(()),
            Renewed::Short => self.renew_once_on(session).map(drop),
        }
    }

    fn renew_once_on(&self, session: &KeptSession) -> Result<Renewed, StoreError> {
        let driver = self.asking().driver;
        let asked = driver.now();
        let at_latest = self.database_clock.at_latest(asked);
        let renew = |member, epoch| lease::renew(member, epoch, at_latest);
        let renewed = self.change_lease(session, RENEW_LEASE, renew)?;
        let Some(row) = renewed.first() else {
            return Err(PostgresError::Deposed { place: self.asking().place() }.into());
        };
        let said =
            lease::renewed_at(row).map_err(|error| StoreError::failed(RENEW_LEASE, error))?;
        let steps = self.database_clock.is_past(said, driver.now());
        self.database_clock.note(asked, said);
        Ok(if steps { Renewed::Short } else { Renewed::Whole })
    }

    /// Writes nothing any more, though the lease may still last. Does not block.
    pub fn stop_writing(&self) {
        self.epoch.store(FOLLOWS, Ordering::Relaxed);
    }

    /// Writes nothing any more, and lets another lead at once.
    pub fn release_lease(&self) -> Result<(), StoreError> {
        // Whoever waits for a transaction has its answer before.
        drop(locked(&self.writer).take());
        let [session, _] = &self.of_lease;
        let released = self.change_lease(session, "release the lease", lease::release);
        self.epoch.store(FOLLOWS, Ordering::Relaxed);
        released.map(drop)
    }

    /// Why nothing can be written any more, once that is so: another leads, or the database kept
    /// entries that this process does not know. Does not block.
    pub async fn ended(&self) -> PostgresError {
        let mut ended = self.ended.subscribe();
        let reason = ended.wait_for(Option::is_some).await.map(|reason| reason.clone());
        match reason {
            Ok(Some(reason)) => reason,
            // The sender lives as long as the store.
            Ok(None) | Err(_) => std::future::pending().await,
        }
    }

    fn change_lease<'a>(
        &'a self,
        session: &KeptSession,
        operation: &'static str,
        change: impl FnOnce(&'a Member, i64) -> Statement<'a>,
    ) -> Result<Vec<Row>, StoreError> {
        let epoch = self.epoch.load(Ordering::Relaxed);
        let Some(member) = self.member.as_ref().filter(|_| epoch != FOLLOWS) else {
            return Err(StoreError::Follows);
        };
        session.change(&self.asking_within(DEADLINE), operation, &change(member, epoch))
    }
}
