//! What follows by itself from what the objects say: Knative's controllers, in one place and on one timeline.

mod run;

pub(super) use run::{RevisionRun, ServiceRun};
