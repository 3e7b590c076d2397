//! `scripts/setup.sh` in a folder of its own, with the real kubectl and a sandbox: what it puts
//! where, and what it leaves alone.

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};

use boathook::{
    config::Config,
    journal::{SqliteStore, StoreOptions},
};
use boathook_core::deployment::Repository;
use boathook_sandbox::harness::{SandboxHarness, kubectls};
use expect_test::expect;

use crate::support::listening::{Ran, shell};

/// A node that is none: a folder for the files, a sandbox for the cluster.
pub struct Node {
    room: SandboxHarness,
    directory: tempfile::TempDir,
}

impl Node {
    pub fn new() -> Self {
        let node = Self { room: SandboxHarness::open(), directory: tempfile::tempdir().unwrap() };
        fs::create_dir(node.root()).unwrap();
        fs::create_dir(node.tools()).unwrap();
        std::os::unix::fs::symlink(&node.room.kubectl, node.tools().join("kubectl")).unwrap();
        node.release("1");
        node
    }

    /// What a release brings: a program that can be run. The number makes it another one.
    fn release(&self, number: &str) {
        let text =
            format!("#!/bin/sh\n# {number}\nexec {} \"$@\"\n", env!("CARGO_BIN_EXE_boathook"));
        fs::write(self.program(), text).unwrap();
        fs::set_permissions(self.program(), fs::Permissions::from_mode(0o755)).unwrap();
    }

    fn program(&self) -> PathBuf {
        self.tools().join("released")
    }

    pub fn root(&self) -> PathBuf {
        self.directory.path().join("root")
    }

    fn tools(&self) -> PathBuf {
        self.directory.path().join("tools")
    }

    pub async fn setup(&self, arguments: &str) -> Ran {
        self.setup_on("$PATH", arguments).await
    }

    /// With a token of GitHub.
    async fn setup_with_token(&self, arguments: &str) -> Ran {
        self.setup_on("$PATH GITHUB_TOKEN=ghp_of-a-test", arguments).await
    }

    /// With other programs behind the node's own.
    async fn setup_on(&self, path: &str, arguments: &str) -> Ran {
        let root = self.root().display().to_string();
        let tools = self.tools().display().to_string();
        let script = format!(
            "export PATH={tools}:{path}; {}/scripts/setup.sh --binary {} {arguments} < /dev/null",
            env!("CARGO_MANIFEST_DIR"),
            self.program().display()
        );
        let kubeconfig = self.room.sandbox.home.kubeconfig().display().to_string();
        let cache = self.directory.path().join("cache").display().to_string();
        shell(
            &script,
            &[
                ("DESTDIR", &root),
                ("KUBECONFIG", &kubeconfig),
                ("KUBECACHEDIR", &cache),
                ("HOME", &root),
            ],
        )
        .await
    }

