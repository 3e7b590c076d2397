//! What is in a folder of manifests, and what is applied of it.

mod comparing;
mod deployed;
mod reading;
mod secrets;
mod unchanged;
