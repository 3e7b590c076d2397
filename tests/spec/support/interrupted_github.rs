//! A way to GitHub on which a test can kill boathook: one question gets no answer, whether GitHub
//! heard it or not.

use std::sync::{Arc, Mutex};

use boathook::github::{GitHubRequest, GitHubResponse, Transport, Unreachable};
use boathook_core::clock::Clock;
use boathook_testing::github::FakeGitHub;
use futures_util::{
    FutureExt,
    future::{BoxFuture, pending},
};
use jiff::Timestamp;
use tokio::sync::Notify;

pub struct InterruptedGitHub {
    github: FakeGitHub,
    clock: Clock,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// When each question came.
    asked: Vec<Timestamp>,
    /// The question that gets no answer, whether it is heard, and who is told.
    interrupted: Option<(usize, bool, Arc<Notify>)>,
}

impl InterruptedGitHub {
    pub fn new(github: FakeGitHub, clock: Clock) -> Self {
        Self { github, clock, state: Mutex::default() }
    }

    /// From now on the question with that number is not answered; the first has the number 1.
    pub fn interrupt(&self, question: usize, is_heard: bool) -> Arc<Notify> {
        let told = Arc::new(Notify::new());
        let mut state = self.state.lock().unwrap();
        let question = state.asked.len() + question;
        state.interrupted = Some((question, is_heard, Arc::clone(&told)));
        told
    }

    /// When each question came.
    pub fn asked(&self) -> Vec<Timestamp> {
        self.state.lock().unwrap().asked.clone()
    }

    /// The test that waits for this question, and whether GitHub hears it.
    fn count(&self) -> Option<(bool, Arc<Notify>)> {
        let mut state = self.state.lock().unwrap();
        state.asked.push(self.clock.now());
        let number = state.asked.len();
        let (_, is_heard, told) =
            state.interrupted.take_if(|(question, ..)| *question == number)?;
        Some((is_heard, told))
    }
}

impl Transport for InterruptedGitHub {
    fn send(&self, request: GitHubRequest) -> BoxFuture<'_, Result<GitHubResponse, Unreachable>> {
        let interrupted = self.count();
        async move {
            match interrupted {
                None => self.github.send(request).await,
                Some((is_heard, told)) => {
                    if is_heard {
                        let _ = self.github.send(request).await;
                    }
                    told.notify_one();
                    pending().await
                }
            }
        }
        .boxed()
    }
}
