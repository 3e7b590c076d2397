//! A relay that hands webhooks on as gosmee does: `tests/recordings/relays` has its events. Holds no test.

use std::{
    convert::Infallible,
    sync::{Arc, Mutex, mpsc},
    thread,
};

use actix_web::{
    App, HttpRequest, HttpResponse, HttpServer, rt,
    web::{Bytes, Data, get, post},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use futures_util::{StreamExt, stream};
use serde_json::{Map, Value, json};
use tokio::sync::broadcast;

/// A relay with one channel, until the process ends.
pub struct Gosmee {
    /// The channel's address.
    pub url: String,
    channel: Channel,
}

#[derive(Clone)]
struct Channel {
    events: broadcast::Sender<String>,
    seen: Arc<Mutex<String>>,
}

impl Gosmee {
    pub fn start() -> Self {
        let channel = Channel { events: broadcast::channel(64).0, seen: Arc::default() };
        let (told, address) = mpsc::channel();
        let served = channel.clone();
        thread::spawn(move || {
            let app = move || {
                App::new()
                    .app_data(Data::new(served.clone()))
                    .route("/a-channel", post().to(take))
                    .route("/events/a-channel", get().to(subscribe))
            };
            let server = HttpServer::new(app).workers(1).disable_signals();
            let server = server.bind("127.0.0.1:0").unwrap();
            told.send(server.addrs()[0]).unwrap();
            rt::System::new().block_on(server.run()).unwrap();
        });
        Self { url: format!("http://{}/a-channel", address.recv().unwrap()), channel }
    }

    /// All that its operator could read.
    pub fn seen(&self) -> String {
        self.channel.seen.lock().unwrap().clone()
    }
}

async fn take(request: HttpRequest, body: Bytes, channel: Data<Channel>) -> HttpResponse {
    let header = |(name, value): (&actix_web::http::header::HeaderName, &_)| {
        let value: &actix_web::http::header::HeaderValue = value;
        (name.as_str().to_owned(), json!(value.to_str().unwrap()))
    };
    let mut event: Map<String, Value> = request.headers().iter().map(header).collect();
    channel.seen.lock().unwrap().push_str(&format!("{event:?}{}", String::from_utf8_lossy(&body)));
    event.insert("bodyB".to_owned(), json!(STANDARD.encode(&body)));
    // Nobody may be there to read it.
    let _ = channel.events.send(format!("data: {}\n\n", Value::Object(event)));
    HttpResponse::Accepted().finish()
}

async fn subscribe(channel: Data<Channel>) -> HttpResponse {
    let events = stream::unfold(channel.events.subscribe(), |mut events| async {
        let event = events.recv().await.ok()?;
        Some((event, events))
    });
    let ready = "data: {\"message\":\"connected\"}\n\ndata: {\"message\":\"ready\"}\n\n".to_owned();
    let events = stream::iter([ready]).chain(events);
    let events = events.map(|event| Ok::<_, Infallible>(Bytes::from(event)));
    HttpResponse::Ok().content_type("text/event-stream").streaming(events)
}
