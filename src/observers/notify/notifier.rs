//! All receivers side by side, each on its own.

use std::{convert::Infallible, sync::Arc};

use boathook_core::clock::Clock;
use futures_util::future::{join_all, pending};

use crate::{
    config::Receiver,
    journal::Journal,
    observers::{
        cursor::Cursors,
        notify::{DeliveryCounters, Transport, delivery_task::DeliveryTask},
    },
};

/// The observer that sends notifications.
pub struct Notifier {
    journal: Journal,
    clock: Clock,
    transport: Arc<dyn Transport>,
    cursors: Cursors,
    counters: DeliveryCounters,
    began: u64,
}

impl Notifier {
    /// A notifier that keeps the receivers' positions in `cursors`; new receivers get what is
    /// recorded from now on.
    #[must_use]
    pub fn new(
        journal: Journal,
        clock: Clock,
        transport: Arc<dyn Transport>,
        cursors: Cursors,
        counters: DeliveryCounters,
    ) -> Self {
        let began = journal.last_sequence();
        Self { journal, clock, transport, cursors, counters, began }
    }

    /// Notifies these receivers, for ever. It may be dropped at any time; what was under way is
    /// then sent again by the next one.
    pub async fn notify(&self, receivers: &[Receiver]) -> Infallible {
        join_all(receivers.iter().map(|receiver| self.delivery_task(receiver).run())).await;
        pending().await
    }

    /// New receivers begin at the current end of the journal.
    pub fn restart(&mut self) {
        self.began = self.journal.last_sequence();
    }

    fn delivery_task(&self, receiver: &Receiver) -> DeliveryTask {
        let name = &receiver.config.name;
        DeliveryTask {
            receiver: receiver.clone(),
            journal: self.journal.clone(),
            clock: self.clock.clone(),
            transport: Arc::clone(&self.transport),
            counters: self.counters.clone(),
            cursor: self.cursors.of(name),
            began: self.began,
        }
    }
}
