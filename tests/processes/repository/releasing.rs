//! `scripts/release.sh` and `packaging/build-deb.sh`: what is packed, that it is made the same
//! again, and that a node is set up from it without a compiler.

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};

use boathook_sandbox::harness::SandboxHarness;
use boathook_testing::links::broken_below;

use crate::support::listening::{Ran, shell};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// Makes archives of a program that is static and becomes the boathook under test.
struct Press {
    directory: tempfile::TempDir,
}

impl Press {
    async fn new() -> Self {
        let press = Self { directory: tempfile::tempdir().unwrap() };
        let source = format!(
            "#include <unistd.h>\nint main(int count, char **words) {{ (void)count; execv(\"{}\", \
             words); return 1; }}\n",
            env!("CARGO_BIN_EXE_boathook")
        );
        fs::write(press.path().join("static.c"), source).unwrap();
        let built =
            shell(&format!("cd {} && cc -static -o static static.c", press.path().display()), &[])
                .await;
        assert_eq!(built.code, 0, "{}", built.transcript());
        press
    }

    fn path(&self) -> &Path {
        self.directory.path()
    }

    /// Runs it into a folder; the user may have changed something, and files of any mode.
    async fn release(&self, program: &Path, out: &str, umask: &str) -> Ran {
        let out = self.path().join(out);
        let program = program.display();
        let out = out.display();
        let cargo = std::env::var("CARGO")
            .map(|cargo| PathBuf::from(cargo).parent().unwrap().display().to_string())
            .unwrap_or_default();
        let home = std::env::var("HOME").unwrap_or_default();
        let script = format!(
            "umask {umask}; PATH=$PATH:{cargo} {ROOT}/scripts/release.sh --dirty --binary \
             {program} --out {out} </dev/null"
        );
        shell(&script, &[("HOME", &home), ("SOURCE_DATE_EPOCH", "1700000000")]).await
    }
}

impl Press {
    /// Runs the checkout's script for the Debian package, up to what nfpm is given.
    async fn package(&self, checkout: &str, option: &str, variables: &[(&str, &str)]) -> Ran {
        let path = self.path().display();
        let tools = self.path().join("tools");
        let out = self.path().join("deb");
        fs::create_dir_all(&tools).unwrap();
        fs::remove_dir_all(&out).or_else(|_| fs::create_dir_all(&out)).unwrap();
        fs::write(tools.join("nfpm"), NFPM).unwrap();
        fs::set_permissions(tools.join("nfpm"), fs::Permissions::from_mode(0o755)).unwrap();
        let cargo = std::env::var("CARGO")
            .map(|cargo| PathBuf::from(cargo).parent().unwrap().display().to_string())
            .unwrap_or_default();
        let home = std::env::var("HOME").unwrap_or_default();
        let script = format!(
            "PATH={}:$PATH:{cargo} {checkout}/packaging/build-deb.sh {option} --binary \
             {path}/static --out {} </dev/null",
            tools.display(),
            out.display()
        );
        shell(&script, &[&[("HOME", home.as_str())], variables].concat()).await
    }

    /// Version and maintainer of the package that was made last.
    fn field(&self) -> String {
        let mut names =
            fs::read_dir(self.path().join("deb")).unwrap().map(|entry| entry.unwrap().path());
        let made = names
            .find(|path| path.extension().is_some_and(|extension| extension == "deb"))
            .unwrap();
        fs::read_to_string(made).unwrap().trim_end().to_owned()
    }
}

/// The one archive in a folder.
fn archive(folder: &Path) -> PathBuf {
    let names = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let archives: Vec<_> =
        names.filter(|path| path.extension().is_some_and(|extension| extension == "gz")).collect();
    let [archive] = &archives[..] else { panic!("{archives:?}") };
    archive.clone()
}

#[tokio::test]
async fn the_same_program_gives_the_same_archive_with_its_sum_beside_it() {
    let press = Press::new().await;
    for (out, umask) in [("one", "022"), ("two", "077")] {
        let made = press.release(&press.path().join("static"), out, umask).await;
        assert_eq!(made.code, 0, "{}", made.transcript());
        let sums = shell(
            &format!("cd {}/{out} && sha256sum --check SHA256SUMS", press.path().display()),
            &[],
        )
        .await;
        assert_eq!(sums.code, 0, "{}", sums.transcript());
    }
    let one = archive(&press.path().join("one"));
    let two = archive(&press.path().join("two"));
    assert_eq!(one.file_name(), two.file_name());
    assert_eq!(
        one.file_name().unwrap().to_str().unwrap(),
        format!("boathook-{}-{}-linux.tar.gz", env!("CARGO_PKG_VERSION"), std::env::consts::ARCH)
    );
    assert!(fs::read(one).unwrap() == fs::read(two).unwrap(), "the archives differ");
}

