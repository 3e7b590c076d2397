//! The signals that end boathook. It handles them before it reports that it serves, so that none
//! kills it.

use std::{future, io, task::Poll};

use tokio::signal::unix::{Signal, SignalKind, signal};

/// The signals, each with its name.
pub(super) struct EndSignals(Vec<(&'static str, Signal)>);

impl EndSignals {
    /// Starts to handle SIGTERM and SIGINT.
    pub(super) fn listen() -> io::Result<Self> {
        let terminate = signal(SignalKind::terminate())?;
        Ok(Self(vec![("SIGTERM", terminate), ("SIGINT", signal(SignalKind::interrupt())?)]))
    }

    /// The same for a command, which ends with its terminal as well and leaves nothing behind.
    pub(super) fn of_command() -> io::Result<Self> {
        let Self(mut signals) = Self::listen()?;
        signals.push(("SIGHUP", signal(SignalKind::hangup())?));
        Ok(Self(signals))
    }

    /// Waits for one of them, and names it.
    pub(super) async fn received(&mut self) -> &'static str {
        future::poll_fn(|context| {
            let came = |(name, signal): &mut (&'static str, Signal)| {
                signal.poll_recv(context).is_ready().then_some(*name)
            };
            self.0.iter_mut().find_map(came).map_or(Poll::Pending, Poll::Ready)
        })
        .await
    }
}
