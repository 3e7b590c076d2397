//! Where the objects of a service are kept, and those of a Job.

use crate::{Kind, names::ObjectName, store::Key};

/// The key of a service.
pub(super) fn service_key(name: &ObjectName) -> Key {
    Key::new(Kind::Service, Some(&name.namespace), &name.name)
}

/// The key of a service's configuration or route.
pub(super) fn part_key(kind: Kind, name: &ObjectName) -> Key {
    Key::new(kind, Some(&name.namespace), &name.name)
}

/// The key of a revision.
pub(super) fn revision_key(name: &ObjectName) -> Key {
    Key::new(Kind::Revision, Some(&name.namespace), &name.name)
}

/// The key of a Job.
pub(super) fn job_key(job: &ObjectName) -> Key {
    Key::new(Kind::Job, Some(&job.namespace), &job.name)
}
