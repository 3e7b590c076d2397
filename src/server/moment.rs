//! A request goes by what held when it came, from its beginning to its end, whatever is reloaded meanwhile.

use std::{rc::Rc, sync::Arc};

use actix_web::{
    dev::{Extensions, ServiceRequest},
    web::Data,
};

/// Tells what holds at this moment.
pub type Now<T> = Arc<dyn Fn() -> Arc<T> + Send + Sync>;

/// Gives the request what holds now. The request must have been given to nobody yet.
pub fn attach_snapshot<T: 'static>(now: &Now<T>, request: &mut ServiceRequest) {
    let mut data = Extensions::new();
    data.insert(Data::from(now()));
    request.add_data_container(Rc::new(data));
}
