//! Readers of the journal: audit log, metrics, notifications, promotion.

mod audit_comparison;
mod audit_crashes;
mod audit_lines;
mod audit_proof;
mod fanning_out;
mod github_statuses;
mod github_troubles;
mod holding;
mod metrics;
mod monitoring;
mod notifying;
mod promoting;
mod promoting_bundles;
mod promotion_answers;
mod promotion_histories;
mod soaking;
mod waiting_to_promote;
mod waves;
mod whole_way;
mod withdrawing;
