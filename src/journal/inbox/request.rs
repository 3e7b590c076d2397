//! The commands that a follower may have the leader decide, as they are written down.

use serde::{Deserialize, Serialize};

use crate::journal::writer::{
    commands::{
        Accept, AcceptOrder, Append, KeepGitHubDeployment, Reinstate, Release, Retry, SetLock,
        Unlock, Withdraw,
    },
    queued::{Queued, Received, Tried},
};

macro_rules! requests {
    ($($(#[$doc:meta])* $command:ident,)*) => {
        /// A command that travels. It holds no secret that the record would not hold.
        #[derive(Debug, PartialEq, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub(in crate::journal) enum Request { $($(#[$doc])* $command($command),)* }

        $(impl From<$command> for Request {
            fn from(command: $command) -> Self {
                Self::$command(command)
            }
        })*

        impl Request {
            /// The same for the queue, with the id of the request.
            pub(super) fn queued(self, id: String, tried: Tried) -> Box<dyn Queued> {
                match self {
                    $(Self::$command(command) => Box::new(Received { id, command, tried }),)*
                }
            }
        }
    };
}

requests! {
    Accept,
    AcceptOrder,
    Retry,
    Append,
    SetLock,
    Unlock,
    Release,
    Withdraw,
    Reinstate,
    KeepGitHubDeployment,
}
