//! What is looked at from time to time while boathook serves.

use std::{convert::Infallible, time::Duration};

use tokio::time::{MissedTickBehavior, interval};

use crate::startup::Parts;

/// From one look to the next.
const EVERY: Duration = Duration::from_secs(30);

/// Looks again and again; never comes back.
pub(super) async fn keep_looking(parts: &Parts) -> Infallible {
    let mut ticks = interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut looked = parts.clock().now();
    loop {
        ticks.tick().await;
        let now = parts.clock().now();
        parts.snapshot().tell_ended_secrets(Some(looked), now);
        looked = now;
    }
}
