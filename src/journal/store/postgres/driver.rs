//! Runs what is asynchronous for callers that block.
//!
//! Sockets and timers live on a thread of their own, so that nothing depends on the caller's
//! runtime, or on whether there is one: its clock may stand still.

use std::{
    io,
    pin::pin,
    sync::Arc,
    task::{Context, Poll, Wake, Waker},
    thread::{self, Thread},
    time::Duration,
};

use tokio::{
    runtime::{Builder, Runtime},
    task::coop::unconstrained,
    time::{Instant, error::Elapsed, timeout},
};

/// The thread of one store.
pub(super) struct Driver(Option<Runtime>);

impl Driver {
    pub(super) fn start() -> io::Result<Self> {
        let mut thread = Builder::new_multi_thread();
        thread.worker_threads(1).thread_name("postgres").enable_all();
        thread.build().map(Some).map(Self)
    }

    /// Waits for a future on the calling thread, until the deadline.
    pub(super) fn run<T>(
        &self,
        deadline: Duration,
        future: impl Future<Output = T>,
    ) -> Result<T, Elapsed> {
        let _here = self.0.as_ref().map(Runtime::enter);
        // The caller's thread may be at work for another runtime, which limits how often it polls.
        block_on(unconstrained(async { timeout(deadline, future).await }))
    }

    /// Runs a future on the thread, until the store is closed.
    pub(super) fn spawn(&self, future: impl Future<Output = ()> + Send + 'static) {
        if let Some(thread) = &self.0 {
            thread.spawn(future);
        }
    }

    /// By the thread's clock, which nobody pauses.
    pub(super) fn now(&self) -> Instant {
        let _here = self.0.as_ref().map(Runtime::enter);
        Instant::now()
    }
}

impl Drop for Driver {
    /// Waiting for the thread would not be allowed on a thread that polls.
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut context = Context::from_waker(&waker);
    loop {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(done) => return done,
            Poll::Pending => thread::park(),
        }
    }
}
