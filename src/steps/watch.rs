//! Seeing a service change: a watch that is started again when it ends in silence, and a look besides.

use std::{sync::Arc, time::Duration};

use futures_util::{
    FutureExt,
    future::{BoxFuture, Fuse, FusedFuture},
};
use tokio::{
    sync::{Mutex, MutexGuard, mpsc},
    time::Instant,
};

use crate::{
    cluster::{ClusterError, Service, WatchEvents, Watched},
    steps::{
        Context, StepError,
        change::{look, yield_to_external_change},
        retry::Backoff,
    },
};

/// Lines of watch output held at most; kubectl waits while there are more.
const LINES: usize = 256;
/// How long a watch may say nothing before the service is read besides.
const QUIET: Duration = Duration::from_secs(5);
/// How long something that is not so for good may still be shown after a change.
pub(crate) const SETTLED: Duration = Duration::from_secs(3);

/// The watch on a deployment's service. One run of kubectl goes on from step to step: what it says between two, the next one reads.
///
/// kubectl is started by the first step that needs it.
#[derive(Default)]
pub struct ServiceWatch(Mutex<Run>);

/// A run of kubectl that watches, under way or over.
struct Run {
    ends: Fuse<BoxFuture<'static, Result<(), ClusterError>>>,
    lines: mpsc::Receiver<String>,
    drained: bool,
    events: WatchEvents,
    /// How the service was when it was last seen.
    last: Option<Arc<Service>>,
}

/// A step that watches until its deadline, for what becomes of a change.
pub(crate) struct Watching<'a> {
    context: &'a Context<'a>,
    run: MutexGuard<'a, Run>,
    /// The generation that the change made.
    generation: u64,
    is_first: bool,
    until: Instant,
    quiet_until: Instant,
    next_look: Instant,
    poll_interval: Duration,
    backoff: Backoff,
    last_seen: String,
    /// Why it takes so long, as far as is known.
    reason: Option<String>,
}

/// What the watch showed.
pub(crate) enum Seen {
    /// The service is so now, at the generation of the change.
    Service(Arc<Service>),
    /// It is time to look at what cannot be watched.
    Look,
}

impl ServiceWatch {
    /// Ends kubectl, for a time in which nobody watches; the next step that does starts another.
    pub(crate) async fn rest(&self) {
        *self.0.lock().await = Run::default();
    }
}

impl Run {
    fn start(context: &Context<'_>) -> Self {
        let (cluster, service, (sender, lines)) = (context.cluster.clone(), context.service.clone(), mpsc::channel(LINES));
        let ends: BoxFuture<'static, _> = Box::pin(async move { cluster.watch_service(&service, sender).await });
        Self { ends: ends.fuse(), lines, drained: false, ..Self::default() }
    }

    fn is_over(&self) -> bool {
        self.drained && self.ends.is_terminated()
    }
}

/// One that is over.
impl Default for Run {
    fn default() -> Self {
        let (_, lines) = mpsc::channel(1);
        Self { ends: Fuse::terminated(), lines, drained: true, events: WatchEvents::default(), last: None }
    }
}

impl<'a> Watching<'a> {
    /// Begins to watch for what becomes of the change that made `generation`.
    pub(crate) async fn begin(context: &'a Context<'a>, generation: u64, until: Instant) -> Self {
        Self::looking(context, generation, until, QUIET).await
    }

    /// Begins to watch; `poll_interval` is the pause between two [`Seen::Look`].
    pub(crate) async fn looking(context: &'a Context<'a>, generation: u64, until: Instant, poll_interval: Duration) -> Self {
        let mut run = context.watch.0.lock().await;
        if run.is_over() {
            *run = Run::start(context);
        }
        let now = Instant::now();
        Self {
            context,
            run,
            generation,
            is_first: true,
            until,
            quiet_until: now + QUIET,
            next_look: now + poll_interval,
            poll_interval,
            backoff: Backoff::new(),
            last_seen: "nothing was seen of the service".to_owned(),
            reason: None,
        }
    }

    /// What to say at the deadline of why it took so long.
    pub(crate) fn explain(&mut self, reason: Option<String>) {
        self.reason = reason;
    }

    /// The next thing to consider; an error where someone else changed the service, and at the deadline, which says what was seen last.
    pub(crate) async fn next(&mut self) -> Result<Seen, StepError> {
        loop {
            let seen = self.any().await?;
            match &seen {
                Seen::Service(service) if service.generation() < self.generation => {}
                Seen::Service(service) if service.generation() > self.generation => {
                    return Err(yield_to_external_change(self.context, self.until, service, self.generation).await);
                }
                _ => return Ok(seen),
            }
        }
    }

    /// The service, as the watch or a look beside it shows it next.
    pub(crate) async fn service(&mut self) -> Result<Arc<Service>, StepError> {
        loop {
            if let Seen::Service(service) = self.next().await? {
                return Ok(service);
            }
        }
    }

    /// What is seen next, at whatever generation; at first what the step before saw last, for nothing may come after it.
    async fn any(&mut self) -> Result<Seen, StepError> {
        if std::mem::take(&mut self.is_first)
            && let Some(service) = self.run.last.clone()
        {
            return Ok(Seen::Service(service));
        }
        loop {
            if self.run.is_over() {
                self.restart().await?;
            }
            let run = &mut *self.run;
            tokio::select! {
                biased;
                called_off = self.context.signals.until_called_off() => return Err(called_off),
                ended = &mut run.ends => self.consider_end(ended)?,
                line = run.lines.recv(), if !run.drained => match line {
                    Some(line) => if let Some(seen) = self.take(&line)? { return Ok(seen) },
                    None => run.drained = true,
                },
                () = tokio::time::sleep_until(self.next_look.min(self.quiet_until).min(self.until)) => {
                    self.check_deadline()?;
                    return self.look().await;
                }
            }
        }
    }

    /// A watch that says nothing may be dead: the service is read besides.
    async fn look(&mut self) -> Result<Seen, StepError> {
        let now = Instant::now();
        if now >= self.quiet_until {
            let service = look(self.context, self.until).await?;
            return Ok(self.saw(Arc::new(service)));
        }
        self.next_look = now + self.poll_interval;
        Ok(Seen::Look)
    }

    fn saw(&mut self, service: Arc<Service>) -> Seen {
        self.quiet_until = Instant::now() + QUIET;
        self.last_seen = service.in_words();
        self.run.last = Some(Arc::clone(&service));
        Seen::Service(service)
    }

    fn take(&mut self, line: &str) -> Result<Option<Seen>, StepError> {
        match self.run.events.line(line) {
            Some(Watched::Is(service)) => {
                self.backoff = Backoff::new();
                Ok(Some(self.saw(Arc::from(service))))
            }
            Some(Watched::Deleted) => Err(StepError::Conflict(format!("someone deleted the service {}", self.context.service))),
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
        *self.run = Run::start(self.context);
        Ok(())
    }

    fn check_deadline(&self) -> Result<(), StepError> {
        if Instant::now() < self.until {
            return Ok(());
        }
        let reason = self.reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
        Err(StepError::Failed(format!("it took too long{reason}; last seen: {}", self.last_seen)))
    }
}
