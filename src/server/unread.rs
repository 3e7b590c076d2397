//! Closes a connection whose request body was not read to its end.
//!
//! actix-web drains a chunked body after its reader is dropped, without limit or deadline. This
//! module keeps the body until the answer is sent; if it is unread by then, the connection is
//! closed.

use std::{
    cell::RefCell,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll},
};

use actix_web::{
    Error, HttpMessage,
    body::{BodySize, BoxBody, MessageBody},
    dev::{Payload, Service, ServiceRequest, ServiceResponse},
    error::PayloadError,
    web::Bytes,
};
use futures_util::{Stream, StreamExt};

use crate::server::connection::{Answering, answering};

/// Passes a request on but keeps its body; when the answer is sent, releases the request's claim on
/// its connection.
pub(crate) fn hold_unread_body<S, B>(
    mut request: ServiceRequest,
    next: &S,
) -> impl Future<Output = Result<ServiceResponse, Error>> + use<S, B>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    B: MessageBody + 'static,
{
    let answering = answering(request.request());
    let body = HeldBody(Rc::new(RefCell::new(request.take_payload())));
    let payload: Pin<Box<dyn Stream<Item = Result<Bytes, PayloadError>>>> = Box::pin(body.clone());
    request.set_payload(Payload::Stream { payload });
    let answer = next.call(request);
    async move {
        Ok(answer.await?.map_body(|_, answer| {
            BoxBody::new(WithHeldBody {
                answer: answer.boxed(),
                _body: body,
                _answering: answering,
            })
        }))
    }
}

/// A request's body with two owners: its reader and the answer.
#[derive(Clone)]
struct HeldBody(Rc<RefCell<Payload>>);

impl Stream for HeldBody {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.borrow_mut().poll_next_unpin(context)
    }
}

struct WithHeldBody {
    answer: BoxBody,
    _body: HeldBody,
    _answering: Answering,
}

impl MessageBody for WithHeldBody {
    type Error = Box<dyn std::error::Error>;

    fn size(&self) -> BodySize {
        self.answer.size()
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        Pin::new(&mut self.answer).poll_next(context)
    }
}
