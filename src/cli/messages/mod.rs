//! What commands print, a file for each subject; a word that pages show too is made beside its type.
//! Nothing here is escaped yet: the caller that prints it does that.

mod approvals;
mod checks;
mod deploy_windows;
mod deployment;
mod dry_run;
mod holds;
mod listings;
mod locks;
mod orders;
mod progress;
mod promotions;
mod reload;
mod sending;
mod withdrawals;
mod wording;

pub use deployment::outcome;

pub(crate) use approvals::{REJECTED, approval_recorded, approved, awaits_approval};
pub(crate) use checks::{checked, severity};
pub(crate) use deploy_windows::{
    acknowledged, awaits_window, let_past, overridden, unacknowledged,
};
pub(crate) use deployment::facts;
pub(crate) use dry_run::{dry_run_findings, dry_run_plan, object_change, unchanged};
pub(crate) use holds::{NONE_HELD, held, released};
pub(crate) use listings::{
    LAST_ENDED, NEVER, NO_ENVIRONMENTS, NO_SERVICES, NOBODY_LEADS, NONE_LISTED, NOTHING_LIVE,
    ON_THE_WAY, ONE_NODE, expiry, leads, more_live, service_notes,
};
pub(crate) use locks::{ALL, NONE_LOCKED, UNTIL_UNLOCKED, locked, unlocked};
pub(crate) use orders::{
    asked, follow, goes_on_waiting, redeploying, rolling_back, tried_again, waits_for,
};
pub(crate) use progress::{
    AWAY, GONE, STARTED, planned, queued, rollback_failed, steered, step, step_failed,
};
pub(crate) use promotions::{
    promotion_cancelled, promotion_hurried, promotion_overridden, promotion_waits,
};
pub(crate) use reload::{RELOADED, as_at_start, needs_restart, warning};
pub(crate) use sending::{
    artifact, bundle, created_on_github, found_on_github, handed_over, ignored, no_status,
    none_on_github, not_followed, not_seen, other_request, outcome_on_github, status_at, taken,
};
pub(crate) use withdrawals::{
    NONE_WITHDRAWN, promotion_ended, reinstated, still_serves, withdrawn,
};
pub(crate) use wording::{note, spaced};
