//! No secret is written down, wherever it comes from.

mod echoed_secrets;
mod planting;
mod redaction;
mod status_links;
