//! What the repository ships, run: action, image, packages, units, setup.

mod deploy_action;
mod deploy_dry_run;
mod dockerfile;
mod in_cluster;
mod joining;
mod readme;
mod releasing;
mod setting_up;
mod systemd;
mod trials;
mod via_github;
mod via_relay;
mod workflows;