    /// Every file with its mode and content.
    pub fn files(&self) -> Vec<(String, u32, Vec<u8>)> {
        let mut found = Vec::new();
        let mut folders = vec![self.root()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    let mode = fs::metadata(&path).unwrap().permissions().mode() & 0o777;
                    let name = path.strip_prefix(self.root()).unwrap().display().to_string();
                    found.push((name, mode, fs::read(&path).unwrap()));
                }
            }
        }
        found.sort();
        found
    }

    /// The files below a folder, a line each, with their modes.
    pub fn listed(&self) -> String {
        let shown = self.files().into_iter().filter(|(name, ..)| {
            !name.contains("/manifests/") && !name.contains("/man1/boathook-")
        });
        shown.map(|(name, mode, _)| format!("{mode:03o} {name}\n")).collect()
    }

    fn folders_of(&self, name: &str) -> Vec<String> {
        fs::read_dir(self.root().join(name))
            .unwrap()
            .map(|entry| entry.unwrap().path().display().to_string())
            .collect()
    }

    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.root().join(name)).unwrap()
    }

    /// What boathook has in the cluster.
    async fn cluster(&self) -> String {
        let mut found = String::new();
        for kind in ["namespaces", "serviceaccounts", "roles", "rolebindings"] {
            found += &self.room.succeed(&["get", kind, "-A", "-o", "name"]).await;
        }
        found
    }

    pub fn without_paths(&self, text: &str) -> String {
        text.replace(self.root().to_str().unwrap(), "")
            .replace(self.program().to_str().unwrap(), "PROGRAM")
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dry_run_says_what_would_be_done_and_does_nothing() {
    let node = Node::new();
    let files = node.files();
    let cluster = node.cluster().await;
    let result = node.setup("--dry-run").await;
    assert_eq!(result.code, 0, "{}", result.transcript());
    assert_eq!((node.files(), node.cluster().await), (files, cluster));

    let done = node.setup("").await;
    assert_eq!(done.code, 0, "{}", done.transcript());
    let changes = |text: &str, mark: &str| {
        let lines = text.lines().filter_map(|line| line.strip_prefix(mark));
        lines.collect::<Vec<_>>().join("\n")
    };
    assert_eq!(
        changes(&result.stdout, "would: "),
        changes(&done.stdout, "+ "),
        "what was announced is what is done"
    );
    let result = node.setup("--dry-run").await;
    assert_eq!(
        (result.code, result.stdout.as_str()),
        (0, ""),
        "nothing is left to do: {}",
        result.stderr
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn setting_up_puts_everything_in_its_place_and_a_second_run_changes_nothing() {
    let node = Node::new();
    let done = node.setup("--public-url https://hooks.example.org --domain apps.example.org").await;
    assert_eq!(done.code, 0, "{}", done.transcript());
    expect![[r#"
        640 etc/boathook/default.yaml
        640 etc/boathook/development.yaml
        640 etc/boathook/kubeconfig
        640 etc/boathook/production.yaml
        600 etc/boathook/secrets/development
        600 etc/boathook/secrets/production
        600 etc/boathook/secrets/staging
        640 etc/boathook/staging.yaml
        640 etc/boathook/token
        644 etc/systemd/system/boathook-containerd.path
        644 etc/systemd/system/boathook-containerd.service
        644 etc/systemd/system/boathook-token.service
        644 etc/systemd/system/boathook-token.service.d/00-setup.conf
        644 etc/systemd/system/boathook-token.timer
        644 etc/systemd/system/boathook.service
        644 etc/systemd/system/boathook.socket
        755 usr/local/bin/boathook
        755 usr/local/lib/boathook/renew-token
        644 usr/local/lib/sysusers.d/boathook.conf
        644 usr/local/lib/tmpfiles.d/boathook.conf
        644 usr/local/share/bash-completion/completions/boathook
        644 usr/local/share/fish/vendor_completions.d/boathook.fish
        644 usr/local/share/man/man1/boathook.1
        644 usr/local/share/zsh/site-functions/_boathook
    "#]]
    .assert_eq(&node.listed());
    expect![[r#"
        namespace/default
        namespace/game-2048-dev
        namespace/game-2048-prod
        namespace/game-2048-staging
        namespace/webhook-system
        serviceaccount/boathook
        role.rbac.authorization.k8s.io/boathook
        role.rbac.authorization.k8s.io/boathook
        role.rbac.authorization.k8s.io/boathook
        rolebinding.rbac.authorization.k8s.io/boathook
        rolebinding.rbac.authorization.k8s.io/boathook
        rolebinding.rbac.authorization.k8s.io/boathook
    "#]]
    .assert_eq(&node.cluster().await);
    let (_, result) = done.stdout.split_once("\n\n").unwrap();
    expect![[r#"
        What to enter in GitHub (Settings > Secrets and variables > Actions):
          DEV_WEBHOOK_URL, STAGING_WEBHOOK_URL, PROD_WEBHOOK_URL = https://hooks.example.org
          KNATIVE_DOMAIN = apps.example.org
        and in each environment there (Settings > Environments) its own WEBHOOK_SECRET:
          development: what /etc/boathook/secrets/development holds
          staging: what /etc/boathook/secrets/staging holds
          production: what /etc/boathook/secrets/production holds
        What to look at first: /etc/boathook/default.yaml (listen, public_url, url.domain) and, for each environment, what it allows.
    "#]]
    .assert_eq(&node.without_paths(result));
    let settings = node.read("etc/boathook/default.yaml");
    assert!(
        settings.contains("public_url: \"https://hooks.example.org\"")
            && settings.contains("domain: apps.example.org"),
        "{settings}"
    );
    assert!(node.read("etc/boathook/kubeconfig").contains("tokenFile: /etc/boathook/token"));

    assert!(
        settings.contains("trusted_proxies: [\"127.0.0.1\"]"),
        "who ends TLS is on this node: {settings}"
    );

    let files = node.files();
    let again = node.setup("--domain apps.example.org").await;
    assert_eq!((again.code, again.stdout.as_str()), (0, ""), "{}", again.stderr);
    assert!(again.stderr.contains("nothing to change"), "{}", again.stderr);
    assert_eq!(node.files(), files);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_asks_github_for_its_deployments_opens_no_listener() {
    let node = Node::new();
    let github = "--github acme/game,acme/shop --domain apps.example.org";
    let without = node.setup(github).await;
    assert_eq!(without.code, 1, "{}", without.transcript());
    assert!(without.stderr.contains("there is no token of GitHub"), "{}", without.stderr);

    let node = Node::new();
    let announced = node.setup_with_token(&format!("--dry-run {github}")).await;
    let done = node.setup_with_token(github).await;
    assert_eq!(done.code, 0, "{}", done.transcript());
    let lines = |text: &str, mark: &str| {
        text.lines()
            .filter_map(|line| Some(line.strip_prefix(mark)?.to_owned()))
            .collect::<Vec<_>>()
    };
    assert_eq!(lines(&announced.stdout, "would: "), lines(&done.stdout, "+ "));
    assert!(!done.transcript().contains("ghp_of"), "the token is not shown: {}", done.transcript());
    let (_, result) = done.stdout.split_once("\n\n").unwrap();
    expect![[r#"
        What to enter in GitHub (Settings > Secrets and variables > Actions):
          nothing that names this node: the action deploys with via: github
          KNATIVE_DOMAIN = apps.example.org
        and in each environment there (Settings > Environments) its own WEBHOOK_SECRET:
          development: what /etc/boathook/secrets/development holds
          staging: what /etc/boathook/secrets/staging holds
          production: what /etc/boathook/secrets/production holds
        What to look at first: /etc/boathook/default.yaml (listen, public_url, url.domain) and, for each environment, what it allows.
    "#]].assert_eq(&node.without_paths(result));
    let drop_ins = ["boathook.socket", "boathook.service"]
        .map(|unit| node.read(&format!("etc/systemd/system/{unit}.d/00-setup.conf")));
    expect![[r#"
        [Socket]
        ListenStream=
        ListenStream=/run/boathook/boathook.sock
        [Service]
        LoadCredential=github:/etc/boathook/secrets/github
    "#]]
    .assert_eq(&drop_ins.concat());
    assert_eq!(node.read("etc/boathook/secrets/github"), "ghp_of-a-test\n");
    assert!(node.listed().contains("600 etc/boathook/secrets/github\n"), "{}", node.listed());

    let config = Config::load(&node.root().join("etc/boathook"), []).unwrap();
    assert_eq!(config.server.listen, None);
    assert!(config.sources.github.is_on());
    for environment in config.environments.values() {
        let named: Vec<_> =
            environment.github.repositories.iter().map(Repository::as_str).collect();
        assert_eq!(named, ["acme/game", "acme/shop"]);
    }
    let again = node.setup(github).await;
    assert_eq!((again.code, again.stdout.as_str()), (0, ""), "{}", again.stderr);
    let other = Node::new();
    assert_eq!(other.setup("").await.code, 0);
    let files = other.files();
    let later = other.setup_with_token(github).await;
    assert!(later.stderr.contains("--github is for the first installation"), "{}", later.stderr);
    assert_eq!(other.files(), files, "a credential that is not there would keep it from starting");
    let settings = node.root().join("etc/boathook/default.yaml");
    let app = "app: {id: 1, installation: 2, key: {file: /etc/boathook/app}}";
    let with_app = fs::read_to_string(&settings)
        .unwrap()
        .replace("token: {credential: github}", "token: null")
        .replace("app: null", app);
    assert!(with_app.contains(app) && with_app.contains("\n    token: null\n"));
    fs::write(&settings, with_app).unwrap();
    fs::remove_file(node.root().join("etc/boathook/secrets/github")).unwrap();
    let by_app = node.setup("").await;
    assert_eq!(by_app.code, 0, "an App needs no token: {}", by_app.transcript());
    let drop_in = node.root().join("etc/systemd/system/boathook.service.d/00-setup.conf");
    assert!(!fs::read_to_string(drop_in).unwrap_or_default().contains("github"));
    let later = node.setup("--github acme/other").await;
    assert!(
        later
            .stderr
            .contains("has defaults.github.repositories: acme/game, acme/shop; change it there"),
        "{}",
        later.stderr
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_public_url_the_operator_is_reported_to_set_one_and_a_later_one_is_not_passed_over_in_silence()
 {
    let node = Node::new();
    let done = node.setup("").await;
    assert!(
        done.stdout.contains("That URL is this node alone: set server.public_url"),
        "{}",
        done.transcript()
    );
    let later =
        node.setup("--public-url https://hooks.example.org --domain apps.example.org").await;
    let notes: Vec<_> = later
        .stderr
        .lines()
        .filter(|line| line.contains("first installation"))
        .map(|line| node.without_paths(line))
        .collect();
    expect![[r#"
        == --public-url is for the first installation: /etc/boathook/default.yaml has server.public_url: http://127.0.0.1:8080; change it there, and restart boathook
        == --domain is for the first installation: /etc/boathook/default.yaml has defaults.url.domain: example.com; change it there, and restart boathook"#]].assert_eq(&notes.join("\n"));
    assert!(
        node.read("etc/boathook/default.yaml").contains("public_url: \"http://127.0.0.1:8080\"")
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_only_k3s_brings_the_tools_the_settings_name_them_so() {
    let node = Node::new();
    let k3s = node.tools().join("k3s");
    fs::write(
        &k3s,
        format!(
            "#!/bin/sh\n[ \"$1\" = kubectl ] || exit 1\nshift\nexec {} \"$@\"\n",
            node.room.kubectl.display()
        ),
    )
    .unwrap();
    fs::set_permissions(&k3s, fs::Permissions::from_mode(0o755)).unwrap();
    fs::remove_file(node.tools().join("kubectl")).unwrap();
    // All that the system has but these two.
    let system = node.directory.path().join("system");
    fs::create_dir(&system).unwrap();
    for program in fs::read_dir("/usr/bin").unwrap().map(|entry| entry.unwrap().path()) {
        let name = program.file_name().unwrap().to_owned();
        if name != "kubectl" && name != "crictl" {
            std::os::unix::fs::symlink(&program, system.join(name)).unwrap();
        }
    }
    let done = node.setup_on(system.to_str().unwrap(), "").await;
    assert_eq!(done.code, 0, "{}", done.transcript());
    let settings = node.read("etc/boathook/default.yaml");
    assert!(
        settings.contains("  kubectl: [k3s, kubectl]\n")
            && settings.contains("  crictl: [k3s, crictl]\n"),
        "{settings}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_whose_cluster_is_gone_can_be_purged_all_the_same() {
    let node = Node::new();
    node.setup("").await;
    fs::remove_file(node.tools().join("kubectl")).unwrap();
    std::os::unix::fs::symlink("/bin/false", node.tools().join("kubectl")).unwrap();
    let off = node.setup("--uninstall --purge").await;
    assert_eq!(off.code, 0, "{}", off.transcript());
    assert!(
        off.stderr.contains("the cluster does not answer: what boathook has there stays"),
        "{}",
        off.transcript()
    );
    assert_eq!(node.listed(), "");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn secrets_and_tokens_are_not_printed_where_nobody_looks() {
    let node = Node::new();
    let done = node.setup("").await;
    let mut kept = vec![node.read("etc/boathook/token")];
    for environment in ["development", "staging", "production"] {
        kept.push(node.read(&format!("etc/boathook/secrets/{environment}")));
    }
    for secret in &kept {
        assert!(secret.trim().len() >= 32, "{secret}");
        assert!(
            !done.stdout.contains(secret.trim()) && !done.stderr.contains(secret.trim()),
            "{}",
            done.transcript()
        );
    }
    assert!(
        kept[1] != kept[2] && kept[2] != kept[3] && kept[1] != kept[3],
        "each environment has its own"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_environment_that_the_operator_adds_is_set_up_and_one_that_is_removed_stays_away() {
    let node = Node::new();
    node.setup("").await;
    let etc = node.root().join("etc/boathook");
    let staging = node.read("etc/boathook/staging.yaml");
    let qa = staging
        .replace("staging", "qa")
        .lines()
        .filter(|line| !line.starts_with("promotion:"))
        .collect::<Vec<_>>()
        .join("\n");
    fs::write(etc.join("qa.yaml"), qa).unwrap();
    fs::create_dir(etc.join("manifests/qa")).unwrap();
    for file in ["00-namespace.yaml", "10-game-2048.yaml"] {
        let text = node.read(&format!("etc/boathook/manifests/staging/{file}"));
        fs::write(etc.join("manifests/qa").join(file), text.replace("staging", "qa")).unwrap();
    }
    fs::remove_file(etc.join("development.yaml")).unwrap();
    let done = node.setup("").await;
    let changes: Vec<&str> = done.stdout.lines().filter(|line| line.starts_with('+')).collect();
    expect![[r#"
        + make a secret for qa in /etc/boathook/secrets/qa
        + make /etc/systemd/system/boathook.service.d
        + write /etc/systemd/system/boathook.service.d/00-setup.conf
        + namespace/game-2048-qa created
        + role.rbac.authorization.k8s.io/boathook created
        + rolebinding.rbac.authorization.k8s.io/boathook created"#]]
    .assert_eq(&node.without_paths(&changes.join("\n")));
    expect![[r#"
        [Service]
        LoadCredential=
        LoadCredential=production:/etc/boathook/secrets/production
        LoadCredential=qa:/etc/boathook/secrets/qa
        LoadCredential=staging:/etc/boathook/secrets/staging
    "#]]
    .assert_eq(&node.read("etc/systemd/system/boathook.service.d/00-setup.conf"));
    assert!(!etc.join("development.yaml").exists());
    let drop_ins = node.root().join("etc/systemd/system/boathook.service.d");
    fs::write(drop_ins.join("setup.conf"), "[Service]\nLoadCredential=\n").unwrap();
    fs::write(drop_ins.join("override.conf"), "[Service]\nLoadCredential=relay:/etc/relay\n")
        .unwrap();
    node.setup("").await;
    let mut names: Vec<_> =
        fs::read_dir(&drop_ins).unwrap().map(|file| file.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["00-setup.conf", "override.conf"], "in this order systemd reads them");
    let again = node.setup("").await;
    assert_eq!((again.code, again.stdout.as_str()), (0, ""), "{}", again.stderr);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_upgrade_brings_the_new_program_and_leaves_what_is_the_operators() {
    let node = Node::new();
    node.setup("").await;
    let settings = node.root().join("etc/boathook/default.yaml");
    let own =
        fs::read_to_string(&settings).unwrap().replace("127.0.0.1:8080\"\n", "127.0.0.1:9000\"\n");
    fs::write(&settings, &own).unwrap();
    fs::remove_file(node.root().join("etc/boathook/manifests/staging/10-game-2048.yaml")).unwrap();
    let secret = node.read("etc/boathook/secrets/staging");
    node.release("2");
    let done = node.setup("").await;
    let changes: String = done
        .stdout
        .lines()
        .filter(|line| line.starts_with('+'))
        .map(|line| format!("{line}\n"))
        .collect();
    expect![[r#"
        + write /usr/local/bin/boathook
        + make /etc/systemd/system/boathook.socket.d
        + write /etc/systemd/system/boathook.socket.d/00-setup.conf
        + role.rbac.authorization.k8s.io/boathook configured
    "#]]
    .assert_eq(&node.without_paths(&changes));
    assert_eq!(
        (node.read("etc/boathook/default.yaml"), node.read("etc/boathook/secrets/staging")),
        (own, secret)
    );
    assert!(node.read("usr/local/bin/boathook").contains("# 2"));
    assert!(
        node.read("etc/systemd/system/boathook.socket.d/00-setup.conf")
            .contains("\nListenStream=127.0.0.1:9000\n"),
        "the socket is where the settings say"
    );
    assert!(
        !Path::new(&node.root()).join("etc/boathook/manifests/staging/10-game-2048.yaml").exists(),
        "what was taken away stays away"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn uninstalling_leaves_settings_and_record_and_purging_leaves_nothing() {
    let node = Node::new();
    node.setup("").await;
    drop(
        SqliteStore::open(
            &node.root().join("var/lib/boathook/journal.db"),
            StoreOptions::default(),
        )
        .unwrap(),
    );
    let off = node.setup("--uninstall").await;
    assert_eq!(off.code, 0, "{}", off.transcript());
    expect![[r#"
        640 etc/boathook/default.yaml
        640 etc/boathook/development.yaml
        640 etc/boathook/kubeconfig
        640 etc/boathook/production.yaml
        600 etc/boathook/secrets/development
        600 etc/boathook/secrets/production
        600 etc/boathook/secrets/staging
        640 etc/boathook/staging.yaml
        640 etc/boathook/token
        600 var/lib/boathook/journal.db
        600 var/lib/boathook/journal.db.lock
    "#]]
    .assert_eq(&node.listed());

    let again = node.setup("").await;
    assert_eq!(
        (again.code, copies(&node).len()),
        (0, 1),
        "a later version may be installed: {}",
        again.transcript()
    );
    let off = node.setup("--uninstall --purge").await;
    assert_eq!(off.code, 0, "{}", off.transcript());
    assert_eq!(node.listed(), "");
    assert_eq!(
        node.without_paths(&node.folders_of("usr/local/share").join(" ")),
        "/usr/local/share/man",
        "Debian has that one anyway"
    );
    expect![[r#"
        namespace/default
        namespace/game-2048-dev
        namespace/game-2048-prod
        namespace/game-2048-staging
        namespace/webhook-system
    "#]]
    .assert_eq(&node.cluster().await);
    let again = node.setup("--uninstall --purge").await;
    assert_eq!((again.code, again.stdout.as_str()), (0, ""), "{}", again.stderr);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_done_is_said_before_anything_is_changed() {
    let node = Node::new();
    let mut result = Vec::new();
    let wrong = [
        "--purge",
        "--frobnicate",
        "--domain",
        "--domain 'a b'",
        "--public-url hooks.example.org",
        "--public-url https://hooks.example.org/",
        "--containerd-socket run",
        "--postgres postgresql://boathook:a-password@db.example/boathook",
        "--postgres /nonexistent",
        "--postgres-ca /dev/null",
        "--postgres - --postgres-ca /dev/null",
        "--join /nonexistent",
        "--join config",
        "--join /nonexistent --domain example.org",
        "--binary /nonexistent",
    ];
    for arguments in wrong {
        let refused = node.setup(arguments).await;
        assert_eq!(refused.code, 1, "{}", refused.transcript());
        result.push(
            refused
                .stderr
                .lines()
                .rfind(|line| line.starts_with("error"))
                .unwrap_or_default()
                .to_owned(),
        );
    }
    expect![[r#"
        error: --purge goes with --uninstall
        error: unknown argument: --frobnicate
        error: --domain needs a value
        error: --domain is a name alone, such as example.com
        error: --public-url is http:// or https:// with a host, and no / at its end: https://hooks.example.com
        error: --public-url is http:// or https:// with a host, and no / at its end: https://hooks.example.com
        error: --containerd-socket is a whole path of letters, digits and . / _ -
        error: a password among the arguments can be read by every user of this machine: write the URL into a file for root alone, and name that: --postgres FILE
        error: --postgres is a file that holds postgresql://USER:PASSWORD@HOST/DATABASE, or - to be asked for it: /nonexistent cannot be read
        error: --postgres-ca goes with --postgres
        error: /dev/null holds no certificate (PEM)
        error: /nonexistent is no copy of /etc/boathook that can be read: it has no default.yaml
        error: the settings in config keep the record in a file, which is one node's own: move it to PostgreSQL first (boathook journal copy; docs/operate.md)
        error: --join takes the settings of the other node: leave --postgres, --github, --public-url and --domain out
        error: /nonexistent cannot be run here"#]]
    .assert_eq(&result.join("\n"));
    assert_eq!(node.files(), Vec::new());
}

/// The names of the copies of the journal.
fn copies(node: &Node) -> Vec<String> {
    let folder = node.root().join("var/backups/boathook");
    fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_journal_is_copied_before_an_upgrade_and_only_then() {
    let node = Node::new();
    node.setup("").await;
    let path = node.root().join("var/lib/boathook/journal.db");
    let journal = SqliteStore::open(&path, StoreOptions::default()).unwrap();
    node.setup("").await;
    assert_eq!(copies(&node), Vec::<String>::new(), "nothing is upgraded");

    node.release("2");
    let result = node.setup("--dry-run").await;
    assert!(result.stdout.contains("would: copy the journal to "), "{}", result.transcript());
    assert_eq!(copies(&node), Vec::<String>::new());
    let upgraded = node.setup("").await;
    let [copy] = &copies(&node)[..] else { panic!("{}", upgraded.transcript()) };
    assert!(
        upgraded.stdout.contains(&format!("the journal is copied to {}", node.root().display())),
        "{}",
        upgraded.transcript()
    );
    assert!(
        upgraded.stdout.contains(copy) && node.read("usr/local/bin/boathook").contains("# 2"),
        "{}",
        upgraded.transcript()
    );
    drop(journal);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_journal_is_found_where_the_settings_name_another_directory() {
    let node = Node::new();
    node.setup("").await;
    let settings = node
        .read("etc/boathook/default.yaml")
        .replace("directory: /var/lib/boathook", "directory: /data/boathook # the second disk");
    fs::write(node.root().join("etc/boathook/default.yaml"), settings).unwrap();
    fs::create_dir_all(node.root().join("data/boathook")).unwrap();
    drop(
        SqliteStore::open(&node.root().join("data/boathook/journal.db"), StoreOptions::default())
            .unwrap(),
    );
    node.release("2");
    let upgraded = node.setup("").await;
    assert_eq!(copies(&node).len(), 1, "{}", upgraded.transcript());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_upgrade_without_a_copy_of_the_journal_does_not_begin() {
    let node = Node::new();
    node.setup("").await;
    fs::write(
        node.root().join("var/lib/boathook/journal.db"),
        "no journal, but text that SQLite has to look at",
    )
    .unwrap();
    node.release("2");
    let before = node.files();
    let refused = node.setup("").await;
    assert_eq!(refused.code, 1, "{}", refused.transcript());
    assert!(
        refused
            .stderr
            .ends_with("error: there is no backup of the journal, so boathook is not upgraded\n"),
        "{}",
        refused.stderr
    );
    assert!(node.files() == before, "something was changed: {}", refused.transcript());
}

impl Node {
    /// A kubectl that a kuberc has ask first: it does nothing for that verb, says this, and ends
    /// with 0.
    fn kubectl_that_asks(&self, verb: &str, said: &str) {
        let kubectl = self.tools().join("kubectl");
        fs::remove_file(&kubectl).unwrap();
        let script = format!(
            "#!/bin/sh\ncase \"$*\" in *--dry-run*) ;; {verb}*) echo '{said}'; exit 0 ;; esac\n\
             exec {} \"$@\"\n",
            self.room.kubectl.display()
        );
        fs::write(&kubectl, script).unwrap();
        fs::set_permissions(&kubectl, fs::Permissions::from_mode(0o755)).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_kubectl_says_it_deleted_is_looked_for() {
    let node = Node::new();
    node.setup("").await;
    node.kubectl_that_asks("delete", "deletion is cancelled");
    let off = node.setup("--uninstall --purge").await;
    assert_eq!(off.code, 1, "{}", off.transcript());
    assert!(
        off.stderr.contains(
            "error: kubectl ended with 0, but did not delete \
             role.rbac.authorization.k8s.io/boathook"
        ),
        "{}",
        off.stderr
    );
    assert!(node.listed().contains("usr/local/bin/boathook"), "the roles can still be named");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_kubectl_says_it_applied_is_looked_for() {
    let node = Node::new();
    node.kubectl_that_asks("apply", "namespace/game-2048-dev created");
    let done = node.setup("").await;
    assert_eq!(done.code, 1, "{}", done.transcript());
    assert!(
        done.stderr.contains("error: kubectl ended with 0, but the cluster is not as "),
        "{}",
        done.stderr
    );
}

/// What a home says to every kubectl that looks there.
const KUBERC: &str = "apiVersion: kubectl.config.k8s.io/v1beta1
kind: Preference
defaults:
- command: create token
  options:
  - {name: output, default: json}
";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobodys_kuberc_changes_what_the_renewed_token_is() {
    for kubectl in kubectls() {
        let node = Node::new();
        node.setup("").await;
        let old = node.read("etc/boathook/token");
        // Where it is asked for: in a home, and in the working directory.
        fs::create_dir_all(node.directory.path().join(".kube")).unwrap();
        fs::write(node.directory.path().join(".kube/kuberc"), KUBERC).unwrap();
        let here = node.directory.path().display();
        let root = node.root().display().to_string();
        let kubeconfig = node.room.sandbox.home.kubeconfig().display().to_string();
        for home in [
            format!("HOME={here}"),
            "-u HOME".to_owned(),
            format!("HOME={here} KUBECTL_KUBERC=true KUBERC={here}/.kube/kuberc"),
        ] {
            let script = format!(
                "cd {here} && ln -sfn {} {here}/tools/kubectl && PATH={here}/tools:$PATH && env \
                 {home} {}/packaging/renew-token.sh",
                kubectl.display(),
                env!("CARGO_MANIFEST_DIR")
            );
            let renewed = shell(&script, &[("DESTDIR", &root), ("KUBECONFIG", &kubeconfig)]).await;
            assert_eq!(
                (renewed.code, renewed.stdout.as_str(), renewed.stderr.as_str()),
                (0, "", ""),
                "{home}"
            );
            let token = node.read("etc/boathook/token");
            assert!(token != old && !token.contains('{') && token.trim().len() >= 32, "{home}");
        }
        assert_eq!(
            fs::read_dir(node.root().join("etc/boathook"))
                .unwrap()
                .filter(|entry| entry
                    .as_ref()
                    .unwrap()
                    .file_name()
                    .to_string_lossy()
                    .starts_with("token."))
                .count(),
            0
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_kubectl_of_setup_and_of_the_renewal_runs_without_a_kuberc() {
    let node = Node::new();
    let kubectl = node.tools().join("kubectl");
    let seen = node.directory.path().join("seen");
    fs::remove_file(&kubectl).unwrap();
    let script = format!(
        "#!/bin/sh\necho \"$1 ${{KUBERC-}} ${{KUBECTL_KUBERC-}} $(ls -A \"$HOME\" | wc -l)\" >>{}\n\
         exec {} \"$@\"\n",
        seen.display(),
        node.room.kubectl.display()
    );
    fs::write(&kubectl, script).unwrap();
    fs::set_permissions(&kubectl, fs::Permissions::from_mode(0o755)).unwrap();
    for arguments in ["", "--uninstall --purge"] {
        let done =
            node.setup_on("$PATH; export KUBECTL_KUBERC=true KUBERC=/etc/kuberc", arguments).await;
        assert_eq!(done.code, 0, "{}", done.transcript());
    }
    let seen = fs::read_to_string(seen).unwrap();
    assert!(
        seen.lines().count() > 15 && seen.lines().all(|line| line.split(' ').nth(1) == Some("off")),
        "{seen}"
    );
    assert!(!seen.contains("true"), "{seen}");
    let renewal: Vec<_> = seen.lines().filter(|line| line.starts_with("create ")).collect();
    assert_eq!(renewal, ["create off  0"], "its home is empty");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_no_token_does_not_take_the_place_of_one() {
    let node = Node::new();
    node.setup("").await;
    let old = node.read("etc/boathook/token");
    for said in ["{\"kind\": \"TokenRequest\"}", "", "serviceaccount/boathook would be asked"] {
        node.kubectl_that_asks("create", said);
        let script = format!(
            "PATH={}:$PATH; {}/packaging/renew-token.sh",
            node.tools().display(),
            env!("CARGO_MANIFEST_DIR")
        );
        let refused = shell(&script, &[("DESTDIR", &node.root().display().to_string())]).await;
        assert_eq!(refused.code, 1, "{}", refused.transcript());
        assert!(refused.stderr.contains("what it wrote is no token"), "{}", refused.stderr);
        assert_eq!(node.read("etc/boathook/token"), old);
    }
}
