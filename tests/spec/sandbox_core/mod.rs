//! The simulated cluster obeys what was recorded on real ones.

mod stand;

mod admission;
mod applying;
mod broken_images;
mod faults;
mod objects;
mod recorded_admission;
mod revisions;
mod rollout;
mod tools;
mod traffic;
mod watches;
