//! The keys that open sealed bodies, read from where the configuration says. No message holds any part
//! of one.

use std::ffi::OsString;

use boathook_core::source::Source;

use crate::{
    config::{Config, SecretError, SecretUse, source::Unjudged},
    sealing::PrivateKey,
};

/// Reads the private keys; `variable` looks up a variable of this process.
pub fn load_sealing_keys(
    config: &Config,
    variable: impl Fn(&str) -> Option<OsString>,
) -> Result<Vec<PrivateKey>, SecretError> {
    examine_sealing_keys(config, variable).into_iter().collect()
}

/// Reads the same, each with what became of it.
pub fn examine_sealing_keys(
    config: &Config,
    variable: impl Fn(&str) -> Option<OsString>,
) -> Vec<Result<PrivateKey, SecretError>> {
    let keys = config.sources.sealing.keys.iter().enumerate();
    let read = |(index, source): (usize, &Source)| {
        let read = Unjudged::read(SecretUse::Sealing { index }, source, &variable)?;
        read.judged_text(|text| PrivateKey::parse(&text).map_err(|_| "is no private sealing key"))
    };
    keys.map(read).collect()
}
