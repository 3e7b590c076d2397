//! Notifications to real addresses, and the audit log by its command.

mod audit_crashes;
mod audit_lines;
mod github_statuses;
mod notify_addresses;
mod notifying;
