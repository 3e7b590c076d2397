//! What `boathook send` and the action are tested with: deployments that end, and servers that
//! answer by a script. Holds no test.

use boathook_core::record::{DeploymentEvent, Event, Outcome, Reason, StepEvent};
use boathook_testing::samples;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

use crate::support::listening::{Listening, Ran, shell};

pub const SECRET: (&str, &str) = ("WEBHOOK_SECRET", "the secret of development, for tests");

/// `boathook send` for a good deployment, with more arguments.
pub async fn send(url: &str, more: &str) -> Ran {
    let line = format!(
        "boathook send --url {url} --environment dev --image registry.example/acme/game:2 \
         --namespace game --service game --deployment-id 101-1 {more}"
    );
    shell(&line, &[SECRET]).await
}

pub fn success() -> Vec<Event> {
    let digest = samples::image(&format!("registry.example/acme/game@sha256:{}", "b".repeat(64)));
    let mut names = ["pull_image", "shift_traffic"].into_iter();
    let mut named = |event| match event {
        Event::Step(StepEvent::StepStarted { step: _ }) => {
            Event::Step(StepEvent::StepStarted { step: names.next().unwrap().to_owned() })
        }
        other => other,
    };
    samples::success("game", "game-00002", &digest).into_iter().map(&mut named).collect()
}

pub fn failure() -> Vec<Event> {
    let reason = "image not found: \u{1b}[31mred".to_owned();
    vec![
        Event::Deployment(DeploymentEvent::Started),
        samples::step_failed(&reason),
        Event::Deployment(DeploymentEvent::Ended {
            end: Outcome::Failed,
            reason: Some(Reason::stated(reason)),
        }),
    ]
}

/// A rollback that fails.
pub fn failed_rollback() -> Vec<Event> {
    let planned = vec![
        Event::Deployment(DeploymentEvent::Started),
        Event::Deployment(DeploymentEvent::Planned {
            plan: samples::plan_from("game", "game-00001"),
        }),
    ];
    let touched =
        vec![samples::step_started(), samples::step_ended(Vec::new()), samples::step_started()];
    let back = vec![
        samples::step_failed("503"),
        samples::step_started(),
        Event::Step(StepEvent::RollbackFailed { reason: "no answer".to_owned() }),
    ];
    [planned, touched, back].concat()
}

/// What was told, without what is random.
pub async fn transcript(listening: &Listening, ran: &Ran) -> String {
    let newest = listening.harness.newest().await;
    let text =
        ran.transcript().replace(newest.id.as_str(), "ID").replace(newest.token.reveal(), "TOKEN");
    text.replace(&listening.url(), "URL")
}

/// Answers each connection with the next of these, and gives the requests.
pub async fn scripted(listener: TcpListener, answers: Vec<String>) -> Vec<String> {
    let mut requests = Vec::new();
    for answer in answers {
        let (mut stream, _) = listener.accept().await.unwrap();
        requests.push(request(&mut stream).await);
        for piece in answer.as_bytes().chunks(7) {
            stream.write_all(piece).await.unwrap();
            tokio::task::yield_now().await;
        }
    }
    requests
}

/// A whole request: its headers, and the body that they announce.
async fn request(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| {
                line.to_lowercase()
                    .strip_prefix("content-length: ")
                    .map(|n| n.parse::<usize>().unwrap())
            });
            if body.len() >= length.unwrap_or(0) {
                return text;
            }
        }
        assert_ne!(
            stream.read_buf(&mut bytes).await.unwrap(),
            0,
            "the request ended early: {text}"
        );
    }
}

/// The answer to a request that was taken.
pub const TAKEN: &str =
    r#"{"status":"accepted","status_url":"https://elsewhere.example/deployments/a?token=t"}"#;

/// A whole HTTP answer.
pub fn answer(status: &str, headers: &str, body: &str) -> String {
    format!(
        "HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: {}\r\n{headers}\r\n{body}",
        body.len()
    )
}
