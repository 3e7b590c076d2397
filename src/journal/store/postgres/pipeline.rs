//! Several statements are on their way before the first answer is waited for.

use std::{future::poll_fn, pin::Pin, task::Poll};

use futures_util::future::{BoxFuture, maybe_done};

/// All answers, in order. A statement is sent when it is first polled.
pub(super) async fn answers<T>(statements: Vec<BoxFuture<'_, T>>) -> Vec<T> {
    let mut sent: Vec<_> = statements.into_iter().map(maybe_done).collect();
    poll_fn(|context| {
        for one in &mut sent {
            let _ = Pin::new(one).poll(context);
        }
        Poll::Ready(())
    })
    .await;
    let mut answers = Vec::with_capacity(sent.len());
    for mut one in sent {
        Pin::new(&mut one).await;
        answers.extend(Pin::new(&mut one).take_output());
    }
    answers
}
