//! `boathook send` where nobody reaches boathook: by a deployment on GitHub, or by a relay.

use boathook_core::clock::Clock;
use boathook_testing::github::{FakeGitHub, Fault, TOKEN, serve};
use expect_test::expect;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::support::{
    github_runner::program,
    gosmee::Gosmee,
    listening::{Ran, shell},
    senders::{SECRET, answer, scripted},
    stand::{SERVICE, Stand},
};

const REPOSITORY: &str = "your-org/game-2048";
const SHA: &str = "4f2a9c1d4f2a9c1d4f2a9c1d4f2a9c1d4f2a9c1d";

/// A repository on GitHub, and its address.
fn github() -> (FakeGitHub, String) {
    let github = FakeGitHub::new(Clock::system());
    github.repository(REPOSITORY);
    let api = format!("http://{}", serve(github.clone()));
    (github, api)
}

/// The variables of a job there.
fn job(api: &str) -> [(&str, &str); 5] {
    [
        SECRET,
        ("GITHUB_API_URL", api),
        ("GITHUB_REPOSITORY", REPOSITORY),
        ("GITHUB_SHA", SHA),
        ("GITHUB_TOKEN", TOKEN),
    ]
}

async fn send(more: &str, variables: &[(&str, &str)]) -> Ran {
    let line = format!(
        "boathook send --environment development --image registry.example/acme/game:2 --namespace \
         game --service game --deployment-id 101-1 {more}"
    );
    shell(&line, variables).await
}

