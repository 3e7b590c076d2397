//! The dashboard: pages for the operator's browser, made from the record alone. They cannot change
//! anything. Each page is a struct here and a template of the same name.
//!
//! They work without JavaScript; with `live.js` they follow what is recorded and change in place, and
//! show times in the reader's zone. `server::page` makes the page for senders from the same pieces.

pub(super) mod assets;
mod audit;
mod audit_line;
mod changes;
pub(super) mod chart;
mod deployment;
mod drawing;
mod environments;
mod graph;
mod history;
pub(super) mod layout;
mod left;
mod object_shown;
mod overview;
pub(super) mod parts;
mod programs;
mod promotion_links;
mod serving;
mod sources;
pub(super) mod standing;
pub(super) mod step_shown;
mod trend;
mod under_way;

pub use assets::{icon, script, style};
pub use audit::audit;
pub use changes::events;
pub use deployment::deployment;
pub use environments::environments;
pub use history::history;
pub use overview::overview;
