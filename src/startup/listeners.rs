//! All listeners of a boathook: each is opened before the first one answers, and the public one stops
//! before the others.

use std::{future::pending, io, iter, time::Duration};

use actix_web::dev::Server;

use crate::{
    config::Config,
    startup::{
        App,
        listen::{self, ListenError},
        listening::Listening,
        systemd::Sockets,
    },
};

/// The listeners before any of them answers.
pub(super) struct OpenListeners {
    public: Option<Server>,
    operator: Server,
    reading: Option<Server>,
    public_outlives_us: bool,
}

impl OpenListeners {
    /// Opens those that the config names; `patience` is how long the public one may take to stop.
    pub(super) fn open(
        config: &Config,
        app: &App,
        patience: Duration,
    ) -> Result<Self, ListenError> {
        let mut sockets = Sockets::take().map_err(ListenError::Inherited)?;
        let public_outlives_us = sockets.outlive_us();
        let operator = listen::operator(config, app, &mut sockets)?;
        let reading = listen::reading(config, app)?;
        let public = listen::public(config, app, &mut sockets, patience)?;
        Ok(Self { public, operator, reading, public_outlives_us })
    }

    /// Begins to answer.
    pub(super) fn begin(self) -> RunningListeners {
        let Self { public, operator, reading, public_outlives_us } = self;
        RunningListeners {
            public: public.map(Listening::begin),
            operator: Listening::begin(operator),
            reading: reading.map(Listening::begin),
            public_outlives_us,
        }
    }
}

/// The listeners that answer.
pub(super) struct RunningListeners {
    public: Option<Listening>,
    operator: Listening,
    reading: Option<Listening>,
    /// Whether connections that are not accepted yet wait for the next boathook.
    public_outlives_us: bool,
}

impl RunningListeners {
    /// Returns only if the public or the operator's one stops unexpectedly, with its name.
    pub(super) async fn broken(&mut self) -> (&'static str, io::Error) {
        let Self { public, operator, reading: _, public_outlives_us: _ } = self;
        tokio::select! {
            error = broken_if_any(public) => ("public", error),
            error = operator.broken() => ("operator's", error),
        }
    }

    /// Leaves new connections to the next boathook, where they wait for it.
    pub(super) async fn stop_accepting(&self) {
        if let Some(public) = self.public.as_ref().filter(|_| self.public_outlives_us) {
            public.stop_accepting().await;
        }
    }

    /// Stops all of them; the public one first finishes the requests under way.
    pub(super) async fn stop(self) -> io::Result<()> {
        let Self { public, operator, reading, public_outlives_us: _ } = self;
        if let Some(public) = public {
            public.stop(true).await?;
        }
        for listening in iter::once(operator).chain(reading) {
            listening.stop(false).await?;
        }
        Ok(())
    }
}

/// Returns only if there is a listener and it stops unexpectedly.
async fn broken_if_any(listening: &mut Option<Listening>) -> io::Error {
    match listening {
        Some(listening) => listening.broken().await,
        None => pending().await,
    }
}
