//! The simulated cluster obeys what was recorded on real ones.

pub mod stand;

mod admission;
mod applying;
mod autoscalers;
mod broken_images;
mod domains;
mod events;
mod faults;
mod held_requests;
mod jobs;
mod looking_again;
mod normalising;
mod objects;
mod reads;
mod recorded_admission;
mod recorded_answers;
mod recorded_looks;
mod revisions;
mod rollout;
mod tools;
mod traffic;
mod visibility;
mod watches;
