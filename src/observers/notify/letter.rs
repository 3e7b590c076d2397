//! From news to what is posted to a receiver.

use jiff::Timestamp;

use crate::{
    config::{Manner, Receiver},
    observers::notify::{Letter, news::News, slack, standard_webhook},
};

impl Letter {
    /// One try, at this time.
    pub(super) fn of(news: &News, receiver: &Receiver, now: Timestamp) -> Self {
        let (body, headers) = match &receiver.manner {
            Manner::Slack => (slack::body(news), Vec::new()),
            Manner::Signed(secret) => {
                let body = standard_webhook::body(news);
                let headers = standard_webhook::headers(&news.id, now, &body, secret);
                (body, headers)
            }
        };
        Self { url: receiver.reveal_url().clone(), allowed: receiver.config.allow_addresses.clone(), headers, body }
    }
}
