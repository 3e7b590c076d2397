//! What goes wrong at GitHub.

/// What a request comes to in place of its answer.
#[derive(Clone, Debug)]
pub enum Fault {
    /// This status, with a message.
    Status(u16),
    /// An Enterprise Server that counts no requests answers so.
    NoLimits,
    /// The secondary limit; GitHub names the seconds, or does not.
    Secondary(Option<u64>),
    /// No answer.
    Away,
}
