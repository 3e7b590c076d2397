//! Settings: what is taken, what is refused and in which words.

mod credentials;
mod environments;
mod github;
mod identity;
mod metric_settings;
mod probe_settings;
mod regex_patterns;
mod relays;
mod service_settings;
mod settings;
