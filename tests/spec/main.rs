//! The specification of boathook: read in order, it says what the service does.

mod sandbox_core;
