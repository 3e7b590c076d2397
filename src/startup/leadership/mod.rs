//! Several boathooks on one record: how this one comes to lead, and what happens when it does not any
//! more.

mod election;
mod lead_guard;
mod lost_lead;
mod presence;
mod term;

pub(super) use election::Election;
pub use lost_lead::LostLead;
pub(super) use presence::Presence;
