//! What `trials/failover.sh` cannot do well in a shell: the network between senders, nodes and the
//! database, steady webhooks, watching, and the judgement of all that was written down.

mod evidence;
mod judge;
mod leaders;
mod link;
mod network;
mod objects;
mod send;
mod traffic;
mod watch;

use std::error::Error;

#[derive(clap::Subcommand)]
pub enum Failover {
    /// Carries connections, and breaks and mends them as standard input says
    Network(network::Network),
    /// Sends signed webhooks without a pause, and again until each is accepted
    Send(send::Send),
    /// Writes down who leads, what users get, and what changes in the simulated cluster
    Watch(watch::Watch),
    /// Says what was lost, doubled or broken, and how long nobody led
    Judge(judge::Judge),
}

impl Failover {
    pub async fn run(self) -> Result<(), Box<dyn Error>> {
        match self {
            Self::Network(network) => network.run().await,
            Self::Send(send) => send.run().await,
            Self::Watch(watch) => watch.run().await,
            Self::Judge(judge) => judge.run(),
        }
    }
}
