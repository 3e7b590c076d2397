//! Formats a status change as the body for a receiver.

use jiff::Timestamp;

use crate::{
    config::{Receiver, ReceiverKind},
    observers::notify::{Notification, slack, standard_webhook, status_change::StatusChange},
};

impl Notification {
    /// One try, at this time.
    pub(super) fn of(change: &StatusChange, receiver: &Receiver, now: Timestamp) -> Self {
        let (body, headers) = match &receiver.kind {
            ReceiverKind::Slack => (slack::body(change), Vec::new()),
            ReceiverKind::Signed(secret) => {
                let body = standard_webhook::body(change);
                let headers = standard_webhook::headers(&change.id, now, &body, secret);
                (body, headers)
            }
        };
        Self {
            url: receiver.reveal_url().clone(),
            allowed: receiver.config.allow_addresses.clone(),
            headers,
            body,
        }
    }
}
