//! Watching a service: a watch that is restarted when it ends, and polling as well.

use std::{sync::Arc, time::Duration};

use boathook_core::rate::Backoff;
use tokio::{sync::MutexGuard, time::Instant};

use crate::{
    cluster::{ClusterError, Service, Watched},
    steps::{
        Context, StepError,
        change::{read_service, yield_to_external_change},
        retry::BACKOFF,
        service_watch::Run,
    },
};

/// How long a watch may be silent before the service is read.
const QUIET: Duration = Duration::from_secs(5);
/// The same after kubectl's first line. kubectl reads an object, then watches it, and does not
/// print the watch's first event: what changed between the two shows only with the next change.
const UNSURE: Duration = Duration::from_secs(1);
/// How long after a change status may still show the old state.
pub(crate) const SETTLED: Duration = Duration::from_secs(3);

/// A step's watch for the effect of a change, until a deadline.
pub(crate) struct Watching<'a> {
    context: &'a Context<'a>,
    run: MutexGuard<'a, Run>,
    /// The generation after the change.
    generation: u64,
    is_first: bool,
    began: Instant,
    until: Instant,
    quiet_until: Instant,
    next_poll: Instant,
    poll_interval: Duration,
    backoff: Backoff,
    last_seen: String,
    /// Why it takes so long, if known.
    reason: Option<String>,
    /// The reason that was known before, if none is now.
    earlier_reason: Option<String>,
}

/// What the watch showed.
pub(crate) enum Seen {
    /// The service, at the generation of the change.
    Service(Arc<Service>),
    /// It is time to poll what cannot be watched.
    Poll,
}

impl<'a> Watching<'a> {
    /// Begins to watch for the effect of the change that led to `generation`.
    pub(crate) async fn begin(context: &'a Context<'a>, generation: u64, until: Instant) -> Self {
        Self::polling(context, generation, until, QUIET).await
    }

    /// Begins to watch; `poll_interval` is the pause between two [`Seen::Poll`].
    pub(crate) async fn polling(
        context: &'a Context<'a>,
        generation: u64,
        until: Instant,
        poll_interval: Duration,
    ) -> Self {
        let mut run = context.watch.lock().await;
        if run.is_over() {
            *run = Run::start(context.cluster, &context.plan.service);
        }
        let now = Instant::now();
        let quiet_until = run.unsure_until.unwrap_or(now + QUIET);
        Self {
            context,
            run,
            generation,
            is_first: true,
            began: now,
            until,
            quiet_until,
            next_poll: now + poll_interval,
            poll_interval,
            backoff: BACKOFF,
            last_seen: "nothing was seen of the service".to_owned(),
            reason: None,
            earlier_reason: None,
        }
    }

    /// The reason to report while it waits, and at the deadline.
    pub(crate) fn explain(&mut self, reason: Option<String>) {
        let earlier = std::mem::replace(&mut self.reason, reason);
        self.earlier_reason = earlier.or(self.earlier_reason.take());
    }

    /// The next event; an error if someone else changed the service, and at the deadline, with what
    /// was seen last.
    pub(crate) async fn next(&mut self) -> Result<Seen, StepError> {
        loop {
            let seen = self.any().await?;
            match &seen {
                Seen::Service(service) if service.generation() < self.generation => {}
                Seen::Service(service) if service.generation() > self.generation => {
                    return Err(yield_to_external_change(
                        self.context,
                        self.until,
                        service,
                        self.generation,
                    )
                    .await);
                }
                _ => return Ok(seen),
            }
        }
    }

    /// The next state of the service, from the watch or from polling.
    pub(crate) async fn service(&mut self) -> Result<Arc<Service>, StepError> {
        loop {
            if let Seen::Service(service) = self.next().await? {
                return Ok(service);
            }
        }
    }

    /// The next state at any generation; first the last state of the step before, because nothing
    /// may follow it.
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
                () = tokio::time::sleep_until(self.next_poll.min(self.quiet_until).min(self.until)) => {
                    self.check_deadline()?;
                    return self.poll().await;
                }
            }
        }
    }

    /// A silent watch may be dead, so the service is also read.
    async fn poll(&mut self) -> Result<Seen, StepError> {
        self.report().await;
        let now = Instant::now();
        if now >= self.quiet_until {
            let service = read_service(self.context, self.until).await?;
            return Ok(self.saw(Arc::new(service)));
        }
        self.next_poll = now + self.poll_interval;
        Ok(Seen::Poll)
    }

    fn saw(&mut self, service: Arc<Service>) -> Seen {
        self.run.unsure_until = None;
        self.quiet_until = Instant::now() + QUIET;
        self.last_seen = service.in_words();
        self.run.last = Some(Arc::clone(&service));
        Seen::Service(service)
    }

    fn take(&mut self, line: &str) -> Result<Option<Seen>, StepError> {
        match self.run.events.line(line) {
            Some(Watched::Is(service)) => {
                self.backoff.reset();
                let is_first = self.run.last.is_none();
                let seen = self.saw(Arc::from(service));
                if is_first {
                    self.quiet_until = Instant::now() + UNSURE;
                    self.run.unsure_until = Some(self.quiet_until);
                }
                Ok(Some(seen))
            }
            Some(Watched::Deleted) => Err(StepError::Conflict(format!(
                "someone deleted the service {}",
                &self.context.plan.service
            ))),
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
        self.report().await;
        let again = (Instant::now() + self.backoff.pause()).min(self.until);
        self.context.sleep_until(again).await?;
        self.check_deadline()?;
        *self.run = Run::start(self.context.cluster, &self.context.plan.service);
        Ok(())
    }

    fn check_deadline(&self) -> Result<(), StepError> {
        if Instant::now() < self.until {
            return Ok(());
        }
        let waited = (self.until - self.began).as_secs_f64().round();
        let last_seen = &self.last_seen;
        Err(StepError::Failed(match (&self.reason, &self.earlier_reason) {
            (Some(reason), _) => format!("{reason}; boathook waited {waited} s"),
            (None, Some(earlier)) => {
                format!("{earlier}; boathook waited {waited} s; last seen: {last_seen}")
            }
            (None, None) => format!("it took longer than {waited} s; last seen: {last_seen}"),
        }))
    }

    /// Tells why it takes so long, as far as that is known.
    async fn report(&mut self) {
        self.context.waits.report(self.reason.as_ref().unwrap_or(&self.last_seen)).await;
    }
}
