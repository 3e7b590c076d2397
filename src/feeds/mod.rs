//! What changes in a namespace, as it happens: one list and one watch for each kind, shared by all
//! deployments there. Readers get the newest state of an object, never a queue of changes.
//!
//! A feed only reads. That an object is missing in it proves nothing: the feed may be late.

mod event;
mod feed;
mod hub;
mod list;
mod object;
mod reading;
mod reflector;
mod shelf;
mod trouble;

pub use feed::{Feed, FeedState, FeedStatus};
pub use hub::Feeds;
pub use object::FeedObject;
