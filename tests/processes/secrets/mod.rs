//! No secret is written down by a program that runs.

mod planting;
