//! What the prober makes of real servers, healthy and unhealthy, on loopback.

use std::{net::SocketAddr, time::Duration};

use boathook::health::HttpProber;
use boathook_core::health::{ProbeAnswer, ProbeRequest, Prober, Sample};
use expect_test::expect;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::mpsc,
};

/// A server that answers each connection with the same bytes and closes it, if it is not to hang.
struct Server {
    address: SocketAddr,
    requests: mpsc::UnboundedReceiver<Vec<u8>>,
}

#[derive(Clone)]
enum Behaviour {
    Answer(Vec<u8>),
    HangAfter(Vec<u8>),
}

async fn server(behaviour: Behaviour) -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (seen, requests) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            tokio::spawn(serve(stream, behaviour.clone(), seen.clone()));
        }
    });
    Server { address, requests }
}

/// Reads one request (the first bytes of a connection), answers, and waits until the other side has
/// gone where it is to hang.
async fn serve(mut stream: TcpStream, behaviour: Behaviour, seen: mpsc::UnboundedSender<Vec<u8>>) {
    let mut request = vec![0; 64 * 1024];
    let read = stream.read(&mut request).await.unwrap_or_default();
    request.truncate(read);
    // The test may have ended.
    let _ = seen.send(request);
    let (bytes, hangs) = match behaviour {
        Behaviour::Answer(bytes) => (bytes, false),
        Behaviour::HangAfter(bytes) => (bytes, true),
    };
    let _ = stream.write_all(&bytes).await;
    if hangs {
        let _ = stream.read(&mut [0; 1]).await;
    }
}

async fn answering(text: &str) -> Server {
    server(Behaviour::Answer(text.as_bytes().to_vec())).await
}

fn ok(body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}", body.len())
}

fn request(url: &str) -> ProbeRequest {
    ProbeRequest::get(url, Duration::from_secs(30))
}

async fn probe(request: ProbeRequest) -> Sample {
    HttpProber::default().probe(request).await
}

/// Status and body of an HTTP answer.
fn read(sample: Sample) -> (u16, String) {
    match sample.result.unwrap() {
        ProbeAnswer::Http { status, body, .. } => (status, body),
        ProbeAnswer::Grpc(answer) => panic!("{answer:?}"),
    }
}

async fn why_unanswered(request: ProbeRequest) -> String {
    probe(request).await.result.unwrap_err().0
}

/// An address on which nobody listens.
async fn closed_port() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap()
}

#[tokio::test]
async fn an_answer_has_its_status_and_body() {
    let server =
        answering("HTTP/1.1 503 Service Unavailable\r\ncontent-length: 6\r\n\r\nno cpu").await;
    let sample = probe(request(&format!("http://{}/healthz", server.address))).await;
    assert_eq!(
        sample.result,
        Ok(ProbeAnswer::Http { status: 503, body: "no cpu".to_owned(), location: None })
    );
}

#[tokio::test]
async fn the_connection_goes_where_it_is_directed_while_host_stays_that_of_the_url() {
    let mut server = answering(&ok("2048")).await;
    for (url, host) in [
        ("http://web.apps.example.com/path?q=1", "host: web.apps.example.com\r\n"),
        ("http://web.apps.example.com:8080/path?q=1", "host: web.apps.example.com:8080\r\n"),
    ] {
        let sample = probe(ProbeRequest { connect_to: Some(server.address), ..request(url) }).await;
        assert_eq!(read(sample).1, "2048");
        let seen =
            String::from_utf8(server.requests.recv().await.unwrap()).unwrap().to_ascii_lowercase();
        assert!(seen.starts_with("get /path?q=1 http/1.1\r\n") && seen.contains(host), "{seen}");
    }
}

#[tokio::test]
async fn over_tls_the_server_is_asked_for_the_name_in_the_url() {
    let mut server = answering("this is no TLS").await;
    let url = "https://web.apps.example.com/";
    let why =
        why_unanswered(ProbeRequest { connect_to: Some(server.address), ..request(url) }).await;
    assert!(why.starts_with("TLS failed: "), "{why}");
    let hello = server.requests.recv().await.unwrap();
    let name = b"web.apps.example.com";
    assert!(hello.windows(name.len()).any(|window| window == name), "the name is not in the hello");
}

