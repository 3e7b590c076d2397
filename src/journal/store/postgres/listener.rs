//! Hears what other boathooks announce in the database, on a connection of its own.
//!
//! An announcement only wakes: what was written is read. While there is no connection nothing is
//! heard, so its return is an announcement too.

use std::{future::poll_fn, pin::pin, time::Duration};

use boathook_core::rate::Backoff;
use tokio::time::{sleep, timeout};
use tokio_postgres::{AsyncMessage, Error};

use crate::journal::store::{
    notices::Notifier,
    postgres::{open::DEADLINE, postgres_options::PostgresOptions, session},
};

/// The channel of all boathooks in a database; what is sent there begins with the schema.
const LISTEN: &str = "LISTEN boathook";

/// Announces that the leader wrote a batch, once its transaction is kept.
pub(super) const ANNOUNCE_RECORDS: &str =
    "SELECT pg_notify('boathook', current_schema() || ':records')";

/// The pauses between attempts to connect.
const BACKOFF: Backoff = Backoff::new(Duration::from_millis(100), Duration::from_secs(5));

/// Listens for as long as it is polled; connects again whenever the connection is lost.
pub(super) async fn listen(options: PostgresOptions, notifier: Notifier) {
    let mut backoff = BACKOFF;
    loop {
        let heard = hear(&options, &notifier, || backoff.reset()).await;
        // It ends only by losing its connection, or without having had one.
        drop(heard);
        sleep(backoff.pause()).await;
    }
}

/// Listens until the connection is lost; `begun` is called once it is there.
async fn hear(
    options: &PostgresOptions,
    notifier: &Notifier,
    begun: impl FnOnce(),
) -> Result<(), Error> {
    let Ok(connected) = timeout(DEADLINE, session::connect(options)).await else { return Ok(()) };
    let (client, mut connection) = connected?;
    let payload = |kind: &str| format!("{}:{kind}", options.schema.as_str());
    let records = payload("records");
    let inbox = payload("inbox");
    let lead = payload("lead");
    let mut listening = pin!(timeout(DEADLINE, client.batch_execute(LISTEN)));
    let mut begun = Some(begun);
    loop {
        let message = tokio::select! {
            answer = &mut listening, if begun.is_some() => {
                let Ok(listening) = answer else { return Ok(()) };
                listening?;
                if let Some(begun) = begun.take() {
                    begun();
                }
                notifier.records();
                notifier.inbox();
                notifier.lead();
                continue;
            }
            message = poll_fn(|context| connection.poll_message(context)) => message,
        };
        match message.transpose()? {
            Some(AsyncMessage::Notification(heard)) if heard.payload() == records => {
                notifier.records()
            }
            Some(AsyncMessage::Notification(heard)) if heard.payload() == inbox => notifier.inbox(),
            Some(AsyncMessage::Notification(heard)) if heard.payload() == lead => notifier.lead(),
            Some(_) => {}
            None => return Ok(()),
        }
    }
}
