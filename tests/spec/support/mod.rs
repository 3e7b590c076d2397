//! What several tests of this binary use. Holds no test.

pub mod check_harness;
pub mod crashes;
pub mod exposition;
pub mod github_harness;
pub mod github_package;
pub mod interrupted_github;
pub mod job_harness;
pub mod life;
pub mod notify_harness;
pub mod process_log;
pub mod promotion_harness;
pub mod promotion_model;
pub mod promql;
pub mod proof_model;
pub mod recorded_failures;
pub mod relay_channel;
pub mod restoring_harness;
pub mod tables_of_tests;
pub mod watch_harness;
