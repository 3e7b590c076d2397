//! The specification of boathook: read in order, it says what the service does.

mod health_verdicts;
mod probing;
mod running_programs;
mod sandbox_command;
mod sandbox_core;
mod sandbox_crictl;
mod sandbox_kubectl;
mod sandbox_refusals;
mod sandbox_room;
