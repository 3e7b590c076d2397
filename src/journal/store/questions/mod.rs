//! What is asked of a store, by what it is about. Each is one statement, the same for every store.

mod ask;
mod bundles;
mod deployments;
mod github_deployments;
mod history;
mod locks;
mod promotions;
mod proofs;
mod records;
mod sources;
mod successes;
