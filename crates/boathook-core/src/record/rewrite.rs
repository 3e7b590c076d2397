//! One walk over all that came from outside in events and reasons: what secrets are removed from,
//! and what senders do not read.

use crate::{
    deployment::{Actor, Requester},
    proof::Withdrawal,
};

/// What stands where words are for operators alone.
pub const UNDISCLOSED: &str = "only operators see why";

/// What becomes of each part.
pub trait Rewrite {
    /// Text from programs, senders and operators.
    fn text(&self, text: String) -> String;

    /// Words for operators alone; none for anyone else.
    fn private(&self, words: String) -> Option<String>;

    /// A program's arguments.
    fn arguments(&self, argv: Vec<String>) -> Vec<String>;

    /// A sentence of format 7, which may name a user.
    fn sentence(&self, text: String) -> String;

    /// An operator who steered. Whoever approved or rejected a deployment answers its sender, and is
    /// changed in the note alone.
    fn actor(&self, actor: Actor) -> Actor;

    fn requester(&self, by: Requester) -> Requester {
        match by {
            Requester::Operator(actor) => Requester::Operator(self.actor(actor)),
            Requester::NewerRequest(_) => by,
        }
    }

    fn withdrawal(&self, withdrawal: Withdrawal) -> Withdrawal {
        withdrawal.map(|by| self.actor(by), |reason| self.text(reason))
    }
}
