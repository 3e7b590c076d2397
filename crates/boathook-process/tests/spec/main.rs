//! The specification of running one program, with real ones.

#![expect(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

mod running_programs;
