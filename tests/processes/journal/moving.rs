//! `boathook journal copy`, as an operator types it.

use std::{fs, os::unix::fs::PermissionsExt as _};

use boathook_testing::{postgres_server::PostgresServer, samples::accept, state_dir::StateDir};
use expect_test::expect;
use tempfile::TempDir;

use crate::support::listening::{Ran, shell};

const PASSWORD: &str = "correct-horse-battery";

/// A configuration with the record in a database, and a record in a file.
struct Place {
    config: TempDir,
    state: StateDir,
    server: PostgresServer,
}

impl Place {
    async fn new() -> Self {
        let config = TempDir::new().unwrap();
        let state = StateDir::with_file();
        let server = PostgresServer::start();
        accept(&state.journal(), "game", "1").await;
        let default = "
            server: {listen: null}
            state: {postgres: {url: {credential: database}, schema: record}}";
        for (name, text) in [
            ("default.yaml", default),
            ("production.yaml", "secrets: [{id: ci, credential: secret}]"),
            ("secret", "4f0c8d1e9b7a2653 and more"),
            ("database", &server.url_with_password(PASSWORD)),
        ] {
            let path = config.path().join(name);
            fs::write(&path, text).unwrap();
            fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
        }
        Self { config, state, server }
    }

    async fn run(&self, line: &str, variables: &[(&str, &str)]) -> Ran {
        let config = self.config.path().display().to_string();
        let state = self.state.folder().display().to_string();
        let socket = format!("{config}/s");
        let own = [
            ("CREDENTIALS_DIRECTORY", config.as_str()),
            ("BOATHOOK_CONFIG", config.as_str()),
            ("BOATHOOK__STATE__DIRECTORY", state.as_str()),
            ("BOATHOOK__OPERATOR__SOCKET", socket.as_str()),
        ];
        shell(&format!("timeout 20 boathook {line}"), &[&own, variables].concat()).await
    }

    /// What was printed, without what differs each time.
    fn shown(&self, ran: &Ran) -> String {
        let text = ran.transcript();
        assert!(!text.contains(PASSWORD), "{text}");
        let lines = text.lines().map(|line| match line.split_once("both sides: ") {
            Some((before, digest)) => format!("{before}both sides: {} digits", digest.len()),
            None => line.to_owned(),
        });
        let text = lines.collect::<Vec<_>>().join("\n");
        text.replace(&self.state.folder().display().to_string(), "STATE")
            .replace(&self.server.folder(), "SOCKET")
            .replace(&self.config.path().display().to_string(), "CONFIG")
    }
}

#[tokio::test]
async fn a_record_is_moved_to_the_database_and_back_without_a_password_on_the_command_line() {
    let place = Place::new().await;
    let refused = place.run("serve", &[]).await;
    assert_eq!(refused.code, 1, "{}", refused.transcript());
    let advice = "move it with `boathook journal copy --from sqlite --to postgres`";
    assert!(refused.stderr.contains(advice), "{}", refused.stderr);

    let moved = place.run("journal copy --from sqlite --to postgres", &[]).await;
    expect![[r#"
        exit 0
        --- stdout
        deployments                    1
        records                        1
        locks                          0
        withdrawals                    0
        service_holds                  0
        service_facts                  0
        github_deployments             0
        source_cursors                 0
        bundles                        0
        last sequence                  1
        sha256 of all rows, read back from both sides: 64 digits
        the record was moved from `STATE/journal.db` to schema record of postgresql://SOCKET:5432/postgres
        --- stderr
        everything is copied; reading both sides back"#]].assert_eq(&place.shown(&moved));
    let again = place.run("journal copy --from sqlite --to postgres", &[]).await;
    assert_eq!(again.code, 1, "{}", again.transcript());
    assert!(again.stderr.contains("already; nothing was done"), "{}", again.stderr);

    // An empty record would take the place of the one that was moved.
    let elsewhere = [("BOATHOOK__STATE__POSTGRES__SCHEMA", "another")];
    let refused = place.run("serve", &elsewhere).await;
    assert_eq!(refused.code, 1, "{}", refused.transcript());
    assert!(
        refused.stderr.contains("there is no record in schema another of "),
        "{}",
        refused.stderr
    );
    assert!(refused.stderr.contains("was moved to schema record of "), "{}", refused.stderr);

    for (to, said) in [
        (
            format!("postgresql://boathook:{PASSWORD}@db.example/x?sslmode=require"),
            "has an `sslmode`",
        ),
        (format!("'host=db.example password={PASSWORD}'"), "--from and --to take `sqlite`"),
        (format!("postgresql:/boathook:{PASSWORD}@db.example/x"), "--from and --to take `sqlite`"),
        ("postgress".to_owned(), "--from and --to take `sqlite`"),
    ] {
        let refused = place.run(&format!("journal copy --from sqlite --to {to}"), &[]).await;
        assert_eq!(refused.code, 2, "{}", refused.transcript());
        assert!(place.shown(&refused).contains(said), "{}", refused.stderr);
    }

    let in_file = [("BOATHOOK__STATE__POSTGRES", "null")];
    let refused = place.run("serve", &in_file).await;
    assert_eq!(refused.code, 1, "{}", refused.transcript());
    let moved =
        "journal.db` is out of date: the record was moved to schema record of postgresql://";
    assert!(refused.stderr.contains(moved), "{}", refused.stderr);
    let check = place.run("check | grep -A2 ' journal '", &in_file).await;
    expect![[r#"
        exit 0
        --- stdout
        error    journal        `STATE/journal.db` is out of date: the record was moved to schema record of postgresql://SOCKET:5432/postgres; state.postgres must name that database, or be left out if it is a file; `boathook journal copy` brings the record back
                 why:           boathook does not start without its record
                 fix:           set state.postgres to where the record is
        --- stderr"#]].assert_eq(&place.shown(&check));
    let copied = place.run("backup --missing-ok", &[]).await;
    expect![[r#"
        exit 0
        --- stdout
        nothing is copied: the journal is in PostgreSQL (state.postgres): back it up as part of the database, or with `pg_dump --schema=record`
        --- stderr"#]].assert_eq(&place.shown(&copied));

    let file = place.config.path().join("database").display().to_string();
    let to = place.state.folder().join("back.db").display().to_string();
    let line = format!("journal copy --from @{file} --to {to}");
    let back = place.run(&line, &[]).await;
    assert_eq!(back.code, 0, "{}", back.transcript());
    let refused = place.run("serve", &[]).await;
    assert_eq!(refused.code, 1, "{}", refused.transcript());
    let left = format!("is out of date: the record was moved to `{to}`");
    assert!(refused.stderr.contains(&left), "{}", refused.stderr);
}
