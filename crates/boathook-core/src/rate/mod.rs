//! How often something may be done: growing pauses between attempts, and token buckets. Both use
//! tokio's clock, which tests can pause.

mod backoff;
mod token_bucket;

pub use backoff::Backoff;
pub use token_bucket::{Rate, TokenBucket};