/// What it did, without the numbers of deployments and the states that only a quick look sees.
fn transcript(ran: &Ran) -> String {
    let number = regex::Regex::new("deployment [0-9]{4}").unwrap();
    let text = ran.transcript();
    let is_passing = |line: &&str| line.contains(" queued: ") || line.contains(" in progress: ");
    let lines: Vec<_> = text.lines().filter(|line| !is_passing(line)).collect();
    number.replace_all(&lines.join("\n"), "deployment NUMBER").into_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn send_reaches_a_handler_without_listener_by_github_and_by_a_relay_that_reads_nothing() {
    let stand = Stand::new("1s").await;
    let (_, api) = github();
    let relay = Gosmee::start();
    let path = stand.path().display();
    let key = format!("{path}/sealing-key");
    let made = stand.shell(&format!("boathook sealing-key new {key}")).await.stdout;
    let public = made.trim();
    stand.shell(&format!("umask 77; printf {TOKEN} > {path}/token")).await;
    let variables = format!(
        "BOATHOOK__SERVER__LISTEN=null BOATHOOK__SOURCES__GITHUB='{{api: \"{api}\", interval: 1s, \
         token: {{file: {path}/token}}}}' BOATHOOK__SOURCES__SEALING='{{keys: [{{file: {key}}}]}}' \
         BOATHOOK__SOURCES__RELAYS='[{{name: ours, url: \"{}\", kind: gosmee, sealed: required}}]' \
         BOATHOOK__ENVIRONMENTS__DEVELOPMENT__GITHUB__REPOSITORIES='[{REPOSITORY}]'",
        relay.url
    );
    let serving = stand.serve_with(&variables, &format!("2>{path}/log")).await;
    let connected = format!("grep -q 'Connected to relay ours' {path}/log");
    stand.until("the relay is read", &connected).await;
    let send = async |more: &str| {
        let line = format!(
            "GITHUB_API_URL={api} GITHUB_TOKEN={TOKEN} boathook send --secret-file \
             {path}/secret.development --environment development --namespace {SERVICE} --service \
             {SERVICE} --repository {REPOSITORY} --commit {SHA} --timeout 55s {more}"
        );
        transcript(&stand.shell(&line).await)
    };
    let by_github = send(&format!(
        "--via github --seal {public} --image ghcr.io/your-org/game-2048:v1 --deployment-id 101-1"
    ))
    .await;
    expect![[r#"
        exit 0
        --- stdout
        succeeded: game-2048-dev/game-2048-dev in development serves ghcr.io/your-org/game-2048:v1
        --- stderr
        TIME deployment 101-1: created as deployment NUMBER of development on GitHub
        TIME success: serves 100 %"#]]
    .assert_eq(&by_github);
    assert!(stand.answers().await.contains("v1"));

    let sealed = format!(
        "--via relay --url {} --seal {public} --image ghcr.io/your-org/game-2048:v2 --deployment-id 102-1",
        relay.url
    );
    let by_relay = send(&sealed).await;
    expect![[r#"
        exit 0
        --- stdout
        succeeded: game-2048-dev/game-2048-dev in development serves ghcr.io/your-org/game-2048:v2
        --- stderr
        TIME deployment 102-1: handed to the relay at 127.0.0.1; that says nothing of what boathook does
        TIME boathook took it: deployment NUMBER of development on GitHub
        TIME success: serves 100 %"#]].assert_eq(&by_relay);
    assert!(stand.answers().await.contains("v2"));
    let seen = relay.seen();
    assert!(seen.contains("boathook_sealed"), "{seen}");
    for word in ["game-2048", "102-1", "development", SHA] {
        assert!(!seen.contains(word), "{word} in {seen}");
    }
    assert_eq!(serving.terminate().await, boathook_process::Exit::Code(0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn send_finds_what_it_created_when_github_did_not_answer_and_says_that_nobody_takes_it() {
    let (github, api) = github();
    github.fail_next(Fault::Status(502));
    let ran = send("--via github --timeout 4s", &job(&api)).await;
    expect![[r#"
        exit 3
        --- stdout
        --- stderr
        TIME GitHub is in trouble (502); trying again in 1 s
        TIME deployment 101-1: created as deployment NUMBER of development on GitHub
        error: boathook did not answer on GitHub: deployment NUMBER has no status after 4s: does boathook run, and does its configuration name this repository in github.repositories?"#]].assert_eq(&transcript(&ran));
    let made = github.deployments(REPOSITORY);
    assert_eq!(made.len(), 1);
    assert_eq!(made[0]["ref"], SHA);
    let request = &made[0]["payload"]["boathook"];
    let body = request["body"].as_str().unwrap();
    let signature = boathook_core::deployment::sign(SECRET.1.as_bytes(), body.as_bytes());
    assert_eq!(request["signature"], signature);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn send_says_what_it_needs_to_go_another_way() {
    let (github, api) = github();
    let job = job(&api);
    let without = |name: &str| job.into_iter().filter(|(one, _)| *one != name).collect::<Vec<_>>();
    let with = |name: &'static str, value: &'static str| {
        without(name).into_iter().chain([(name, value)]).collect::<Vec<_>>()
    };
    let ran = [
        send("", &job).await,
        send("--via relay", &job).await,
        send("--via relay --url http://relay.example/a-secret-channel", &job).await,
        send("--via github --dry-run", &job).await,
        send("--via github --identity github", &job).await,
        send("--via github", &without("GITHUB_TOKEN")).await,
        send("--via github", &without("GITHUB_SHA")).await,
        send("--via github", &without("GITHUB_REPOSITORY")).await,
        send("--via github", &with("GITHUB_TOKEN", "ghs_that-may-not")).await,
        send("--via github --github-token-file /nonexistent", &job).await,
        send("--via github --github-api http://github.example", &job).await,
        send("--via github --seal boathook-private-AAAA", &job).await,
        send("", &with("BOATHOOK_URL", "relay.example/a-secret-channel")).await,
        send("--via relay --url https://relay.example/a --seal KEY --identity github", &job).await,
        send("--via relay --url https://relay.example/a --commit abc1234", &job).await,
        send("--via github", &with("GITHUB_REPOSITORY", "nothing")).await,
    ];
    let said = ran.map(|ran| {
        let hidden = ["private-AAAA", "a-secret-channel"];
        assert!(hidden.iter().all(|text| !ran.stderr.contains(text)), "{}", ran.stderr);
        let line = ran.stderr.lines().next().unwrap_or_default().to_owned();
        format!("{} {line}", ran.code)
    });
    expect![[r#"
        2 error: --url, or the variable BOATHOOK_URL, has to name boathook's address
        2 error: --url, or the variable BOATHOOK_URL, has to name the channel of the relay
        2 error: refused: the url of a relay must begin with https:// (http:// only for an address of this machine)
        2 error: refused: a dry run is answered by boathook itself; leave --via out
        2 error: no identity token: a deployment on GitHub carries none; leave --identity out, and sign
        2 error: GitHub cannot be asked: set GITHUB_TOKEN to a token that may write deployments, or name a file with --github-token-file
        2 error: GitHub cannot be asked: name the whole commit, 40 hexadecimal digits, with --commit
        2 error: GitHub cannot be asked: name the repository with --repository, such as your-org/shop
        2 error: refused: GitHub does not know the token (401); it may have expired
        2 error: failed to read the token of GitHub's from /nonexistent: No such file or directory (os error 2)
        2 error: GitHub cannot be asked: name its API with --github-api; it is sent the token, so it begins with https:// and does not end with /
        2 error: --seal, or the variable BOATHOOK_SEAL: that is the private key, which belongs on the node alone; `boathook sealing-key public FILE` prints the public one
        2 error: --url, or the variable BOATHOOK_URL, has to name boathook's address; write it with its scheme, such as https://hooks.example.com
        2 error: no identity token: a relay would read in it what --seal hides; leave --identity out, and sign
        2 error: GitHub cannot be asked: name the whole commit, 40 hexadecimal digits, with --commit; or send with --no-follow
        2 error: GitHub cannot be asked: name the repository with --repository, such as your-org/shop"#]].assert_eq(&said.join("\n"));
    assert_eq!(github.deployments(REPOSITORY), Vec::<Value>::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn send_tells_what_a_relay_says_and_that_this_is_not_what_boathook_does() {
    let relay = Gosmee::start();
    let (_, api) = github();
    let by = format!("--via relay --url {} --timeout 2s", relay.url);
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let away = format!("--via relay --url http://{free}/a-secret-channel --timeout 1s");
    let elsewhere = format!("--via relay --url {}-else --timeout 1s", relay.url);
    let ran = [
        send(&by, &[SECRET]).await,
        send(&by, &job(&api)).await,
        send(&away, &[SECRET]).await,
        send(&elsewhere, &[SECRET]).await,
    ];
    let said = ran.map(|ran| ran.transcript()).join("\n");
    expect![[r#"
        exit 0
        --- stdout
        --- stderr
        TIME deployment 101-1: handed to the relay at 127.0.0.1; that says nothing of what boathook does
        TIME note: what becomes of it is not followed; GITHUB_TOKEN or --github-token-file lets it be followed on GitHub
        exit 3
        --- stdout
        --- stderr
        TIME deployment 101-1: handed to the relay at 127.0.0.1; that says nothing of what boathook does
        error: boathook did not answer on GitHub: no deployment for the request appeared there within 2s; if boathook refused it, its audit log says why (`boathook audit show`); does its configuration name this repository in github.repositories?
        exit 3
        --- stdout
        --- stderr
        error: the relay at http://ADDRESS is not reachable: Connection refused (os error 111)
        exit 2
        --- stdout
        --- stderr
        error: refused: 404 Not Found; is --url that of a channel?"#]].assert_eq(&said.replace(&free.to_string(), "ADDRESS"));
    assert_eq!(relay.seen().matches("x-hub-signature-256").count(), 2, "{}", relay.seen());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_send_signs_is_what_json_stringify_writes() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/a-channel", listener.local_addr().unwrap());
    let requests = tokio::spawn(scripted(listener, vec![answer("200 OK", "", "")]));
    let odd =
        r#"jané "quoted" \ back/slash <&> 👍 "#.to_owned() + "\u{1}\u{8}\u{c}\u{7f}\u{2028}\t";
    let variables = [SECRET, ("ODD", odd.as_str())];
    let more = format!(
        "--via relay --url {url} --triggered-by \"$ODD\" --confirmation 1e2 --traffic-split \
         10,50,100 --repository {REPOSITORY} --no-follow"
    );
    let ran = send(&more, &variables).await;
    assert_eq!(ran.code, 0, "{}", ran.transcript());
    let requests = requests.await.unwrap();
    let (_, body) = requests[0].split_once("\r\n\r\n").unwrap();
    assert!(body.contains("jané") && body.contains(REPOSITORY), "{body}");
    let written = shell(
        &format!(
            "printf %s \"$BODY\" | {} -e 'process.stdout.write(JSON.stringify(JSON.parse(require(\"fs\").readFileSync(0, \"utf8\"))))'",
            program("node").display()
        ),
        &[("BODY", body)],
    )
    .await;
    assert_eq!(written.stdout, body);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn send_by_a_relay_follows_the_deployment_that_boathook_makes_on_github() {
    let (github, api) = github();
    let relay = Gosmee::start();
    let image = "registry.example/acme/game:2";
    let request = json!({"id": "k3v9x2m4q7w8", "deployment_id": "101-1", "service": "game/game", "image": image});
    let made = json!({"ref": SHA, "environment": "development", "payload": {"boathook": request}});
    let number = github.deploy(REPOSITORY, "ci", made);
    let path = format!("/repos/{REPOSITORY}/deployments/{number}/statuses");
    let status = json!({"state": "failure", "description": "rolled back: 503"});
    github.client().post(&path, &status).await.unwrap();
    let by = format!("--via relay --url {} --timeout 20s", relay.url);
    let shown = transcript(&send(&by, &job(&api)).await);
    expect![[r#"
        exit 1
        --- stdout
        failed or rolled back in game/game in development: rolled back: 503
        --- stderr
        TIME deployment 101-1: handed to the relay at 127.0.0.1; that says nothing of what boathook does
        TIME boathook took it: deployment NUMBER of development on GitHub
        TIME failure: rolled back: 503"#]].assert_eq(&shown);
    let machine = send(&format!("{by} --json"), &job(&api)).await;
    let answer: Value = serde_json::from_str(&machine.stdout).unwrap();
    assert_eq!((machine.code, &answer["state"]), (1, &json!("failure")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn send_by_a_relay_never_takes_the_outcome_of_another_request_with_its_id_for_its_own() {
    let (github, api) = github();
    let relay = Gosmee::start();
    let other = json!({"id": "k3v9x2m4q7w8", "deployment_id": "101-1", "service": "game/game", "image": "registry.example/acme/game:1"});
    let made = json!({"ref": SHA, "environment": "development", "payload": {"boathook": other}});
    let number = github.deploy(REPOSITORY, "ci", made);
    let path = format!("/repos/{REPOSITORY}/deployments/{number}/statuses");
    github.client().post(&path, &json!({"state": "success"})).await.unwrap();
    let by = format!("--via relay --url {} --timeout 20s", relay.url);
    let ran = send(&by, &job(&api)).await;
    expect![[r#"
        exit 2
        --- stdout
        --- stderr
        error: refused: deployment_id `101-1` already names another request, which deploys registry.example/acme/game:1; send a new --deployment-id for a new deployment"#]].assert_eq(&transcript(&ran));
    assert_eq!(relay.seen(), "", "it is not even sent");
    github.revoke();
    let unknown = send(&by, &job(&api)).await;
    assert_eq!((unknown.code, relay.seen().as_str()), (2, ""), "{}", unknown.stderr);
}
