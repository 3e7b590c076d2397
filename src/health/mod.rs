//! Asks a URL over the network whether it is well; [`boathook_core::health`] judges what came of
//! it.

mod grpc_call;
mod grpc_frame;
mod http_prober;
mod revealing;
mod unanswered;

pub use http_prober::HttpProber;
pub use revealing::Revealing;
