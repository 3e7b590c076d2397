//! What a store hears of the other boathooks that share its record.

use std::future::pending;

use tokio::sync::watch;

/// Says that another boathook wrote something. It may say so in vain, and may miss something: who
/// waits for it also looks from time to time.
#[derive(Clone)]
pub struct Notices {
    records: watch::Receiver<()>,
    inbox: watch::Receiver<()>,
    lead: watch::Receiver<()>,
}

/// Who gives the notices.
pub(super) struct Notifier {
    records: watch::Sender<()>,
    inbox: watch::Sender<()>,
    lead: watch::Sender<()>,
}

impl Notices {
    pub(super) fn channel() -> (Notifier, Self) {
        let (records, new_records) = watch::channel(());
        let (inbox, new_requests) = watch::channel(());
        let (lead, released) = watch::channel(());
        let notices = Self { records: new_records, inbox: new_requests, lead: released };
        (Notifier { records, inbox, lead }, notices)
    }

    /// Returns once the leader has written a batch since the last call; may be dropped at any time.
    pub async fn records(&mut self) {
        heard(&mut self.records).await;
    }

    /// Returns once a follower has put something into the inbox since the last call; may be dropped at
    /// any time.
    pub async fn inbox(&mut self) {
        heard(&mut self.inbox).await;
    }

    /// Returns once a leader has handed over since the last call; may be dropped at any time.
    pub async fn lead(&mut self) {
        heard(&mut self.lead).await;
    }
}

impl Notifier {
    pub(super) fn records(&self) {
        self.records.send_replace(());
    }

    pub(super) fn inbox(&self) {
        self.inbox.send_replace(());
    }

    pub(super) fn lead(&self) {
        self.lead.send_replace(());
    }
}

/// Once nobody gives notices any more, there are none.
async fn heard(notices: &mut watch::Receiver<()>) {
    if notices.changed().await.is_err() {
        pending().await
    }
}
