//! A deployment from its plan to its end, on a simulated cluster and a paused clock.

mod asking;
mod blue_green;
mod choosing;
mod deleted_stable;
mod diagnoses;
mod dry_runs;
mod exit_zero;
mod external_changes;
mod failed_rollbacks;
mod kubeconfig;
mod kubectl_alone;
mod name_taken;
mod ordered_rollbacks;
mod permissions;
mod pulling;
mod reasons;
mod replacing;
mod retrying;
mod rollbacks;
mod rolling;
mod same_image;
mod scheduling;
mod service_metadata;
mod shared_watch;
mod steering;
mod waiting;
