//! The action with `via: github`, a GitHub over HTTP, and a boathook that opens no listener.

use boathook_core::clock::Clock;
use boathook_testing::github::{FakeGitHub, Fault, TOKEN, serve};
use expect_test::expect;

use crate::support::{
    github_runner::{GithubRunner, Job},
    listening::without_time,
    stand::{SERVICE, Stand, secret},
};

const REPOSITORY: &str = "your-org/game-2048";

/// A repository on GitHub, and jobs that run for it.
struct Jobs {
    github: FakeGitHub,
    api: String,
}

impl Jobs {
    fn new() -> Self {
        let github = FakeGitHub::new(Clock::system());
        github.repository(REPOSITORY);
        let api = format!("http://{}", serve(github.clone()));
        Self { github, api }
    }

    async fn deploy(&self, secret: &str, more: &[(&str, &str)]) -> Job {
        let mut inputs = vec![
            ("via", "github"),
            ("token", TOKEN),
            ("secret", secret),
            ("environment", "development"),
            ("image", "ghcr.io/your-org/game-2048:v1"),
            ("namespace", SERVICE),
            ("service", SERVICE),
            ("timeout", "60s"),
        ];
        inputs.retain(|(name, _)| !more.iter().any(|(other, _)| other == name));
        inputs.extend(more);
        let variables = [
            ("GITHUB_API_URL", self.api.as_str()),
            ("GITHUB_REPOSITORY", REPOSITORY),
            ("GITHUB_SHA", "4f2a9c1d4f2a9c1d4f2a9c1d4f2a9c1d4f2a9c1d"),
        ];
        GithubRunner::new().deploy(&inputs, &variables).await
    }

    /// The variables of a handler that takes this repository's deployments, and opens no listener.
    fn variables(&self, stand: &Stand) -> String {
        let token = stand.path().join("token");
        std::fs::write(&token, TOKEN).unwrap();
        std::fs::set_permissions(&token, std::os::unix::fs::PermissionsExt::from_mode(0o600))
            .unwrap();
        format!(
            "BOATHOOK__SERVER__LISTEN=null BOATHOOK__SOURCES__GITHUB='{{api: \"{}\", interval: 1s, \
             token: {{file: {}}}}}' \
             BOATHOOK__ENVIRONMENTS__DEVELOPMENT__GITHUB__REPOSITORIES='[{REPOSITORY}]'",
            self.api,
            token.display()
        )
    }
}

/// What the job did, without the time and the numbers of deployments.
fn transcript(job: &Job) -> String {
    let number = regex::Regex::new("deployment [0-9]{4}").unwrap();
    let lines: Vec<_> = job.log.lines().map(without_time).collect();
    let text = format!("exit {}\n{}", job.code, lines.join("\n"));
    number.replace_all(&text, "deployment NUMBER").into_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_action_deploys_through_github_to_a_handler_that_opens_no_listener() {
    let stand = Stand::new("1s").await;
    let jobs = Jobs::new();
    let serving = stand.serve_with(&jobs.variables(&stand), "").await;
    let job = jobs.deploy(&secret("development"), &[]).await;
    let told = transcript(&job);
    // Which statuses GitHub had between two questions depends on the time that all took.
    let told: Vec<_> = told
        .lines()
        .filter(|line| !line.contains(" queued: ") && !line.contains(" in_progress: "))
        .collect();
    expect![[r#"
        exit 0
        TIME deployment 77-2.release.__self: created as deployment NUMBER of development on GitHub
        TIME success: serves 100 %
        TIME game-2048-dev/game-2048-dev was deployed to development"#]]
    .assert_eq(&told.join("\n"));
    assert_eq!(job.output("status"), "succeeded");
    assert_eq!(job.output("status-url"), "", "the link is not for everyone");
    assert!(stand.answers().await.contains("v1"), "{}", stand.answers().await);
    let listed = stand.shell("boathook list --json").await.stdout;
    assert_eq!(listed.matches("\"deployment_id\": \"77-2.release.__self\"").count(), 1, "{listed}");

    let forged = jobs.deploy("a secret of someone else, long enough", &[]).await;
    expect![[r#"
        exit 1
        TIME deployment 77-2.release.__self: created as deployment NUMBER of development on GitHub
        TIME error: invalid signature
        ::error title=game-2048-dev/game-2048-dev was not deployed to development::invalid signature"#]].assert_eq(&transcript(&forged));
    assert_eq!(serving.terminate().await, boathook_process::Exit::Code(0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_action_finds_what_it_created_when_github_did_not_answer_and_says_that_nobody_takes_it()
{
    let jobs = Jobs::new();
    jobs.github.fail_next(Fault::Status(502));
    let job = jobs.deploy(&secret("development"), &[("timeout", "4s")]).await;
    expect![[r#"
        exit 3
        TIME GitHub: It is broken; trying again in 1 s
        TIME deployment 77-2.release.__self: created as deployment NUMBER of development on GitHub
        ::error title=boathook did not answer on GitHub::deployment NUMBER has no status after 4s: does boathook run, and does its configuration name this repository in github.repositories?"#]].assert_eq(&transcript(&job));
    assert_eq!(jobs.github.deployments(REPOSITORY).len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_action_says_what_it_needs_to_create_a_deployment() {
    let jobs = Jobs::new();
    let cases = [
        jobs.deploy("", &[]).await,
        jobs.deploy("a", &[("token", "")]).await,
        jobs.deploy("a", &[("token", "ghs_that-may-not")]).await,
        jobs.deploy("a", &[("via", "pigeon")]).await,
    ];
    let shown: Vec<_> = cases.iter().map(transcript).collect();
    expect![[r#"
        exit 2
        ::error title=The deployment was not sent::`secret` is empty: is it set in this repository or environment? Without one, the job needs `permissions: {id-token: write}`
        exit 2
        ::error title=The deployment was not sent::`token` is empty: it has to be one that may write deployments, such as ${{ github.token }}
        exit 2
        ::error title=GitHub refused::GitHub: Bad credentials
        exit 2
        ::error title=The deployment was not sent::`via` is url, github or relay"#]].assert_eq(&shown.join("\n"));
    assert_eq!(jobs.github.deployments(REPOSITORY).len(), 0);
}
