//! What boathook's account may do in a cluster: one table, from which come the shipped role, the
//! sandbox's limited account and the tests. It asks no cluster.

mod grant;
mod manifests;
mod permission;

pub use grant::{ACCOUNT, ACCOUNT_NAMESPACE, Grant, JOB_VERBS, Kind, Rule, user};
pub use manifests::manifests;
pub use permission::{PERMISSIONS, Permission, Scope};
