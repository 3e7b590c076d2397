//! The environments that boathook ships, which is where most tests deploy. Holds no test.

use boathook_core::deployment::{Environment, Environments, NamedEnvironment};

/// The three by their names, for [`Environment`].
pub trait Shipped: Sized {
    const DEVELOPMENT: Self;
    const STAGING: Self;
    const PRODUCTION: Self;
    /// All of them, in the order of promotion.
    const ALL: [Self; 3];
}

impl Shipped for Environment {
    const DEVELOPMENT: Self = of("development");
    const STAGING: Self = of("staging");
    const PRODUCTION: Self = of("production");
    const ALL: [Self; 3] = [Self::DEVELOPMENT, Self::STAGING, Self::PRODUCTION];
}

/// The environment of this name, which must be one.
pub const fn of(name: &str) -> Environment {
    match Environment::of(name) {
        Some(environment) => environment,
        None => panic!("no environment can have this name"),
    }
}

/// The three as they are shipped, with their aliases.
pub fn environments() -> Environments {
    Environments::new(
        Environment::ALL.map(|name| NamedEnvironment { name, aliases: aliases(name) }).to_vec(),
    )
}

/// The aliases that an environment is shipped with.
pub fn aliases(environment: Environment) -> Vec<Environment> {
    match environment {
        Environment::DEVELOPMENT => vec![of("dev")],
        Environment::PRODUCTION => vec![of("prod")],
        _ => Vec::new(),
    }
}
