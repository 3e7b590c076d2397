//! Writes to the journal: here where this boathook leads, and otherwise through the one that does.

use std::sync::Arc;

use boathook_core::{
    deployment::{Actor, DeploymentId},
    record::{Acceptance, Event, Record},
};
use jiff::Timestamp;
use serde::de::DeserializeOwned;
use tokio::sync::oneshot;

use crate::journal::{
    AcceptError, Accepted, AppendError, DatedEvent, FollowUp, Journal, PackedBundle, RetryError,
    StoreError, Summary,
    inbox::request::Request,
    store::{new_id, new_token},
    writer::{
        command::Command,
        commands::{Accept, Append, AppendThen, Ping, Retry},
        queued::Called,
        shared::Role,
        write::RetryRequest,
    },
};

impl Journal {
    /// Accepts a request under a new id, unless its identity was accepted before; returns when that
    /// is on disk. `queue_limit` is how many deployments may wait to begin,
    /// and how many in each environment for its window.
    pub async fn accept(
        &self,
        acceptance: Acceptance,
        queue_limit: usize,
    ) -> Result<Accepted, AcceptError> {
        self.accept_with(acceptance, None, queue_limit).await
    }

    /// The same with the bundle that the request brings, kept in the same transaction.
    pub async fn accept_with(
        &self,
        acceptance: Acceptance,
        bundle: Option<PackedBundle>,
        queue_limit: usize,
    ) -> Result<Accepted, AcceptError> {
        let is_secret = bundle.as_ref().is_some_and(|bundle| bundle.packed.is_none());
        if is_secret && !self.leads() {
            return Err(StoreError::HoldsSecrets.into());
        }
        let id = new_id()?;
        let acceptance = Arc::new(acceptance);
        self.write(Accept { id, acceptance, bundle, queue_limit }).await
    }

    /// Retries a deployment that ended without success: a new deployment with its own id, which
    /// takes over the identity. `by` is the operator, and `opens_at` when the deployment window opens
    /// that it waits for.
    pub async fn retry(
        &self,
        of: &DeploymentId,
        by: Actor,
        opens_at: Option<Timestamp>,
        queue_limit: usize,
    ) -> Result<Summary, RetryError> {
        let again = RetryRequest { of: of.clone(), by, opens_at, token: new_token()? };
        let retried = self.write(Retry { id: new_id()?, again, queue_limit }).await?;
        Ok(retried.into_summary())
    }

    /// Records what happened; returns when it is on disk. An event that cannot follow is refused,
    /// and nothing is written.
    pub async fn append(
        &self,
        id: &DeploymentId,
        event: impl Into<Event>,
    ) -> Result<Arc<Record>, AppendError> {
        let records = self
            .append_all(id, vec![DatedEvent { at: self.now(), event: event.into() }], None)
            .await?;
        records.into_iter().next().ok_or(AppendError::Store(StoreError::Stopped))
    }

    /// Records several events in one commit, all or none of them, and the one that follows on the
    /// state after them, which only a boathook that leads can say.
    pub async fn append_all(
        &self,
        id: &DeploymentId,
        events: Vec<DatedEvent>,
        follow_up: Option<FollowUp>,
    ) -> Result<Vec<Arc<Record>>, AppendError> {
        let append = Append { id: id.clone(), events };
        match follow_up {
            Some(follow_up) => self.write_here(AppendThen { append, follow_up }).await,
            None => self.write(append).await,
        }
    }

    /// Returns once the writer has handled everything before it. It does not return while the
    /// writer hangs. One that follows has none.
    pub async fn beat(&self) -> Result<(), StoreError> {
        match self.shared.role() {
            Role::Leads => self.write_here(Ping).await,
            Role::Follows => Ok(()),
        }
    }

    /// Has a command decided, by the boathook that leads.
    pub(in crate::journal) async fn write<C>(&self, command: C) -> Result<C::Done, C::Error>
    where
        C: Command<Done: DeserializeOwned, Error: DeserializeOwned> + Into<Request>,
    {
        match self.shared.role() {
            Role::Leads => self.write_here(command).await,
            Role::Follows => self.outbox.decision(command.into()).await,
        }
    }

    /// The same for what only the boathook that leads asks for.
    pub(in crate::journal) async fn write_here<C: Command>(
        &self,
        command: C,
    ) -> Result<C::Done, C::Error> {
        if self.shared.role() == Role::Follows {
            return Err(StoreError::Follows.into());
        }
        self.shared.store.available()?;
        let (reply, answer) = oneshot::channel();
        self.shared.submit(Box::new(Called { command, reply })).await;
        answer.await.unwrap_or_else(|_gone| Err(StoreError::Stopped.into()))
    }
}
