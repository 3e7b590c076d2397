//! A request uses one snapshot from beginning to end: the one that was current when it arrived,
//! even if a reload replaces it.

use std::rc::Rc;

use actix_web::{
    dev::{Extensions, ServiceRequest},
    web::Data,
};
use boathook_core::current::Current;

/// Attaches the current snapshot to the request. No handler may hold the request yet.
pub(crate) fn attach_snapshot<T: Send + Sync + 'static>(
    now: &Current<T>,
    request: &mut ServiceRequest,
) {
    let mut data = Extensions::new();
    data.insert(Data::from(now.get()));
    request.add_data_container(Rc::new(data));
}
