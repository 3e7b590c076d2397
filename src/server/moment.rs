//! A request uses the snapshot of the moment when it arrived, from beginning to end, also if a reload comes meanwhile.

use std::{rc::Rc, sync::Arc};

use actix_web::{
    dev::{Extensions, ServiceRequest},
    web::Data,
};

/// Returns the current snapshot.
pub type Now<T> = Arc<dyn Fn() -> Arc<T> + Send + Sync>;

/// Attaches the current snapshot to the request. No handler may hold the request yet.
pub fn attach_snapshot<T: 'static>(now: &Now<T>, request: &mut ServiceRequest) {
    let mut data = Extensions::new();
    data.insert(Data::from(now()));
    request.add_data_container(Rc::new(data));
}
