//! Tells the audit log of refused webhooks. No request waits for it, and none fails because of it.

use actix_web::{
    Error, HttpMessage as _, HttpRequest,
    body::MessageBody,
    dev::{Service, ServiceRequest, ServiceResponse},
    web::Data,
};

use crate::{
    intake::Key,
    observers::audit::Refused,
    server::{Edge, body, counting, webhook},
};

const WEBHOOK: &str = "/webhook/";
/// Characters of each text that are told.
const TEXT_MAX: usize = 500;

/// The id of the secret that signed a request.
struct SignedBy(String);

/// Remembers who signed, for the line of a request that is refused all the same.
pub fn remember_signer(request: &HttpRequest, signers: &[Key]) {
    let id = signers.iter().map(|key| key.id.as_str()).collect::<Vec<_>>().join(", ");
    request.extensions_mut().insert(SignedBy(id));
}

/// Hands a request on, and notes it where the answer is an error.
pub fn note<S, B>(request: ServiceRequest, next: &S) -> impl Future<Output = Result<ServiceResponse<B>, Error>> + use<S, B>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    B: MessageBody + 'static,
{
    let answer = next.call(request);
    async move {
        let answer = answer.await?;
        if let Some(error) = answer.response().error()
            && answer.request().path().starts_with(WEBHOOK)
        {
            tell(answer.request(), answer.status().as_u16(), error);
        }
        Ok(answer)
    }
}

fn tell(request: &HttpRequest, status: u16, error: &Error) {
    let Some(edge) = request.app_data::<Data<Edge>>() else { return };
    let harmless = |text: &str| edge.door.redactor.text(text).chars().take(TEXT_MAX).collect::<String>();
    edge.refusals.note(Refused {
        at: edge.door.clock.now(),
        client: counting::client(request, edge),
        signed_by: request.extensions().get().map(|SignedBy(id)| id.clone()),
        method: request.method().to_string(),
        path: harmless(request.path()),
        delivery: body::header(request.headers(), &webhook::DELIVERY).map(harmless),
        status,
        reason: harmless(&error.to_string()),
    });
}
