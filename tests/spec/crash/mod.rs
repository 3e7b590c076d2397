//! boathook dies, its programs fail and its steps run twice, at every place of a rollout.

mod abandoned_programs;
mod breaking;
mod commits;
mod jobs;
mod restoring;
mod restoring_ordered;
mod watching;
