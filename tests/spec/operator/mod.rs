//! What an operator sees and asks for: approvals, locks, dashboard, status page.

mod approvals;
mod approvals_by_several;
mod check;
mod checking_metrics;
mod dashboard;
mod dashboard_listener;
mod dashboard_standing;
mod deploy_windows;
mod environments;
mod environments_page;
mod event_streams;
mod kubeconfig_ends;
mod locks;
mod logs;
mod operator_control;
mod operator_reads;
mod status_page;
