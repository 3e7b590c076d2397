//! How many cases a property test tries.

use std::env;

use proptest::{
    prelude::ProptestConfig,
    test_runner::{RngAlgorithm, RngSeed},
};

/// So many cases, the same in every run: whether a test passes depends on the code alone. With
/// `PROPTEST_CASES` it is that many, and new ones in every run. A case that fails belongs into a
/// test of its own, so no seeds are kept.
pub fn cases(number: u32) -> ProptestConfig {
    let fixed = match env::var_os("PROPTEST_CASES") {
        Some(_) => ProptestConfig::default(),
        None => ProptestConfig {
            cases: number,
            rng_algorithm: RngAlgorithm::ChaCha,
            rng_seed: RngSeed::Fixed(0),
            ..ProptestConfig::default()
        },
    };
    ProptestConfig { failure_persistence: None, ..fixed }
}