#[tokio::test]
async fn a_program_that_needs_libraries_of_its_machine_is_not_released() {
    let press = Press::new().await;
    let refused = press.release(Path::new(env!("CARGO_BIN_EXE_boathook")), "none", "022").await;
    assert_eq!(refused.code, 1);
    assert!(refused.stderr.contains("is not static"), "{}", refused.stderr);
    let script = press.path().join("script");
    fs::write(&script, "#!/bin/sh\necho boathook 0.1.0\n").unwrap();
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).unwrap();
    assert_eq!(press.release(&script, "none", "022").await.code, 1, "no script either");
    assert!(!press.path().join("none").exists());
}

#[tokio::test]
async fn where_the_build_fails_what_was_built_before_is_not_released() {
    let press = Press::new().await;
    let path = press.path().display();
    let arch = std::env::consts::ARCH;
    for folder in [
        "debug".to_owned(),
        format!("{arch}-unknown-linux-gnu/release"),
        format!("{arch}-unknown-linux-musl/release"),
    ] {
        let built = press.path().join("target").join(folder);
        fs::create_dir_all(&built).unwrap();
        fs::copy(press.path().join("static"), built.join("boathook")).unwrap();
    }
    let cargo = std::env::var("CARGO").unwrap_or("cargo".to_owned());
    fs::create_dir(press.path().join("bin")).unwrap();
    fs::write(
        press.path().join("bin/cargo"),
        format!("#!/bin/sh\n[ \"$1\" != build ] || exit 101\nexec {cargo} \"$@\"\n"),
    )
    .unwrap();
    fs::set_permissions(press.path().join("bin/cargo"), fs::Permissions::from_mode(0o755)).unwrap();
    let beside = Path::new(&cargo).parent().unwrap().display();
    for kind in ["", "--debug"] {
        let script = format!(
            "PATH={path}/bin:$PATH:{beside}:$HOME/.cargo/bin CARGO_TARGET_DIR={path}/target \
             {ROOT}/scripts/release.sh --dirty {kind} --out {path}/none </dev/null"
        );
        let failed = shell(&script, &[("HOME", &std::env::var("HOME").unwrap_or_default())]).await;
        assert!(
            failed.code == 1 && failed.stderr.contains("error: boathook could not be built"),
            "{}",
            failed.transcript()
        );
        assert!(!press.path().join("none").exists());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_is_set_up_from_the_archive_alone() {
    let press = Press::new().await;
    let made = press.release(&press.path().join("static"), "out", "022").await;
    assert_eq!(made.code, 0, "{}", made.transcript());
    let path = press.path().display().to_string();
    let room = SandboxHarness::open();
    // Only what stands here can be run, beside the system's own programs; neither cargo nor git nor
    // a checkout is among it.
    let unpack = format!(
        "mkdir {path}/unpacked {path}/bin {path}/root && tar -xzf {path}/out/*.tar.gz -C \
         {path}/unpacked --strip-components=1"
    );
    let unpacked = shell(
        &format!(
            "{unpack} && ln -s {} {path}/bin/kubectl && rm -r {path}/out",
            room.kubectl.display()
        ),
        &[],
    )
    .await;
    assert_eq!(unpacked.code, 0, "{}", unpacked.transcript());
    let kubeconfig = room.sandbox.home.kubeconfig().display().to_string();
    let setup = format!(
        "cd / && env -i PATH={path}/bin:/usr/bin:/bin HOME={path} DESTDIR={path}/root \
         KUBECONFIG={kubeconfig} KUBECACHEDIR={path}/cache {path}/unpacked/scripts/setup.sh \
         </dev/null"
    );
    let done = shell(&setup, &[]).await;
    assert_eq!(done.code, 0, "{}", done.transcript());
    assert!(
        fs::read(press.path().join("root/usr/local/bin/boathook")).unwrap()
            == fs::read(press.path().join("static")).unwrap()
    );
    let again = shell(&setup, &[]).await;
    assert_eq!((again.code, again.stdout.as_str()), (0, ""), "{}", again.stderr);
    for completed in
        ["completions/boathook.bash", "completions/_boathook", "completions/boathook.fish"]
    {
        assert!(press.path().join("unpacked").join(completed).exists(), "{completed}");
    }
}

#[tokio::test]
async fn no_link_of_the_pages_in_an_archive_is_dead() {
    let press = Press::new().await;
    press.release(&press.path().join("static"), "out", "022").await;
    let unpacked = press.path().join("unpacked");
    fs::create_dir(&unpacked).unwrap();
    let archive = archive(&press.path().join("out"));
    let ran = shell(
        &format!("tar -xzf {} -C {} --strip-components=1", archive.display(), unpacked.display()),
        &[],
    )
    .await;
    assert_eq!(ran.code, 0, "{}", ran.transcript());
    assert_eq!(broken_below(&unpacked), Vec::<String>::new());
    for path in ["docs/security.md", ".github/actions/deploy/action.yml", "config/default.yaml"] {
        assert!(unpacked.join(path).exists(), "the archive lacks {path}");
    }
}

/// In place of the real one: keeps what it would pack, and the fields that the script sets.
const NFPM: &str = "#!/bin/sh\n[ \"$1\" != --version ] || exit 0\n\
    while [ $# -gt 0 ]; do [ \"$1\" != --target ] || out=$2; shift; done\n\
    cp -r \"$STAGE/doc\" \"${out%/*}/doc\" && echo \"$VERSION $MAINTAINER\" >\"$out\"\n";

#[tokio::test]
async fn no_link_of_the_pages_in_the_debian_package_is_dead() {
    let press = Press::new().await;
    let made = press.package(ROOT, "--dirty", &[]).await;
    assert_eq!(made.code, 0, "{}", made.transcript());
    let doc = press.path().join("deb/doc");
    assert!(doc.join("README.md").exists() && doc.join("docs/images/overview.webp").exists());
    assert_eq!(broken_below(&doc), Vec::<String>::new());
}

#[tokio::test]
async fn an_nfpm_on_the_path_comes_before_one_that_was_installed_into_the_checkout() {
    let press = Press::new().await;
    let checkout = press.path().join("checkout");
    let installed = checkout.join("target/tools/nfpm/bin");
    let ran = shell(
        &format!(
            "git clone --quiet --depth 1 file://{ROOT} {0} && cp -r {ROOT}/scripts {0}",
            checkout.display()
        ),
        &[],
    )
    .await;
    assert_eq!(ran.code, 0, "{}", ran.transcript());
    fs::create_dir_all(&installed).unwrap();
    fs::write(installed.join("nfpm"), "#!/bin/sh\nexit 9\n").unwrap();
    fs::set_permissions(installed.join("nfpm"), fs::Permissions::from_mode(0o755)).unwrap();
    let made = press.package(&checkout.display().to_string(), "--dirty", &[]).await;
    assert_eq!(made.code, 0, "{}", made.transcript());
}

#[tokio::test]
async fn a_package_of_a_changed_checkout_is_refused_or_says_so_in_its_version() {
    let press = Press::new().await;
    let checkout = press.path().join("checkout");
    let checkout = checkout.display();
    let git = "git -c user.name=boathook -c user.email=unset@localhost";
    let copied = format!(
        "git clone --quiet --depth 1 file://{ROOT} {checkout} && cp {ROOT}/packaging/*.sh \
         {ROOT}/packaging/*.yaml {checkout}/packaging/ && cp {ROOT}/scripts/install-tools.sh \
         {checkout}/scripts/ && cd {checkout} && git add . && {git} commit --quiet --allow-empty \
         -m same"
    );
    let ran = shell(&copied, &[]).await;
    assert_eq!(ran.code, 0, "{}", ran.transcript());
    let checkout = checkout.to_string();
    let version = env!("CARGO_PKG_VERSION");
    for (change, option, field) in [
        ("true", "", Ok(format!("{version} The boathook authors <unset@localhost>"))),
        ("echo changed >>README.md", "", Err("this checkout differs from its commit")),
        ("true", "--dirty", Ok(format!("{version}+dirty The boathook authors <unset@localhost>"))),
    ] {
        shell(&format!("cd {checkout} && {change}"), &[]).await;
        let made = press.package(&checkout, option, &[]).await;
        match field {
            Err(reason) => {
                assert!(made.code == 1 && made.stderr.contains(reason), "{}", made.transcript())
            }
            Ok(field) => {
                assert_eq!((made.code, press.field()), (0, field), "{}", made.transcript())
            }
        }
    }
    press
        .package(&checkout, "--dirty", &[("MAINTAINER", "acme <acme@users.noreply.github.com>")])
        .await;
    assert_eq!(press.field(), format!("{version}+dirty acme <acme@users.noreply.github.com>"));
}
