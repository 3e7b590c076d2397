//! The simulated cluster obeys what was recorded on real ones.

pub mod stand;

mod admission;
mod applying;
mod broken_images;
mod events;
mod faults;
mod looking_again;
mod objects;
mod recorded_admission;
mod revisions;
mod rollout;
mod tools;
mod traffic;
mod visibility;
mod watches;
