//! Errors for people: where a browser asks for a page and gets an error, it gets a page that says the
//! same as the JSON for programs, and where to go from there.

use actix_web::{
    Error, HttpResponse, HttpResponseBuilder,
    body::MessageBody,
    dev::{Service, ServiceRequest, ServiceResponse},
    http::{Method, StatusCode},
    web::Data,
};
use askama::Template;

use crate::server::{
    ApiError, OperatorState, accept::wants_html, dashboard::assets::STYLE, html, page::POLICY,
};

#[derive(Template)]
#[template(path = "error_page.html")]
struct ErrorPage {
    title: &'static str,
    message: String,
    is_missing: bool,
    is_operator: bool,
}

/// Passes a request on, and puts a page in place of an error's JSON if a browser asked.
pub(crate) fn for_browsers<S, B>(
    request: ServiceRequest,
    next: &S,
) -> impl Future<Output = Result<ServiceResponse, Error>> + use<S, B>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    B: MessageBody + 'static,
{
    let wanted = *request.method() == Method::GET && wants_html(request.headers());
    let answer = next.call(request);
    async move {
        let answer = answer.await?.map_into_boxed_body();
        let Some(page) = page_for(&answer).filter(|_| wanted) else { return Ok(answer) };
        Ok(answer.map_body(|head, _| {
            for (name, value) in page.headers() {
                head.headers.insert(name.clone(), value.clone());
            }
            page.into_body()
        }))
    }
}

/// None where the answer is no error of ours.
fn page_for(answer: &ServiceResponse) -> Option<HttpResponse> {
    let error = answer.response().error()?.as_error::<ApiError>()?;
    let status = answer.status();
    let page = ErrorPage {
        title: status.canonical_reason().unwrap_or("Error"),
        message: error.message(),
        is_missing: status == StatusCode::NOT_FOUND,
        is_operator: answer.request().app_data::<Data<OperatorState>>().is_some(),
    };
    Some(html::answer(HttpResponseBuilder::new(status), &POLICY, &page))
}
