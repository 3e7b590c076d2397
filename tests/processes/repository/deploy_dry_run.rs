//! The action with `dry-run: true`: what it shows in the summary, and on a pull request.

use boathook_core::clock::Clock;
use boathook_testing::github::{FakeGitHub, Fault, TOKEN, serve};
use expect_test::expect;
use tempfile::TempDir;

use crate::support::{
    github_runner::{GithubRunner, Job, javascript},
    listening::{Listening, shell, without_time},
};

const REPOSITORY: &str = "your-org/shop";
const COMMIT: &str = "4f2a9c1d4f2a9c1d4f2a9c1d4f2a9c1d4f2a9c1d";

/// A pull request of a repository on GitHub, and jobs that run for it.
struct PullRequest {
    listening: Listening,
    github: FakeGitHub,
    api: String,
    folder: TempDir,
}

impl PullRequest {
    fn new() -> Self {
        let github = FakeGitHub::new(Clock::system());
        github.repository(REPOSITORY);
        let api = format!("http://{}", serve(github.clone()));
        let folder = TempDir::new().unwrap();
        let event = format!(
            r#"{{"pull_request": {{"number": 7, "head": {{"sha": "{COMMIT}", "repo": {{"full_name": "{REPOSITORY}"}}}}}}}}"#
        );
        std::fs::write(folder.path().join("event.json"), event).unwrap();
        Self { listening: Listening::start(), github, api, folder }
    }

    async fn job(&self, tag: &str) -> Job {
        self.job_with(tag, "the secret of development, for tests").await
    }

    async fn job_with(&self, tag: &str, secret: &str) -> Job {
        let url = self.listening.url();
        let image = format!("registry.example/acme/game:{tag}");
        let inputs = [
            ("url", url.as_str()),
            ("secret", secret),
            ("environment", "dev"),
            ("image", image.as_str()),
            ("namespace", "game"),
            ("service", "game"),
            ("timeout", "30s"),
            ("token", TOKEN),
            ("dry-run", "true"),
        ];
        let event = self.folder.path().join("event.json").display().to_string();
        let variables = [
            ("GITHUB_EVENT_NAME", "pull_request"),
            ("GITHUB_EVENT_PATH", event.as_str()),
            ("GITHUB_REPOSITORY", REPOSITORY),
            ("GITHUB_API_URL", self.api.as_str()),
            ("GITHUB_SERVER_URL", "https://github.example"),
        ];
        GithubRunner::new().deploy(&inputs, &variables).await
    }
}

