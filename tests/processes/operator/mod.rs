//! The commands, each as a program of its own.

mod application_logs;
mod approvals;
mod check;
mod check_cases;
mod check_neighbours;
mod command_line;
mod completions;
mod dashboard_listener;
mod deploy_windows;
mod following;
mod locks;
mod manual;
mod nodes;
mod one_account;
mod operator_control;
mod overriding;
mod promoting;
mod renamed_environments;
mod rolled_back;
mod sealing_keys;
mod sending;
mod sending_via;
