//! The real programs and the real prober, and rollouts that need them.

mod deleted_stable;
mod dry_runs;
mod job_gates;
mod kubectl_alone;
mod ordered_rollbacks;
mod permissions;
mod probe_options;
mod probing;
mod reading;
mod redeploying;
mod retrying;
mod watching;
