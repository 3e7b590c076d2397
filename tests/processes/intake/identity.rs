//! The identity token of a CI job, from its runner to boathook: the action and `boathook send` ask for
//! one that is made for their body, and boathook verifies it with the keys that the issuer publishes.

use boathook_testing::fake_issuer::Mood;
use sha2::{Digest as _, Sha256};
use tokio::net::TcpListener;

use crate::support::{
    github_runner::{GithubRunner, Job},
    https_once::HttpsOnce,
    listening::{Listening, Ran, shell},
    senders::{SECRET, TAKEN, answer, scripted, success},
    token_endpoint::{KEY, TokenEndpoint},
};

const AUDIENCE: &str = "https://hooks.example.com";

async fn act(url: &str, more: &[(&str, &str)], variables: &[(&str, String)]) -> Job {
    let mut inputs = vec![
        ("url", url),
        ("environment", "dev"),
        ("image", "registry.example/acme/game:2"),
        ("namespace", "game"),
        ("service", "game"),
        ("timeout", "30s"),
    ];
    inputs.extend(more);
    let variables: Vec<_> = variables.iter().map(|(name, value)| (*name, value.as_str())).collect();
    GithubRunner::new().deploy(&inputs, &variables).await
}

async fn send(url: &str, more: &str, variables: &[(&str, String)]) -> Ran {
    let line = format!(
        "boathook send --url {url} --environment dev --image registry.example/acme/game:2 \
         --namespace game --service game --deployment-id 101-1 {more}"
    );
    let variables: Vec<_> = variables.iter().map(|(name, value)| (*name, value.as_str())).collect();
    shell(&line, &variables).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_action_deploys_without_a_secret_by_the_token_of_its_job() {
    let endpoint = TokenEndpoint::start();
    let listening = Listening::with(endpoint.accepted_for(AUDIENCE));
    listening.play_when_accepted(success());
    endpoint.be_busy(1);
    let job = act(&listening.url(), &[("audience", AUDIENCE)], &endpoint.variables()).await;
    assert_eq!((job.code, job.output("status")), (0, "succeeded"), "{}", job.log);
    assert!(job.log.contains("no identity token from GitHub: 503"), "{}", job.log);
    let newest = listening.harness.newest().await.id;
    let known = listening.harness.journal.deployment(&newest).await.unwrap().unwrap();
    assert_eq!(known.acceptance.identity.as_ref().unwrap().claims["run_id"], "77");
    assert_eq!(endpoint.issuer.fetches(), 1);
    // No part of a token is in what the job writes.
    assert!(!format!("{job:?}").contains("eyJ"), "{job:?}");
    listening.stop().await;
    endpoint.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn send_deploys_without_a_secret_by_the_token_of_its_job() {
    let endpoint = TokenEndpoint::start();
    let listening = Listening::with(endpoint.accepted_for(AUDIENCE));
    listening.play_when_accepted(success());
    let arguments = format!("--identity github --audience {AUDIENCE}");
    let ran = send(&listening.url(), &arguments, &endpoint.variables()).await;
    assert_eq!(ran.code, 0, "{}", ran.transcript());
    assert!(!format!("{ran:?}").contains("eyJ"), "{ran:?}");
    listening.stop().await;
    endpoint.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_audience_is_the_address_and_the_digest_of_what_is_sent() {
    let endpoint = TokenEndpoint::start();
    let variables = endpoint.variables();
    for sender in ["action", "send"] {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hooks", listener.local_addr().unwrap());
        let answers = vec![answer("200 OK", "", TAKEN)];
        let server = tokio::spawn(scripted(listener, answers));
        if sender == "action" {
            act(&url, &[("timeout", "1s")], &variables).await;
        } else {
            send(&url, "--no-follow --identity github", &variables).await;
        }
        let request = server.await.unwrap().swap_remove(0);
        let (head, body) = request.split_once("\r\n\r\n").unwrap();
        let digest = hex::encode(Sha256::digest(body));
        let asked = endpoint.audiences();
        assert_eq!(asked.last(), Some(&format!("{url}?sha256={digest}")), "{sender}");
        assert!(!head.to_lowercase().contains("x-signature"), "{head}");
    }
    endpoint.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_secret_and_a_token_are_sent_together_where_both_are_asked_for() {
    let endpoint = TokenEndpoint::start();
    let variables = endpoint.variables();
    let both = |request: &str| {
        let head = request.to_lowercase();
        (head.contains("x-signature-sha256: sha256="), head.contains("authorization: bearer eyj"))
    };
    for (choice, expected) in
        [("true", (true, true)), ("", (true, false)), ("false", (true, false))]
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let server = tokio::spawn(scripted(listener, vec![answer("401 Unauthorized", "", "{}")]));
        act(&url, &[("secret", SECRET.1), ("identity", choice)], &variables).await;
        assert_eq!(both(&server.await.unwrap()[0]), expected, "identity: {choice}");
    }
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let server = tokio::spawn(scripted(listener, vec![answer("401 Unauthorized", "", "{}")]));
    let gitlab = [("BOATHOOK_ID_TOKEN", "eyJ.a.b".to_owned()), (SECRET.0, SECRET.1.to_owned())];
    send(&url, "--identity gitlab", &gitlab).await;
    assert_eq!(both(&server.await.unwrap()[0]), (true, true));
    endpoint.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_without_the_permission_is_reported_what_it_needs() {
    let url = "http://127.0.0.1:2";
    let needs = "permissions: {id-token: write}";
    for inputs in [&[][..], &[("identity", "true"), ("secret", "s")]] {
        let job = act(url, inputs, &[]).await;
        assert!(job.code == 2 && job.log.contains(needs), "{}", job.log);
    }
    let ran = send(url, "--identity github", &[]).await;
    assert!(ran.code == 2 && ran.stderr.contains(needs), "{}", ran.transcript());
    let ran = send(url, "--identity gitlab", &[(SECRET.0, SECRET.1.to_owned())]).await;
    assert!(ran.code == 2 && ran.stderr.contains("BOATHOOK_ID_TOKEN"), "{}", ran.transcript());
    // A token of GitLab's says nothing about the body.
    let gitlab = [("BOATHOOK_ID_TOKEN", "eyJ.a.b".to_owned())];
    let ran = send(url, "--identity gitlab", &gitlab).await;
    assert!(ran.code == 2 && ran.stderr.contains("no secret"), "{}", ran.transcript());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn send_asks_github_over_https_for_a_boathook_without() {
    let endpoint = HttpsOnce::answering(r#"{"value":"eyJ.a.b"}"#);
    let certificate = endpoint.certificate().display().to_string();
    let variables = [
        ("ACTIONS_ID_TOKEN_REQUEST_URL", format!("{}/token?api-version=2.0", endpoint.url)),
        ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", KEY.to_owned()),
        ("SSL_CERT_FILE", certificate),
    ];
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let server = tokio::spawn(scripted(listener, vec![answer("401 Unauthorized", "", "{}")]));
    let ran = send(&url, "--identity github --timeout 3s", &variables).await;
    assert!(ran.stderr.contains("401"), "{}", ran.transcript());
    let request = server.await.unwrap().swap_remove(0).to_lowercase();
    assert!(request.contains("authorization: bearer eyj.a.b"), "{request}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn send_gives_no_password_of_the_address_to_the_issuer() {
    let endpoint = TokenEndpoint::start();
    let url = "http://ci:hunter2@127.0.0.1:2";
    let gitlab = [("BOATHOOK_ID_TOKEN", "eyJ.a.b".to_owned()), (SECRET.0, SECRET.1.to_owned())];
    let with_audience = format!("--identity github --audience {AUDIENCE}");
    for (arguments, variables) in [
        ("--identity github", &endpoint.variables()),
        (with_audience.as_str(), &endpoint.variables()),
        ("--identity gitlab", &gitlab),
    ] {
        let ran = send(url, arguments, variables).await;
        let why = "a user in --url and an identity token need the same header";
        assert!(ran.code == 2 && ran.stderr.contains(why), "{}", ran.transcript());
        assert!(!ran.stderr.contains("hunter2"), "{}", ran.transcript());
    }
    assert!(endpoint.audiences().is_empty());
    endpoint.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_issuer_whose_documents_cannot_be_read_lets_nobody_in() {
    let endpoint = TokenEndpoint::start();
    endpoint.issuer.set(Mood::Away);
    let listening = Listening::with(endpoint.accepted_for(AUDIENCE));
    let job = act(&listening.url(), &[("audience", AUDIENCE)], &endpoint.variables()).await;
    assert_eq!(
        (job.code, job.annotations()),
        (2, vec!["::error title=boathook refused the deployment to dev::401: Invalid signature"])
    );
    assert!(listening.harness.everything().await.is_empty());
    listening.stop().await;
    endpoint.stop().await;
}
