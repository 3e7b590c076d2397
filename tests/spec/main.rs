//! The specification of boathook: read in order, it says what the service does.

mod health_verdicts;
mod probing;
mod running_programs;