fn log(job: &Job) -> String {
    job.log.lines().map(without_time).collect::<Vec<_>>().join("\n")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dry_run_shows_what_changes_in_the_summary_and_in_one_comment_that_each_run_writes_anew()
{
    let pull = PullRequest::new();
    let marker = "<!-- boathook dry run: dev/game/game -->";
    pull.github.comment(REPOSITORY, 7, "mallory", &format!("{marker}\nnot boathook's"));
    for number in 0..120 {
        pull.github.comment(REPOSITORY, 7, "jane", &format!("{number} {}", "x".repeat(40 << 10)));
    }
    let good = pull.job("2").await;
    let bad = pull.job("3").await;
    expect![[r#"
        exit 0
        TIME changed: Service/game in game
        TIME @@ -1,2 +1,2 @@
        TIME  ::stop-commands::x
        TIME -image: game:1
        TIME +image: \u{1b}game
        TIME note: a note
        TIME the comment on pull request 7 shows this too
        TIME dry run: no problems
        --- summary
        ### game/game in dev: what would change

        Image `registry.example/acme/game:2`

        <details><summary>changed <code>Service/game</code> in <code>game</code></summary>

        ```diff
        @@ -1,2 +1,2 @@
         ::stop-commands::x
        -image: game:1
        +image: \u{1b}game
        ```

        </details>

        **Notes**

        ```text
        a note
        ```

    "#]]
    .assert_eq(&format!("exit {}\n{}\n--- summary\n{}", good.code, log(&good), good.summary));
    expect![[r#"
        exit 1
        TIME changed: Service/game in game
        TIME @@ -1,2 +1,2 @@
        TIME  ::stop-commands::x
        TIME -image: game:1
        TIME +image: \u{1b}game
        TIME note: a note
        TIME the comment on pull request 7 shows this too
        ::error title=The dry run of game/game found problems::there is no \u{1b}manifest"#]]
    .assert_eq(&format!("exit {}\n{}", bad.code, log(&bad)));
    let comments = pull.github.comments(REPOSITORY);
    assert_eq!((comments.len(), comments[0].1.ends_with("not boathook's")), (122, true));
    let of = format!(
        "Commit {COMMIT}, [run 77](https://github.example/{REPOSITORY}/actions/runs/77)\n\n"
    );
    let (author, body) = &comments[121];
    assert_eq!(
        (author.as_str(), body.as_str()),
        ("ci", format!("{marker}\n{of}{}", bad.summary).as_str())
    );
    assert_eq!(pull.listening.harness.everything().await.len(), 0, "nothing was deployed");
    let stranger = pull.job_with("2", "another secret, which is wrong").await;
    assert_eq!(stranger.code, 2, "{}", stranger.log);
    let comments = pull.github.comments(REPOSITORY);
    expect![[r#"
        <!-- boathook dry run: dev/game/game -->
        Commit 4f2a9c1d4f2a9c1d4f2a9c1d4f2a9c1d4f2a9c1d, [run 77](https://github.example/your-org/shop/actions/runs/77)

        ### boathook refused the deployment to dev

        ```text
        401: Invalid signature
        ```
    "#]].assert_eq(&comments[121].1);
    assert_eq!(comments.len(), 122, "the comment of the run before is written anew");
    pull.github.break_at("/repos/your-org/shop/issues", Fault::Status(403));
    let refused = pull.job("2").await;
    assert_eq!(refused.code, 0, "{}", refused.log);
    expect!["TIME note: no comment was written on pull request 7: 403: It is broken; the job needs `permissions: {pull-requests: write}`"]
        .assert_eq(log(&refused).lines().find(|line| line.contains("comment")).unwrap());
    pull.listening.stop().await;
}

#[tokio::test]
async fn text_from_manifests_cannot_leave_its_block_and_what_is_too_long_is_counted() {
    let script = "
        import { changesMarkdown } from './changes.mjs';
        const request = { image: 'a`|b' };
        const hostile = { change: 'changed', object: 'ConfigMap/<b>a</b>', namespace: 'x`y',
            diff: '+a: |\\n+  ````\\n+  </details><script>\\n+  ##[error]\\n+  ::set-output name=a::b\\n+  \\u001b[31m\\u202e\\n' };
        const all = { title: '`t` <i>', request, objects: [hostile, { change: 'unchanged', object: 'A/<u>' }],
            notes: ['``` note'], problems: ['a\\n# b'] };
        console.log(changesMarkdown(all, 65536));
        const long = { ...hostile, diff: '+line\\n'.repeat(1300) };
        const many = { ...all, objects: Array(40).fill(long) };
        const cut = changesMarkdown(many, 65536);
        console.log(Buffer.byteLength(cut) <= 65536, cut.match(/[0-9]+ more objects.*/)[0]);
        const notes = { ...all, notes: Array(4000).fill('a note of some length, so that all do not fit') };
        const end = changesMarkdown(notes, 65536);
        console.log(Buffer.byteLength(end) <= 65536, end.slice(-40));
    ";
    expect![[r#"
        ###  t   i 

        Image `a  b`

        <details><summary>changed <code>ConfigMap/&lt;b&gt;a&lt;/b&gt;</code> in <code>x`y</code></summary>

        `````diff
        +a: |
        +  ````
        +  </details><script>
        +  ##\u{5b}error]
        +  ::set-output name=a::b
        +  \u{1b}[31m\u{202e}
        `````

        </details>

        Unchanged: `A/<u>`

        **Problems**

        ```text
        a
        # b
        ```

        **Notes**

        ````text
        ``` note
        ````


        true 33 more objects change, whose differences do not fit here: `ConfigMap/<b>a</b>, ConfigMap/<b>a</b>, ConfigMap/<b>a</b>, ConfigMap/<b>a</b>, ConfigMap/<b>a</b>, ConfigMap/<b>a</b>, ConfigMap/<b>a</b>, ConfigMap/<b>a</b>, ConfigMap/<b>a</b>, ConfigMap/<b>a</b>, ConfigMap/<b>a</b>, ConfigMap/<b>a</b>, ConfigMap/<b>a</b>, ConfigMap/<b>a</b>, ConfigMap/<b>a</b>, ConfigMap/<b>a</b>, ConfigMap/<b>a</b>, ConfigMap/<b>a</b>, ConfigMap/<b>a</b>, ConfigMap/<b>a</b>, ConfigMap/<b>a</b>, ConfigMap/<b>a</b>, ConfigMap/<b>a</b>, ConfigMap/<b>a</b>, ConfigMap/<b>a</b>, ConfigMap/<b>a</b>, ConfigMap/<b>a</b>, ConfigMap/<b>a</b>, ConfigMap/<b>a</b>, ConfigMap/<b>a</b>, ConfigMap/<b>a</b>, ConfigMap/<b>a</b>, ConfigMap/<b>a</b>`
        true ot fit
        ```

        3823 more do not fit here.


    "#]].assert_eq(&javascript(script, &[]).await);
}

#[tokio::test]
async fn a_folder_is_packed_the_same_each_time_and_named_by_its_files() {
    let folder = TempDir::new().unwrap();
    let at = |name: &str| folder.path().join(name);
    std::fs::create_dir_all(at("m/base")).unwrap();
    std::fs::create_dir_all(at(&format!("m/{}", "d".repeat(90)))).unwrap();
    std::fs::write(at("m/base/one.yaml"), "a: 1\n").unwrap();
    std::fs::write(at("m/base-2.yaml"), "b: \u{e4}\n").unwrap();
    std::fs::write(at(&format!("m/{0}/{0}", "d".repeat(90))), "").unwrap();
    let script = "
        import { writeFileSync } from 'node:fs';
        import { readInputs } from './inputs.mjs';
        import { readManifests } from './manifests.mjs';
        const { FOLDER } = process.env;
        const read = readManifests(`${FOLDER}/m`);
        console.log(read.text === readManifests(`${FOLDER}/m`).text, read.text.slice(0, 4), read.files);
        console.log(read.digest);
        writeFileSync(`${FOLDER}/m.tgz`, Buffer.from(read.text, 'base64'));
        console.log(readManifests(`${FOLDER}/m/base-2.yaml`));
        for (const wrong of process.env.WRONG.split(' ')) {
            try { readManifests(`${FOLDER}/${wrong}`); console.log('taken'); } catch ({ exitCode, message }) {
                console.log(exitCode, message.replaceAll(FOLDER, 'FOLDER'));
            }
        }
        const given = { url: 'https://hooks.example.com', secret: 's', environment: 'staging', image: 'a', namespace: 'n', service: 's', 'deployment-id': '1' };
        const inputs = (more) => Object.fromEntries(Object.entries({ ...given, ...more }).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value]));
        const artifact = `ghcr.io/acme/m@sha256:${'0'.repeat(64)}`;
        console.log(JSON.stringify(readInputs(inputs({ 'manifests-image': artifact })).request.manifests));
        for (const more of [{ 'manifests-image': 'ghcr.io/acme/m:1' }, { 'manifests-image': artifact, manifests: 'm' }]) {
            try { readInputs(inputs(more)); console.log('taken'); } catch ({ exitCode, message }) { console.log(exitCode, message); }
        }
    ";
    std::fs::create_dir_all(at("checkout/.git")).unwrap();
    std::fs::create_dir(at("long")).unwrap();
    std::fs::write(at(&format!("long/{}", "n".repeat(120))), "").unwrap();
    for wrong in ["link", "large", "many", "deep", "empty"] {
        std::fs::create_dir(at(wrong)).unwrap();
    }
    std::os::unix::fs::symlink("/etc/passwd", at("link/passwd")).unwrap();
    std::fs::write(at("large/one.yaml"), vec![b'a'; 1 << 20]).unwrap();
    std::fs::write(at("large/two.yaml"), "a").unwrap();
    (0..501).for_each(|one| std::fs::write(at(&format!("many/{one}")), "").unwrap());
    std::fs::create_dir_all(at("deep/1/2/3/4/5/6/7/8/9/10/11")).unwrap();
    std::fs::write(at("bytes.yaml"), b"a: \xff\n").unwrap();
    let wrong = "checkout long link large many deep empty none bytes.yaml";
    let folder_path = folder.path().display().to_string();
    let said = javascript(script, &[("FOLDER", folder_path.as_str()), ("WRONG", wrong)]).await;
    expect![[r#"
        true H4sI 3
        sha256:2576524fbafe58d2816a3ea06c0ab7433de68d5e54b21acf87042d1b3ae0076d
        { text: 'b: ä\n', files: 1 }
        2 `manifests`: FOLDER/checkout holds .git; name the folder of the manifests, and not that of the repository
        2 `manifests`: nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn is too long for a tar: a name has at most 100 bytes
        2 `manifests`: passwd is no regular file; a link cannot travel
        2 `manifests`: FOLDER/large holds more than 1048576 bytes; leave out what no environment needs
        2 `manifests`: FOLDER/many holds more than 500 files and folders
        2 `manifests`: 1/2/3/4/5/6/7/8/9/10/11 is deeper than 10 folders
        2 `manifests`: FOLDER/empty holds no files
        2 `manifests`: FOLDER/none cannot be read (ENOENT); is the repository checked out?
        2 `manifests`: FOLDER/bytes.yaml is not UTF-8
        {"image":"ghcr.io/acme/m@sha256:0000000000000000000000000000000000000000000000000000000000000000"}
        2 `manifests-image` names an artifact by digest: REPOSITORY@sha256:..., and no tag alone
        2 `manifests` and `manifests-image` exclude each other
    "#]].assert_eq(&said);
    let unpack = format!(
        "cd {folder_path} && mkdir out && tar xzf m.tgz -C out && diff -r m out && cd out && \
         find . -type f | cut -c3- | LC_ALL=C sort | xargs sha256sum | sha256sum | cut -d' ' -f1"
    );
    let unpacked = shell(&unpack, &[]).await;
    assert_eq!(unpacked.code, 0, "{}", unpacked.transcript());
    assert!(said.contains(&format!("sha256:{}", unpacked.stdout.trim())), "{said}");
}
