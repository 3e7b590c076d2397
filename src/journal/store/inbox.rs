//! What is asked of the inbox. Only a database that several boathooks share has one, so this is
//! PostgreSQL's SQL. Each statement may run twice with the same result.

use serde::Serialize;

use crate::journal::{
    InboxAnswer, Store, StoreError,
    store::{
        columns::{sequence, text},
        statement::{Statement, Value},
    },
};

/// Puts requests in, in order; one that is there already stays as it is.
const PUT: &str = "
    WITH put AS (
        INSERT INTO inbox (id, instance, command, ends)
        SELECT one ->> 'id', ?1::text, one ->> 'command',
               clock_timestamp() + (one ->> 'left_ms')::bigint * interval '1 millisecond'
        FROM json_array_elements((?2::text)::json) WITH ORDINALITY AS requests (one, place) ORDER BY place
        ON CONFLICT (id) DO NOTHING)
    SELECT pg_notify('boathook', current_schema() || ':inbox')";

/// Takes back those that have no answer, and says which. One that comes only now, because the answer
/// to its `PUT` was lost, finds its place taken. One that is being answered is left alone: that
/// transaction waits for nobody here.
const TAKE_BACK: &str = "
    WITH these AS (SELECT id FROM json_array_elements_text((?2::text)::json) AS ids (id)),
    free AS (
        SELECT inbox.id FROM inbox JOIN these ON inbox.id = these.id
        WHERE answer IS NULL ORDER BY number FOR UPDATE OF inbox SKIP LOCKED),
    taken AS (UPDATE inbox SET command = NULL FROM free WHERE inbox.id = free.id RETURNING inbox.id),
    placed AS (
        INSERT INTO inbox (id, instance, ends)
        SELECT id, ?1::text, clock_timestamp() FROM these
        WHERE NOT EXISTS (SELECT 1 FROM inbox WHERE inbox.id = these.id)
        ON CONFLICT (id) DO NOTHING RETURNING inbox.id)
    SELECT id FROM taken UNION ALL SELECT id FROM placed";

const ANSWERS: &str = "
    SELECT id, answer, sequence FROM inbox WHERE instance = ?1 AND answer IS NOT NULL ORDER BY number";

const REMOVE: &str =
    "DELETE FROM inbox WHERE id IN (SELECT json_array_elements_text((?1::text)::json))";

/// The oldest that wait, as many as a batch takes, and up to 32 MiB. Those that are about to be taken
/// back are left alone.
const WAITING: &str = "
    SELECT number, id, command FROM (
        SELECT number, id, command,
               sum(octet_length(command)) OVER (ORDER BY number) - octet_length(command) AS before
        FROM (
            SELECT number, id, command FROM inbox
            WHERE answer IS NULL AND command IS NOT NULL AND number > ?1
              AND ends > clock_timestamp() + interval '3 seconds'
            ORDER BY number LIMIT 256) AS oldest) AS sized
    WHERE before < 33554432 ORDER BY number";

const ANSWER: &str = "
    UPDATE inbox SET answer = ?2, sequence = ?3
    WHERE id = ?1 AND answer IS NULL AND command IS NOT NULL";

const REMOVE_OLD: &str = "DELETE FROM inbox WHERE ends < clock_timestamp() - interval '1 hour'";

/// A request as a follower puts it in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(in crate::journal) struct OutgoingRequest {
    /// Drawn by the follower.
    pub(in crate::journal) id: String,
    /// JSON.
    pub(in crate::journal) command: String,
    /// How long it may wait for its answer.
    pub(in crate::journal) left_ms: u64,
}

/// A request as the leader takes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::journal) struct WaitingRequest {
    /// Its place among all.
    pub(in crate::journal) number: u64,
    pub(in crate::journal) id: String,
    pub(in crate::journal) command: String,
}

impl dyn Store + '_ {
    /// Puts a process's requests in, in order.
    pub(in crate::journal) fn put_into_inbox(
        &self,
        instance: &str,
        requests: &[OutgoingRequest],
    ) -> Result<(), StoreError> {
        let statement = Statement::new(PUT, [instance.into(), listed(requests)?]);
        self.use_inbox("put a request into the inbox", &statement, &mut |_| Ok(()))
    }

    /// Takes back those of a process's requests that have no answer, and returns which.
    pub(in crate::journal) fn take_back(
        &self,
        instance: &str,
        ids: &[String],
    ) -> Result<Vec<String>, StoreError> {
        let statement = Statement::new(TAKE_BACK, [instance.into(), listed(ids)?]);
        let mut taken = Vec::new();
        self.use_inbox("take a request back", &statement, &mut |row| {
            taken.push(text(row, "id")?.to_owned());
            Ok(())
        })?;
        Ok(taken)
    }

    /// The answers to a process's requests.
    pub(in crate::journal) fn inbox_answers(
        &self,
        instance: &str,
    ) -> Result<Vec<InboxAnswer>, StoreError> {
        let statement = Statement::new(ANSWERS, [instance.into()]);
        let mut answers = Vec::new();
        self.use_inbox("read answers", &statement, &mut |row| {
            answers.push(InboxAnswer {
                id: text(row, "id")?.to_owned(),
                answer: text(row, "answer")?.to_owned(),
                sequence: sequence(row, "sequence")?,
            });
            Ok(())
        })?;
        Ok(answers)
    }

    /// Removes requests that nobody waits for any more.
    pub(in crate::journal) fn remove_from_inbox(&self, ids: &[String]) -> Result<(), StoreError> {
        let statement = Statement::new(REMOVE, [listed(ids)?]);
        self.use_inbox("remove requests from the inbox", &statement, &mut |_| Ok(()))
    }

    /// The requests after that number that wait for the leader, the oldest first, a limited number.
    pub(in crate::journal) fn waiting_requests(
        &self,
        after: u64,
    ) -> Result<Vec<WaitingRequest>, StoreError> {
        let statement = Statement::new(WAITING, [after.into()]);
        let mut waiting = Vec::new();
        self.find_rows("read the inbox", &statement, &mut |row| {
            waiting.push(WaitingRequest {
                number: sequence(row, "number")?,
                id: text(row, "id")?.to_owned(),
                command: text(row, "command")?.to_owned(),
            });
            Ok(())
        })?;
        Ok(waiting)
    }

    /// Removes what a process left behind that is gone.
    pub(in crate::journal) fn remove_old_requests(&self) -> Result<(), StoreError> {
        let statement = Statement::new(REMOVE_OLD, []);
        self.use_inbox("remove old requests", &statement, &mut |_| Ok(()))
    }
}

/// A request that was taken back meanwhile, or answered, is none of which an answer may be kept.
pub(super) fn answer(answer: &InboxAnswer) -> Statement<'_> {
    let InboxAnswer { id, answer, sequence } = answer;
    let values = [id.as_str().into(), answer.as_str().into(), (*sequence).into()];
    Statement::new(ANSWER, values).changing_one()
}

/// A list as JSON: one parameter, however many there are.
fn listed<'a>(values: &[impl Serialize]) -> Result<Value<'a>, StoreError> {
    serde_json::to_string(values)
        .map(Value::from)
        .map_err(|error| StoreError::failed("write requests down", error))
}
