//! A transaction of the one boathook that may write: it first tests that nobody else has opened the
//! journal since.

use futures_util::future::BoxFuture;
use tokio_postgres::Error;

use crate::journal::store::{
    postgres::{
        pipeline,
        session::{Session, bound},
    },
    statement::{Statement, Value, stored},
};

/// Who opens the journal changes the same row, and so waits for the transaction that has changed it.
/// One that was moved has a negative format.
const FENCE: &str = "
    UPDATE journal SET batch = ?2, last_sequence = greatest(last_sequence, ?3)
    WHERE epoch = ?1 AND batch + 1 = ?2 AND format > 0";

/// What a transaction tests and leaves behind.
#[derive(Clone, Copy)]
pub(super) struct Fence {
    pub(super) epoch: i64,
    /// The number of the transaction.
    pub(super) batch: i64,
    /// The sequence of its last record, if it has any.
    pub(super) last: Option<u64>,
}

/// Why a transaction was rolled back.
pub(super) enum RolledBack {
    /// Another boathook has opened the journal.
    Deposed,
    /// A request that it answers was taken back.
    TakenBack,
    /// The database refused a statement, or is gone.
    Failed(Error),
}

impl From<Error> for RolledBack {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

/// Does everything but the commit: one answer to wait for before the statements, and one after. After an error nothing is kept, even if the session is lost.
pub(super) async fn begin(
    session: &Session,
    fence: Fence,
    changes: &[Statement<'_>],
) -> Result<(), RolledBack> {
    let Fence { epoch, batch, last } = fence;
    let values =
        [Value::Integer(epoch), Value::Integer(batch), Value::Integer(last.map_or(0, stored))];
    let fence = Statement::new(FENCE, values);
    let done = send(session, &fence, changes).await;
    let failed = match done {
        Ok(Sent::Whole) => return Ok(()),
        Ok(Sent::Fenced) => RolledBack::Deposed,
        Ok(Sent::Missed) => RolledBack::TakenBack,
        Err(error) => RolledBack::Failed(error),
    };
    // If that fails too, the session is lost, and the transaction with it.
    let _ = session.client().batch_execute("ROLLBACK").await;
    Err(failed)
}

/// Ends the transaction. After an error nobody knows whether it was kept.
pub(super) async fn commit(session: &Session) -> Result<(), Error> {
    session.client().batch_execute("COMMIT").await
}

/// What came of the statements.
enum Sent {
    /// All of them did what they are for.
    Whole,
    /// The fence changed nothing.
    Fenced,
    /// One that must change a row did not.
    Missed,
}

async fn send(
    session: &Session,
    fence: &Statement<'_>,
    changes: &[Statement<'_>],
) -> Result<Sent, Error> {
    let client = session.client();
    let mut prepared = Vec::with_capacity(changes.len() + 1);
    for statement in std::iter::once(fence).chain(changes) {
        prepared.push((session.prepare(&statement.sql).await?, bound(&statement.values)));
    }
    // Without a transaction, each statement would be kept by itself.
    client.batch_execute("BEGIN").await?;
    let mut sent = Vec::with_capacity(prepared.len());
    for (statement, values) in &prepared {
        let answer: BoxFuture<'_, Result<u64, Error>> = Box::pin(client.execute(statement, values));
        sent.push(answer);
    }
    let mut changed = pipeline::answers(sent).await.into_iter();
    let fenced = changed.next().transpose()?.unwrap_or_default();
    if fenced != 1 {
        // What became of the others does not matter any more.
        return Ok(Sent::Fenced);
    }
    let mut sent = Sent::Whole;
    for (statement, changed) in changes.iter().zip(changed) {
        if changed? != 1 && statement.must_change_one {
            sent = Sent::Missed;
        }
    }
    Ok(sent)
}
