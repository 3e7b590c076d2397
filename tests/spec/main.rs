//! The specification of boathook: read in order, it says what the service does.

mod running_programs;
