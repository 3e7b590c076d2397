//! Seeing a service change: a watch that is started again when it ends in silence, and a look besides.

use std::time::Duration;

use futures_util::{
    FutureExt,
    future::{BoxFuture, Fuse, FusedFuture},
};
use tokio::{sync::mpsc, time::Instant};

use crate::{
    cluster::{Cluster, ClusterError, Service, WatchEvents, Watched},
    deployment::ServiceKey,
    steps::{Context, StepError, change::look, retry::Backoff},
};

/// Lines of watch output held at most; kubectl waits while there are more.
const LINES: usize = 256;
/// How long a watch may say nothing before the service is read besides.
const QUIET: Duration = Duration::from_secs(5);

/// A service under watch until a deadline.
pub(crate) struct ServiceWatch<'a> {
    context: &'a Context<'a>,
    running: Running<'a>,
    until: Instant,
    quiet_until: Instant,
    next_look: Instant,
    look_every: Duration,
    backoff: Backoff,
    last_seen: String,
}

/// What the watch showed.
pub(crate) enum Seen {
    /// The service is so now.
    Service(Box<Service>),
    /// It is time to look at what cannot be watched.
    Look,
}

struct Running<'a> {
    ends: Fuse<BoxFuture<'a, Result<(), ClusterError>>>,
    lines: mpsc::Receiver<String>,
    drained: bool,
    events: WatchEvents,
}

impl<'a> Running<'a> {
    fn start(cluster: &'a Cluster, service: &'a ServiceKey) -> Self {
        let (sender, lines) = mpsc::channel(LINES);
        let ends: BoxFuture<'a, _> = Box::pin(cluster.watch_service(service, sender));
        Self { ends: ends.fuse(), lines, drained: false, events: WatchEvents::default() }
    }
}

impl<'a> ServiceWatch<'a> {
    /// Begins to watch.
    pub(crate) fn start(context: &'a Context<'a>, until: Instant) -> Self {
        Self::looking(context, until, QUIET)
    }

    /// Begins to watch; `look_every` is the pause between two [`Seen::Look`].
    pub(crate) fn looking(context: &'a Context<'a>, until: Instant, look_every: Duration) -> Self {
        Self {
            context,
            running: Running::start(context.cluster, context.service),
            until,
            quiet_until: Instant::now() + QUIET,
            next_look: Instant::now() + look_every,
            look_every,
            backoff: Backoff::new(),
            last_seen: "nothing was seen of the service".to_owned(),
        }
    }

    /// The next thing to consider; an error at the deadline, which says what was seen last.
    pub(crate) async fn next(&mut self) -> Result<Seen, StepError> {
        loop {
            if self.running.drained && self.running.ends.is_terminated() {
                self.restart().await?;
            }
            tokio::select! {
                biased;
                called_off = self.context.signals.until_called_off() => return Err(called_off),
                ended = &mut self.running.ends => self.consider_end(ended)?,
                line = self.running.lines.recv(), if !self.running.drained => match line {
                    Some(line) => if let Some(seen) = self.take(&line)? { return Ok(seen) },
                    None => self.running.drained = true,
                },
                () = tokio::time::sleep_until(self.next_look.min(self.quiet_until).min(self.until)) => {
                    self.check_deadline()?;
                    return self.look().await;
                }
            }
        }
    }

    /// The service, as the watch or a look beside it shows it next.
    pub(crate) async fn service(&mut self) -> Result<Service, StepError> {
        loop {
            if let Seen::Service(service) = self.next().await? {
                return Ok(*service);
            }
        }
    }

    /// A watch that says nothing may be dead: the service is read besides.
    async fn look(&mut self) -> Result<Seen, StepError> {
        let now = Instant::now();
        if now >= self.quiet_until {
            let service = look(self.context, self.until).await?;
            self.saw(&service);
            return Ok(Seen::Service(Box::new(service)));
        }
        self.next_look = now + self.look_every;
        Ok(Seen::Look)
    }

    fn saw(&mut self, service: &Service) {
        self.quiet_until = Instant::now() + QUIET;
        self.last_seen = service.in_words();
    }

    fn take(&mut self, line: &str) -> Result<Option<Seen>, StepError> {
        match self.running.events.line(line) {
            Some(Watched::Is(service)) => {
                self.backoff = Backoff::new();
                self.saw(&service);
                Ok(Some(Seen::Service(service)))
            }
            Some(Watched::Deleted) => Err(StepError::Foreign(format!("someone deleted the service {}", self.context.service))),
            None => Ok(None),
        }
    }

    fn consider_end(&mut self, ended: Result<(), ClusterError>) -> Result<(), StepError> {
        match ended {
            Err(error @ (ClusterError::Refused(_) | ClusterError::NotRun(_))) => Err(error.into()),
            Err(error) => {
                self.last_seen = error.to_string();
                Ok(())
            }
            Ok(()) => Ok(()),
        }
    }

    async fn restart(&mut self) -> Result<(), StepError> {
        let again = (Instant::now() + self.backoff.next()).min(self.until);
        self.context.sleep_until(again).await?;
        self.check_deadline()?;
        self.running = Running::start(self.context.cluster, self.context.service);
        Ok(())
    }

    fn check_deadline(&self) -> Result<(), StepError> {
        if Instant::now() < self.until {
            return Ok(());
        }
        Err(StepError::Failed(format!("it took too long; last seen: {}", self.last_seen)))
    }
}