#[tokio::test]
async fn each_sample_is_a_new_connection() {
    let mut server = answering(&ok("hello")).await;
    let prober = HttpProber::default();
    for _ in 0..3 {
        prober.probe(request(&format!("http://{}", server.address))).await.result.unwrap();
        server.requests.recv().await.unwrap();
    }
}

#[tokio::test]
async fn a_redirect_is_an_answer_and_is_not_followed() {
    let server = answering(
        "HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n",
    )
    .await;
    let sample = probe(request(&format!("http://{}", server.address))).await;
    assert_eq!(
        sample.result,
        Ok(ProbeAnswer::Http {
            status: 302,
            body: String::new(),
            location: Some("http://127.0.0.1:1/".to_owned())
        })
    );
}

#[tokio::test]
async fn no_more_of_a_body_is_read_than_64_kib() {
    let endless =
        format!("HTTP/1.1 200 OK\r\ncontent-length: 100000000\r\n\r\n{}", "a".repeat(100_000));
    let server = server(Behaviour::HangAfter(endless.into_bytes())).await;
    let (status, body) = read(probe(request(&format!("http://{}", server.address))).await);
    assert_eq!((status, body.len()), (200, 64 * 1024));
}

#[tokio::test]
async fn a_body_that_is_no_text_is_still_an_answer() {
    let server =
        server(Behaviour::Answer(b"HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\na\xffb".to_vec()))
            .await;
    assert_eq!(read(probe(request(&format!("http://{}", server.address))).await).1, "a\u{fffd}b");
}

#[tokio::test]
async fn a_server_that_hangs_is_given_up_in_time_before_and_within_its_answer() {
    for sent in ["", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc"] {
        let server = server(Behaviour::HangAfter(sent.as_bytes().to_vec())).await;
        let timeout = Duration::from_millis(40);
        let sample =
            probe(ProbeRequest { timeout, ..request(&format!("http://{}", server.address)) }).await;
        assert!(sample.latency >= timeout, "{sample:?}");
        expect!["no answer within 40ms"].assert_eq(&sample.result.unwrap_err().0);
    }
}

#[tokio::test]
async fn a_refused_connection_is_said_with_its_address_and_no_secret_of_the_url() {
    let address = closed_port().await;
    let url = format!("http://user:hunter2@{address}/x?token=hunter3");
    assert_eq!(why_unanswered(request(&url)).await, format!("connection refused by {address}"));
    let elsewhere = ProbeRequest {
        connect_to: Some(address),
        ..request("http://web.example.com/?token=hunter3")
    };
    assert_eq!(why_unanswered(elsewhere).await, format!("connection refused by {address}"));
}

#[tokio::test]
async fn a_connection_closed_too_early_is_said_so() {
    for sent in ["", "HTTP/1.1 200", "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc"] {
        let server = answering(sent).await;
        let why = why_unanswered(request(&format!("http://{}", server.address))).await;
        let address = server.address;
        assert_eq!(
            why,
            format!("{address} closed the connection before the answer was complete"),
            "after {sent:?}"
        );
    }
}

#[tokio::test]
async fn an_answer_that_is_not_http_is_said_without_control_characters() {
    let server = answering("SSH-2.0-\u{1b}[31mOpenSSH\r\n").await;
    let why = why_unanswered(request(&format!("http://{}", server.address))).await;
    assert!(why.starts_with(&format!("asking {} failed: ", server.address)), "{why}");
    assert!(!why.contains(char::is_control), "{why}");
}

#[tokio::test]
async fn a_host_name_that_does_not_resolve_is_said_so() {
    // A label of 64 letters is refused by the resolver itself, without asking anyone.
    let host = format!("{}.example.com", "a".repeat(64));
    let why = why_unanswered(request(&format!("http://{host}/x?token=hunter3"))).await;
    assert_eq!(why, format!("the host name in {host}:80 does not resolve"));
}

#[tokio::test]
async fn a_url_that_cannot_be_asked_is_said_so() {
    let elsewhere = Some("127.0.0.1:1".parse().unwrap());
    expect!["the URL cannot be read: relative URL without a base"]
        .assert_eq(&why_unanswered(request("web/")).await);
    expect!["the URL must begin with http:// or https://"]
        .assert_eq(&why_unanswered(request("ftp://web/")).await);
    expect!["the URL must have a host name, not an address, where the connection goes elsewhere"]
        .assert_eq(
            &why_unanswered(ProbeRequest {
                connect_to: elsewhere,
                ..request("http://127.0.0.1:2/")
            })
            .await,
        );
}
