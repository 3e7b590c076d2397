//! Watching a service for the effect of a change, until a deadline: through the feed, and by a
//! direct read now and then.

use std::{sync::Arc, time::Duration};

use futures_util::{
    FutureExt,
    future::{BoxFuture, Fuse, FusedFuture},
};
use tokio::time::Instant;

use crate::{
    cluster::Service,
    feeds::Feed,
    steps::{
        Context, StepError,
        change::yield_to_external_change,
        seeing::{is_own, read_service_directly},
        view::{DIRECTLY, SAFETY},
    },
};

/// How often a step that waits says what for, if nothing happens.
const QUIET: Duration = Duration::from_secs(5);
/// How long after a change status may still show the old state.
pub(crate) const SETTLED: Duration = Duration::from_secs(3);

/// A step's watch for the effect of a change, until a deadline.
pub(crate) struct Watching<'a> {
    context: &'a Context<'a>,
    feed: Feed<Service>,
    /// A direct read under way. What the feed shows meanwhile is not missed.
    read: Fuse<BoxFuture<'a, Result<Arc<Service>, StepError>>>,
    /// What the feed showed last.
    shown: Option<Arc<Service>>,
    /// The generation after the change.
    generation: u64,
    began: Instant,
    until: Instant,
    last_read: Instant,
    next_poll: Instant,
    poll_interval: Duration,
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
    /// It is time to read what else the step waits for.
    Poll,
}

impl<'a> Watching<'a> {
    /// Begins to watch for the effect of the change that led to `generation`.
    pub(crate) fn begin(context: &'a Context<'a>, generation: u64, until: Instant) -> Self {
        Self::polling(context, generation, until, QUIET)
    }

    /// Begins to watch; `poll_interval` is the pause between two [`Seen::Poll`].
    pub(crate) fn polling(
        context: &'a Context<'a>,
        generation: u64,
        until: Instant,
        poll_interval: Duration,
    ) -> Self {
        let now = Instant::now();
        Self {
            context,
            feed: context.view.services.feed(),
            read: Fuse::terminated(),
            shown: None,
            generation,
            began: now,
            until,
            last_read: now,
            next_poll: now + poll_interval,
            poll_interval,
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
                    if let Some(seen) = self.confirm().await? {
                        return Ok(seen);
                    }
                }
                _ => return Ok(seen),
            }
        }
    }

    /// A later generation than ours is someone else's change only if a direct read says so: the feed
    /// may still show a service that was deleted since.
    async fn confirm(&mut self) -> Result<Option<Seen>, StepError> {
        let service = read_service_directly(self.context, self.until).await?;
        if service.generation() > self.generation {
            let Self { context, until, generation, .. } = self;
            return Err(yield_to_external_change(context, *until, &service, *generation).await);
        }
        self.last_read = Instant::now();
        Ok((service.generation() == self.generation).then(|| self.saw(service)))
    }

    /// The next state of the service.
    pub(crate) async fn service(&mut self) -> Result<Arc<Service>, StepError> {
        loop {
            if let Seen::Service(service) = self.next().await? {
                return Ok(service);
            }
        }
    }

    /// The next state at any generation; first the one that is known already, because nothing may
    /// follow it.
    async fn any(&mut self) -> Result<Seen, StepError> {
        loop {
            let known = self.known();
            if let Some(service) = self.unseen(known.as_ref()) {
                return Ok(self.saw(service));
            }
            let next_read = self.last_read + if known.is_some() { SAFETY } else { DIRECTLY };
            let reads = !self.read.is_terminated();
            let wake = if reads { self.next_poll } else { self.next_poll.min(next_read) };
            tokio::select! {
                biased;
                called_off = self.context.signals.until_called_off() => return Err(called_off),
                read = &mut self.read, if reads => {
                    self.last_read = Instant::now();
                    return Ok(self.saw(read?));
                }
                () = self.feed.changed() => {}
                () = tokio::time::sleep_until(wake.min(self.until)) => {
                    self.check_deadline()?;
                    if !reads && Instant::now() >= next_read {
                        self.read = read_service_directly(self.context, self.until).boxed().fuse();
                    }
                    if Instant::now() >= self.next_poll {
                        // A read that is tried again says so itself.
                        if !reads {
                            self.report().await;
                        }
                        self.next_poll = Instant::now() + self.poll_interval;
                        return Ok(Seen::Poll);
                    }
                }
            }
        }
    }

    /// The service that the feed shows, if it follows it. That it shows none proves nothing.
    fn known(&self) -> Option<Arc<Service>> {
        let name = self.context.plan.service.service.as_str();
        let service = self.feed.get(name).filter(|service| is_own(self.context, service));
        service.filter(|_| self.feed.follows())
    }

    /// The same, unless it was shown before.
    fn unseen(&mut self, known: Option<&Arc<Service>>) -> Option<Arc<Service>> {
        let known = known?;
        if self.shown.as_ref().is_some_and(|shown| Arc::ptr_eq(shown, known)) {
            return None;
        }
        self.shown = Some(Arc::clone(known));
        Some(Arc::clone(known))
    }

    fn saw(&mut self, service: Arc<Service>) -> Seen {
        self.last_seen = service.in_words();
        Seen::Service(service)
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
