//! A webhook from its first byte to the acceptance: signature, body, policy, repeats, and what its
//! sender is answered.

mod artifacts;
mod bundles;
mod hostile_artifacts;
mod hostile_bundles;
mod hostile_payloads;
mod identity;
mod json_web_tokens;
mod older_builds;
mod packing;
mod repeats;
mod request_limits;
mod routes;
mod secret_use;
mod senders;
mod sources;
mod webhook_answers;
mod webhook_bodies;
mod webhook_payload;
mod webhook_signatures;
mod webhook_waiting;
