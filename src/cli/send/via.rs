//! The ways by which a request reaches boathook.

use clap::ValueEnum;

/// The way by which a request reaches boathook.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Via {
    /// It is posted to boathook's address.
    #[default]
    Url,
    /// It is the payload of a deployment on GitHub, which boathook asks for.
    Github,
    /// It is posted to a channel of gosmee or smee.io, which boathook reads.
    Relay,
}
