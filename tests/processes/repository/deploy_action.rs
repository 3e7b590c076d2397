//! The action for GitHub Actions: what it sends, what it tells, and the numbers that it ends with.

use boathook_core::{
    clock::Clock,
    deployment::sign,
    failure::{LONGEST_RETRY_AFTER, of_status, retry_after},
    record::{DeploymentEvent, Event, Outcome, Reason, Status},
};
use boathook_testing::{
    delivery::{Delivery, body},
    harness::Harness,
    samples,
};
use expect_test::expect;
use jiff::{ToSpan as _, tz::TimeZone};
use serde_json::json;
use tokio::net::TcpListener;

use crate::support::{
    github_runner::{GithubRunner, Job, javascript},
    listening::{Listening, without_time},
    senders::{TAKEN, answer, failed_rollback, scripted, send, success},
};

const SECRET: &str = "the secret of development, for tests";

/// A deployment that boathook would take, with some inputs in place of the usual ones.
async fn deploy(url: &str, more: &[(&str, &str)]) -> Job {
    deploy_with(url, more, &[]).await
}

/// The same, with variables of the job.
async fn deploy_with(url: &str, more: &[(&str, &str)], variables: &[(&str, &str)]) -> Job {
    let mut inputs = vec![
        ("url", url),
        ("secret", SECRET),
        ("environment", "dev"),
        ("image", "registry.example/acme/game:2"),
        ("namespace", "game"),
        ("service", "game"),
        ("timeout", "30s"),
    ];
    inputs.retain(|(name, _)| !more.iter().any(|(other, _)| other == name));
    inputs.extend(more);
    GithubRunner::new().deploy(&inputs, variables).await
}

