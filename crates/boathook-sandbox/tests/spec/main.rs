//! The specification of the sandbox: it obeys what was recorded on real clusters.

#![expect(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

mod admission_recordings;
mod sandbox_admission;
mod sandbox_command;
mod sandbox_core;
mod sandbox_crictl;
mod sandbox_failures;
mod sandbox_kubectl;
mod sandbox_reference;
mod sandbox_refusals;
