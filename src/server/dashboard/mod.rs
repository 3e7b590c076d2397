//! The dashboard: pages for the operator's browser, made from the record alone. They cannot change
//! anything. Each page is a struct here and a template of the same name.
//!
//! They work without JavaScript; with `live.js` they follow what is recorded and change in place.

mod assets;
mod audit;
mod changes;
mod chart;
mod deployment;
mod history;
mod layout;
mod left;
mod overview;
mod parts;
mod programs;
mod serving;
mod standing;
mod under_way;

pub use assets::{icon, script, style};
pub use audit::audit;
pub use changes::events;
pub use deployment::deployment;
pub use history::history;
pub use overview::overview;