/// What the job did, without what is random.
async fn transcript(listening: &Listening, job: &Job) -> String {
    let newest = listening.harness.newest().await;
    let log = job.log.lines().map(without_time).collect::<Vec<_>>().join("\n");
    let outputs = job
        .outputs
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect::<Vec<_>>()
        .join("\n");
    let text =
        format!("exit {}\n{log}\n--- outputs\n{outputs}\n--- summary\n{}", job.code, job.summary);
    let text = text.replace(newest.id.as_str(), "ID").replace(newest.token.reveal(), "TOKEN");
    text.replace(&listening.url(), "URL")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_action_follows_a_deployment_to_its_success() {
    let listening = Listening::start();
    listening.play_when_accepted(success());
    let job = deploy(&listening.url(), &[("domain", "apps.example.com")]).await;
    expect![[r#"
        exit 0
        TIME deployment 77-2.release.__self: accepted
        TIME status: https://hooks.example.com/deployments/ID?token=TOKEN
        TIME reading the cluster
        TIME planned 2 steps
        TIME [1/2] Pull registry.example/game:1
        TIME image is registry.example/acme/game@sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb
        TIME [2/2] Shift traffic to 100 %
        TIME new revision game-00002
        TIME new revision gets 100 % of requests
        TIME game/game was deployed to dev
        --- outputs
        digest=sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb
        id=ID
        revision=game-00002
        service-url=https://game.game.apps.example.com
        status=succeeded
        status-url=https://hooks.example.com/deployments/ID?token=TOKEN
        --- summary
        ### game/game was deployed to dev

        |  |  |
        |---|---|
        | image | `registry.example/acme/game:2` |
        | digest | `sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb` |
        | revision | `game-00002` |
        | deployment | `77-2.release.__self` |
        | triggered by | `jane` |

        [The deployment, step by step](https://hooks.example.com/deployments/ID?token=TOKEN)
    "#]]
    .assert_eq(&transcript(&listening, &job).await);
    listening.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_action_sends_what_its_inputs_say_whatever_they_say() {
    let listening =
        Listening::with(|admission| admission.policies[0].config.allow.out_of_order = true);
    listening.play_when_accepted(success());
    let odd = "ja\"ne\\ $(id) `id` \u{e9} & %s";
    let more = [
        ("triggered-by", odd),
        ("commit", "4f2a9c1"),
        ("strategy", "blue-green"),
        ("traffic-split", "10,100"),
        ("confirmation", "yes"),
        ("allow-older", "true"),
        ("deployment-id", "release 7"),
    ];
    let job = deploy(&format!("{}/webhook/deploy/development/", listening.url()), &more).await;
    assert_eq!(job.code, 0, "{}", job.log);
    let records =
        listening.harness.journal.records(&listening.harness.newest().await.id, 0).await.unwrap();
    let Event::Deployment(DeploymentEvent::Accepted(acceptance)) = &records[0].event else {
        panic!("begins with {:?}", records[0].event)
    };
    assert_eq!(acceptance.delivery.as_deref(), Some("release-7"));
    let mut request = json!(acceptance.request);
    assert_eq!(request["triggered_by"], odd);
    request["triggered_by"] = json!(null);
    request["timestamp"] = json!(null);
    let same = json!({
        "environment": "development", "image": "registry.example/acme/game:2", "namespace": "game", "service_name": "game",
        "deployment_id": "release 7", "commit_sha": "4f2a9c1", "triggered_by": null, "timestamp": null, "auto_promotion": false,
        "strategy": "blue-green", "traffic_split": [10, 100], "confirmation": "yes", "allow_older": true,
    });
    assert_eq!(request, same);
    listening.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_cluster_says_reaches_the_job_as_text_and_never_as_a_command() {
    let listening = Listening::start();
    let reason = "100% bad\n::set-output name=a::b\r\n##[add-mask]x\u{1b}[31m\n\
                  </details>```<img src=x>\nrevision=evil \u{202e}"
        .to_owned();
    listening.play_when_accepted(vec![
        Event::Deployment(DeploymentEvent::Started),
        samples::step_failed(&reason),
        Event::Deployment(DeploymentEvent::Ended {
            end: Outcome::Failed,
            reason: Some(Reason::stated(reason)),
        }),
    ]);
    let job = deploy(&listening.url(), &[]).await;
    expect![[r#"
        exit 1
        TIME deployment 77-2.release.__self: accepted
        TIME status: https://hooks.example.com/deployments/ID?token=TOKEN
        TIME reading the cluster
        TIME failed: 100% bad
        TIME ::set-output name=a::b
        TIME ##\u{5b}add-mask]x\u{1b}[31m
        TIME </details>```<img src=x>
        TIME revision=evil \u{202e}
        ::error title=game/game failed in dev::100%25 bad%0A::set-output name=a::b%0A##\u{5b}add-mask]x\u{1b}[31m%0A</details>```<img src=x>%0Arevision=evil \u{202e}; the service was not changed
        --- outputs
        digest=
        id=ID
        revision=
        service-url=
        status=failed
        status-url=https://hooks.example.com/deployments/ID?token=TOKEN
        --- summary
        ### game/game failed in dev

        |  |  |
        |---|---|
        | image | `registry.example/acme/game:2` |
        | deployment | `77-2.release.__self` |
        | triggered by | `jane` |

            100% bad
            ::set-output name=a::b
            ##\u{5b}add-mask]x\u{1b}[31m
            </details>```<img src=x>
            revision=evil \u{202e}; the service was not changed

        [The deployment, step by step](https://hooks.example.com/deployments/ID?token=TOKEN)
    "#]].assert_eq(&transcript(&listening, &job).await);
    listening.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_steps_of_a_job_and_two_jobs_of_a_run_deploy_one_service_each_for_itself() {
    let listening = Listening::start();
    for (image, variables) in [
        ("registry.example/acme/game:2", [("GITHUB_JOB", "release"), ("GITHUB_ACTION", "__self")]),
        (
            "registry.example/acme/game:3",
            [("GITHUB_JOB", "release"), ("GITHUB_ACTION", "__self_2")],
        ),
        ("registry.example/acme/game:4", [("GITHUB_JOB", "later"), ("GITHUB_ACTION", "__self")]),
    ] {
        listening.play_when_accepted(success());
        let job = deploy_with(&listening.url(), &[("image", image)], &variables).await;
        assert_eq!(job.code, 0, "{}", job.log);
        let [_, (_, step)] = variables;
        assert!(listening.harness.newest().await.deployment_id.as_str().ends_with(step));
    }
    listening.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_job_and_step_the_run_and_its_attempt_are_the_id() {
    let listening = Listening::start();
    listening.play_when_accepted(success());
    deploy_with(&listening.url(), &[], &[("GITHUB_JOB", ""), ("GITHUB_ACTION", "")]).await;
    assert_eq!(listening.harness.newest().await.deployment_id.as_str(), "77-2");
    listening.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_that_runs_again_under_the_same_id_hears_of_the_same_deployment() {
    let listening = Listening::start();
    listening.play_when_accepted(success());
    let jobs = [deploy(&listening.url(), &[]).await, deploy(&listening.url(), &[]).await];
    assert_eq!(jobs[0].output("id"), jobs[1].output("id"));
    assert_eq!(jobs.map(|job| job.code), [0, 0]);
    assert_eq!(listening.harness.newest().await.deployment_id.as_str(), "77-2.release.__self");
    listening.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_action_ends_with_2_when_it_is_refused_or_set_up_wrongly() {
    let listening = Listening::start();
    let url = listening.url();
    let jobs = [
        deploy(&url, &[("secret", "another secret, which is wrong")]).await,
        deploy(&url, &[("image", "elsewhere.example/game:2")]).await,
        deploy(&url, &[("secret", "")]).await,
        deploy(&url, &[("url", "")]).await,
        deploy(&url, &[("url", "hooks.example.com\"\nproxy = x")]).await,
        deploy("http://127.0.0.1:6000", &[]).await,
        deploy(&url, &[("service", "")]).await,
        deploy(&url, &[("triggered-by", "jane\n\t\u{1}")]).await,
        deploy(&url, &[("timeout", "1 d")]).await,
        deploy(&url, &[("traffic-split", "10;100")]).await,
        deploy(&url, &[("approval", "yes")]).await,
        deploy(&format!("{url}/elsewhere"), &[]).await,
    ];
    let lines = jobs.map(|job| format!("{} {}", job.code, job.log));
    expect![[r#"
        2 ::error title=boathook refused the deployment to dev::401: Invalid signature
        2 ::error title=boathook refused the deployment to dev::403: development does not accept this deployment: image `elsewhere.example/game` matches no pattern of `allow.images`
        2 ::error title=The deployment was not sent::`secret` is empty: is it set in this repository or environment? Without one, the job needs `permissions: {id-token: write}`
        2 ::error title=The deployment was not sent::`url` is empty: is the secret that holds boathook's address set in this repository or environment?
        2 ::error title=The deployment was not sent::`url` is no address such as https://hooks.example.com
        2 ::error title=The deployment was not sent::Node never connects to the port in `url`, which belongs to another protocol
        2 ::error title=The deployment was not sent::`service` is empty
        2 ::error title=boathook refused the deployment to dev::422: `triggered_by` holds the control character \u{a}; send printable text
        2 ::error title=The deployment was not sent::`timeout` is a duration such as 90s, 20m or 1h30m
        2 ::error title=The deployment was not sent::`traffic-split` is one to three rising percentages that end at 100, such as 10,50,100
        2 ::error title=The deployment was not sent::`approval` is true or false
        2 ::error title=boathook refused the deployment to dev::404: not found
    "#]].assert_eq(&lines.concat());
    listening.stop().await;
}

#[tokio::test]
async fn the_action_ends_with_3_when_nobody_answers() {
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let job = deploy(&format!("http://{free}"), &[("timeout", "2s")]).await;
    let log = job
        .log
        .lines()
        .map(without_time)
        .collect::<Vec<_>>()
        .join("\n")
        .replace(&free.port().to_string(), "PORT");
    assert_eq!(job.code, 3, "{log}");
    assert!(
        log.contains(
            "; trying again in 1 s\n::error title=boathook is not reachable::connect ECONNREFUSED \
             127.0.0.1:PORT"
        ),
        "{log}",
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_action_ends_with_4_when_the_deployment_still_runs_at_the_deadline() {
    let listening = Listening::start();
    listening.play_when_accepted(vec![
        Event::Deployment(DeploymentEvent::Started),
        Event::Deployment(DeploymentEvent::Planned { plan: samples::plan("game") }),
    ]);
    let job = deploy(&listening.url(), &[("timeout", "5s")]).await;
    assert_eq!((job.code, job.output("status")), (4, "deploying"));
    assert_eq!(
        job.annotations(),
        [
            "::error title=game/game still runs in dev::it was not over after 5s, and goes on without \
          this job"
        ]
    );
    listening.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_action_ends_with_4_when_nobody_reports_the_result() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let strange = "HTTP/1.1 200 OK\n\nno line of this ends as it should".to_owned();
    tokio::spawn(scripted(
        listener,
        vec![answer("202 Accepted", "", TAKEN), strange, answer("404 Not Found", "", "[1, {]")],
    ));
    let job = deploy(&url, &[("timeout", "5s")]).await;
    assert_eq!(
        (job.code, job.output("status"), job.annotations().len()),
        (4, "", 1),
        "{}",
        job.log
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_that_is_not_of_the_form_that_boathook_gives_ends_the_action_as_usual() {
    let answers = [
        (
            r#"{"status": "failed", "ended_at": "now", "reason": {"a": 1}, "notes": "x", "steps": "y", "candidate": ["::a"]}"#,
            1,
        ),
        (
            r#"{"status": "succeeded", "ended_at": "now", "notes": [null, "b"], "steps": [null, 7, {"status": "done"}], "resolved_image": 3}"#,
            0,
        ),
    ];
    for (text, code) in answers {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(scripted(
            listener,
            vec![answer("202 Accepted", "", TAKEN), answer("200 OK", "", text)],
        ));
        let job = deploy(&url, &[]).await;
        assert_eq!(
            (job.code, job.annotations().len()),
            (code, usize::from(code == 1)),
            "{}",
            job.log
        );
        assert_eq!(
            ["revision", "digest"].map(|name| job.output(name)),
            ["", ""],
            "{:?}",
            job.outputs
        );
    }
    let foreign = [
        r#"{"status_url": "https://x.example/deployments/a?token=t\n::error::b"}"#,
        r#"{"status_url": 7}"#,
        "<html>",
        "null",
    ];
    for text in foreign {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(scripted(listener, vec![answer("200 OK", "", text)]));
        let job = deploy(&url, &[]).await;
        assert_eq!(
            (job.code, job.annotations()),
            (2, vec!["::error title=The answer is not boathook's::is `url` right?"]),
            "{}",
            job.log
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deployment_that_asks_for_approval_and_gets_none_in_time_is_reported_with_the_command_that_approves_it()
 {
    let listening = Listening::start();
    let job = deploy(&listening.url(), &[("approval", "true"), ("timeout", "3s")]).await;
    let newest = listening.harness.newest().await.id;
    let reason = format!(
        "it was not approved within 3s, and still waits; an operator approves it on the node: \
         boathook approve {newest}"
    );
    assert_eq!(
        job.annotations(),
        [format!("::error title=game/game still waits for approval in dev::{reason}")]
    );
    assert_eq!((job.code, job.output("status")), (4, "awaiting_approval"), "{}", job.log);
    assert!(job.log.contains(" awaiting approval until 2"), "{}", job.log);
    listening.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_action_names_the_deployment_window_that_a_deployment_waits_for() {
    // Not tomorrow, which may begin while this runs.
    let day = Clock::system().now().to_zoned(TimeZone::UTC).date() + 2.days();
    let cron = format!("0 0 {} {} *", day.day(), day.month());
    let windows = samples::windows(&format!("{{allow: [{{cron: '{cron}', lasts: 1m}}]}}"));
    let listening = Listening::with(|admission| admission.policies[0].config.windows = windows);
    let job = deploy(&listening.url(), &[("timeout", "3s")]).await;
    let opens_at = format!("{day} 00:00:00 UTC");
    assert_eq!(
        job.annotations(),
        [format!(
            "::error title=game/game still waits for the deployment window of dev::it waits for the \
             deployment window, which opens at {opens_at}; it goes on without this job"
        )]
    );
    assert_eq!((job.code, job.output("status")), (4, "awaiting_window"), "{}", job.log);
    let said = format!(" awaiting the deployment window, which opens at {opens_at}");
    assert!(job.log.contains(&said), "{}", job.log);
    listening.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_action_ends_with_1_as_soon_as_the_rollback_failed() {
    let listening = Listening::start();
    listening.play_when_accepted(failed_rollback());
    let job = deploy(&listening.url(), &[]).await;
    assert_eq!((job.code, job.output("status")), (1, "rollback_failed"), "{}", job.log);
    let result = "::error title=game/game could not be rolled back in dev::503; the rollback \
                  failed: no answer";
    assert!(job.annotations()[0].starts_with(result), "{}", job.log);
    listening.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_action_tries_again_with_the_same_deployment_and_follows_through_trouble() {
    let harness = Harness::new();
    let job = harness.accept(Delivery::of(&body())).await.id;
    harness.play(&job, success()).await;
    let status = harness.ask(&format!("/v1/deployments/{job}")).await.text;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hooks", listener.local_addr().unwrap());
    let answers = vec![
        answer("503 Service Unavailable", "Retry-After: 1\r\n", r#"{"error":"shutting down"}"#),
        answer("502 Bad Gateway", "", ""),
        answer("202 Accepted", "", TAKEN),
        answer("502 Bad Gateway", "", "<html>"),
        answer("502 Bad Gateway", "", "<html>"),
        answer("502 Bad Gateway", "", "<html>"),
        answer("200 OK", "content-type: application/json\r\n", &status),
        answer("204 No Content", "", ""),
    ];
    let server = tokio::spawn(scripted(listener, answers));
    let ran = deploy(&url, &[]).await;
    assert_eq!(ran.code, 0, "{}", ran.log);
    let requests = server.await.unwrap();
    let lines = requests
        .iter()
        .map(|request| request.lines().next().unwrap())
        .collect::<Vec<_>>()
        .join("\n");
    expect![[r#"
        POST /hooks/webhook/deploy HTTP/1.1
        POST /hooks/webhook/deploy HTTP/1.1
        POST /hooks/webhook/deploy HTTP/1.1
        GET /hooks/deployments/a?token=t HTTP/1.1
        GET /hooks/deployments/a/events?token=t HTTP/1.1
        GET /hooks/deployments/a/events?token=t HTTP/1.1
        GET /hooks/deployments/a?token=t HTTP/1.1
        GET /hooks/deployments/a/events?token=t HTTP/1.1"#]]
    .assert_eq(&lines);
    assert!(
        requests[..3]
            .iter()
            .all(|request| request.contains(r#""deployment_id":"77-2.release.__self""#)),
        "{requests:?}"
    );
    assert!(ran.log.contains("503: shutting down; trying again in 1 s\n"), "{}", ran.log);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn neither_the_secret_nor_the_signature_is_in_what_the_action_writes() {
    let listening = Listening::start();
    listening.play_when_accepted(success());
    let jobs = [
        deploy(&listening.url(), &[]).await,
        deploy(&listening.url(), &[("image", "elsewhere.example/game:2")]).await,
        deploy("http://127.0.0.1:2", &[("timeout", "1s")]).await,
    ];
    assert_eq!([0, 2, 3], [jobs[0].code, jobs[1].code, jobs[2].code], "{jobs:?}");
    for hidden in [SECRET, &hex::encode(SECRET), "sha256="] {
        assert!(!format!("{jobs:?}").contains(hidden), "{hidden} in {jobs:?}");
    }
    listening.stop().await;
}

#[tokio::test]
async fn the_action_signs_as_boathook_does_whatever_the_secret() {
    let block = "k".repeat(64);
    let secrets = [
        "It's a Secret to Everybody",
        "a",
        "\u{e9}\u{fc} \u{1f511} $(id) %s \\x41",
        &block,
        &format!("{block}l"),
        &"\u{e9}".repeat(99),
    ];
    for secret in secrets {
        let script = "import { sign } from './post.mjs'; console.log(sign(process.env.KEY, 'Hello, \
                      World!'));";
        let signed = javascript(script, &[("KEY", secret)]).await;
        assert_eq!(signed.trim_end(), sign(secret.as_bytes(), b"Hello, World!"), "{secret}");
    }
}

#[tokio::test]
async fn the_action_tries_again_for_the_same_answers_as_boathook_itself() {
    let script = "import { isTransient } from './retry.mjs'; for (let status = 100; status < 600; \
                  status++) if (isTransient(status)) console.log(status);";
    let transient = javascript(script, &[]).await;
    let expected: Vec<String> = (100..600)
        .filter(|code| of_status(*code).is_transient())
        .map(|code| code.to_string())
        .collect();
    assert_eq!(transient.lines().collect::<Vec<_>>(), expected);
}

#[tokio::test]
async fn the_action_reads_a_retry_after_as_boathook_itself_does() {
    let now = "2026-11-28T12:00:00Z".parse().unwrap();
    let values = [
        "0",
        "7",
        " 007 ",
        "+7",
        "120",
        "121",
        "999999",
        "18446744073709551615",
        "99999999999999999999999",
        "-1",
        "1.5",
        "1e1",
        "0x10",
        "soon",
        "",
        "Sat, 28 Nov 2026 12:00:30 GMT",
        "Sat, 28 Nov 2026 11:00:00 GMT",
        "Sun, 29 Nov 2026 12:00:00 GMT",
        "2026-11-28T12:00:30Z",
        "November 29 2026",
    ];
    let script = "import { retryAfter } from './retry.mjs'; const now = \
                  Date.parse('2026-11-28T12:00:00Z'); for (const value of \
                  JSON.parse(process.env.VALUES)) console.log(retryAfter(value, now) ?? 'none');";
    let read = javascript(script, &[("VALUES", &json!(values).to_string())]).await;
    let expected = values.map(|value| {
        retry_after(value, now).map_or("none".to_owned(), |pause| pause.as_secs().to_string())
    });
    for ((value, read), expected) in values.iter().zip(read.lines()).zip(&expected) {
        assert_eq!(read, expected, "Retry-After: {value}");
    }
    assert_eq!(
        (read.lines().count(), &expected[6]),
        (values.len(), &LONGEST_RETRY_AFTER.as_secs().to_string())
    );
}

#[tokio::test]
async fn the_action_has_words_for_every_end_that_a_deployment_can_have() {
    for status in Status::ALL {
        let script = "import { describe } from './outcome.mjs'; const { STATUS, ENDED } = \
                      process.env; console.log(describe({ status: STATUS, ended_at: ENDED }, { \
                      request: {}, timeout: '1s', id: 'a' }).title);";
        let title = javascript(script, &[("STATUS", status.name())]).await;
        assert_eq!(!title.contains(" still "), status.is_settled(), "{}: {title}", status.name());
    }
}

#[tokio::test]
async fn the_action_reads_a_stream_the_same_with_every_end_of_line_and_cut_at_every_character() {
    let script = r#"import { EventReader } from './events.mjs';
        const lines = ['retry: 2000', '', 'id: 1', 'event: accepted', 'data: {"type":"accepted"}', '', ': still here', '', 'id:2',
          ': a comment inside of an event', 'data:{', 'data: "type":"started"}', '', 'data: not ours', '', 'id: 3', 'data: {}', '', ''];
        const seen = new Set();
        for (const end of ['\n', '\r\n', '\r']) {
          const text = lines.join(end);
          for (let cut = 0; cut <= text.length; cut++) {
            const reader = new EventReader();
            const events = [text.slice(0, cut), text.slice(cut), 'id'].flatMap((piece) => reader.push(piece));
            seen.add(JSON.stringify(events));
          }
        }
        console.log([...seen].join('\n'));"#;
    let read = javascript(script, &[]).await;
    assert_eq!(
        read.trim_end(),
        r#"[{"type":"accepted","sequence":1},{"type":"started","sequence":2}]"#
    );
}

/// What the tunnels and edges in front of boathook answer where it is away for a moment.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn send_and_the_action_go_on_where_an_edge_says_that_the_origin_does_not_answer() {
    for status in [
        "408 Request Timeout",
        "500 Internal Server Error",
        "522 Connection Timed Out",
        "530 Origin DNS Error",
    ] {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let again = || answer(status, "", "<html>error code: 1033</html>");
        let ended = answer(
            "200 OK",
            "",
            r#"{"status":"succeeded","ended_at":"2026-08-01T10:00:00Z","steps":[],"notes":[]}"#,
        );
        let answers = vec![
            again(),
            answer("202 Accepted", "", TAKEN),
            again(),
            answer("202 Accepted", "", TAKEN),
            ended,
        ];
        let server = tokio::spawn(scripted(listener, answers));
        let sent = send(&url, "--no-follow").await;
        let job = deploy(&url, &[]).await;
        assert_eq!((sent.code, job.code), (0, 0), "{status}: {}\n{}", sent.stderr, job.log);
        let code = &status[..3];
        let result = (
            sent.stderr.contains("; trying again in 1 s"),
            job.log.contains(&format!("{code}: <html>error code: 1033</html>")),
        );
        assert_eq!(result, (true, true), "{}\n{}", sent.stderr, job.log);
        server.await.unwrap();
    }
}
