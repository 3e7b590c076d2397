//! `boathook sealing-key`: where the private key stays, and what senders get.

use std::{fs, os::unix::fs::PermissionsExt as _};

use expect_test::expect;

use crate::support::listening::shell;

#[tokio::test]
async fn a_new_key_is_written_for_its_owner_alone_and_never_over_another_file() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("sealing-key");
    let name = file.display();
    let made = shell(&format!("umask 0; boathook sealing-key new {name}"), &[]).await;
    assert_eq!((made.code, made.stderr.as_str()), (0, ""));
    assert!(made.stdout.starts_with("boathook-public-"), "{}", made.stdout);
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let private = fs::read_to_string(&file).unwrap();
    assert!(private.starts_with("boathook-private-"), "{private}");

    let shown = shell(&format!("boathook sealing-key public {name}"), &[]).await;
    assert_eq!(shown.stdout, made.stdout);
    let again = shell(&format!("boathook sealing-key new {name}"), &[]).await;
    assert_eq!(fs::read_to_string(&file).unwrap(), private);
    let none = shell(
        &format!("cd {}; echo x > x; boathook sealing-key public x", directory.path().display()),
        &[],
    )
    .await;
    let said = [again.transcript().replace(&name.to_string(), "FILE"), none.transcript()];
    expect![[r#"
        exit 2
        --- stdout
        --- stderr
        error: failed to write a new sealing key to FILE: File exists (os error 17)
        exit 2
        --- stdout
        --- stderr
        error: x holds no private sealing key; `boathook sealing-key new FILE` makes one"#]]
    .assert_eq(&said.join("\n"));
}

#[tokio::test]
async fn check_says_which_sealing_keys_can_be_read() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().display();
    let keys = format!("[{{file: {path}/good}}, {{file: {path}/missing}}, {{file: {path}/bad}}]");
    let config = format!("sources: {{sealing: {{keys: {keys}}}}}");
    fs::write(directory.path().join("default.yaml"), config).unwrap();
    let line = format!(
        "cd {path}; public=$(boathook sealing-key new good); (umask 77; echo x > bad); boathook check \
         --config . | grep -A2 'sealing keys' | sed \"s/$public/PUBLIC/; s/key [0-9a-f]\\{{16\\}}/key ID/\""
    );
    let shown = shell(&line, &[]).await.stdout.replace(&path.to_string(), "DIR");
    expect![[r#"
        ok       sealing keys   key ID opens what is sealed for PUBLIC
        error    sealing keys   sources.sealing.keys[1] cannot be read from DIR/missing: No such file or directory (os error 2)
                 why:           boathook does not start with it, and a running one refuses to reload
                 fix:           boathook sealing-key new DIR/missing; chmod 640 DIR/missing; chgrp boathook DIR/missing; and give the public key that it prints to the senders
        error    sealing keys   sources.sealing.keys[2], read from DIR/bad, is no private sealing key; make one with `boathook sealing-key new FILE`
                 why:           boathook does not start with it, and a running one refuses to reload
                 fix:           boathook sealing-key new FILE; chmod 640 FILE; chgrp boathook FILE; and name it below sources.sealing.keys in default.yaml
    "#]].assert_eq(&shown);
}
