//! Both sides of an object, compared for people to read.

use boathook::{
    comparison::{Comparison, Report, Sides, compare_folders, pairs},
    redact::Redactor,
};
use boathook_core::deployment::{ChangeKind, ObjectChange};
use expect_test::expect;
use serde_json::{Value, json};
use tempfile::TempDir;

fn compared(redactor: &Redactor, kind: &str, before: Value, after: Value) -> ObjectChange {
    let mut report = Report::new(redactor);
    report.add(Comparison {
        kind: kind.to_owned(),
        name: "one".to_owned(),
        namespace: None,
        sides: Sides::Changed { before, after },
    });
    report.end().0.remove(0)
}

#[test]
fn what_nobody_wrote_is_no_difference() {
    let object = |version: u32| {
        json!({
            "kind": "ConfigMap",
            "metadata": {
                "name": "one", "resourceVersion": version.to_string(), "generation": version, "uid": "u",
                "managedFields": [version], "creationTimestamp": "now",
                "annotations": {"kubectl.kubernetes.io/last-applied-configuration": version.to_string()},
            },
            "data": {"a": "1"},
            "status": {"at": version},
        })
    };
    let change = compared(&Redactor::default(), "ConfigMap", object(1), object(2));
    assert_eq!((change.change, change.diff), (ChangeKind::Unchanged, None));
}

#[test]
fn a_secret_in_any_field_is_hidden_and_its_change_is_marked() {
    let redactor = Redactor::knowing(["the-known-secret", "another-known-one"]);
    let object = |known: &str, password: &str| {
        json!({
            "spec": {"containers": [{
                "args": [format!("--key={known}"), "-v"],
                "env": [{"name": "DB_PASSWORD", "value": password}, {"name": "MODE", "value": "fast"}],
            }]},
        })
    };
    let before = object("the-known-secret", "hunter2-the-first");
    let after = object("another-known-one", "hunter2-the-next");
    let change = compared(&redactor, "Deployment", before, after);
    expect![[r#"
        @@ -1,10 +1,10 @@
         spec:
           containers:
           - args:
        -    - --key=[redacted] (before)
        +    - --key=[redacted] (after)
             - -v
             env:
             - name: DB_PASSWORD
        -      value: '[redacted] (before)'
        +      value: '[redacted] (after)'
             - name: MODE
               value: fast
    "#]]
    .assert_eq(&change.diff.unwrap());
}

#[test]
fn a_private_key_in_a_difference_is_hidden_as_a_whole() {
    let key = |line: &str| {
        let lines = ["MIIEvQIBADANBgkqhkiG9w0BAQEFAASC"; 20].join("\n");
        json!({"data": {"tls.pem": format!("-----BEGIN PRIVATE KEY-----\n{lines}\n{line}\n-----END PRIVATE KEY-----\n")}})
    };
    let before = key("firstfirstfirstfirst");
    let after = key("nextnextnextnextnext");
    let change = compared(&Redactor::default(), "ConfigMap", before, after);
    let diff = change.diff.unwrap();
    assert!(
        !diff.contains("MIIEvQ") && !diff.contains("first") && diff.contains("(after)"),
        "{diff}"
    );
}

#[test]
fn a_large_object_is_not_compared_and_many_are_counted() {
    let redactor = Redactor::default();
    let large = |letter: &str| json!({"data": {"a": letter.repeat(600 << 10)}});
    let change = compared(&redactor, "ConfigMap", large("x"), large("y"));
    expect![[r#"
        [it is too large to be compared]
    "#]]
    .assert_eq(&change.diff.unwrap());
    let mut report = Report::new(&redactor);
    for at in 0..230 {
        report.add(Comparison {
            kind: "ConfigMap".to_owned(),
            name: at.to_string(),
            namespace: None,
            sides: Sides::Unchanged,
        });
    }
    let (changes, left_out) = report.end();
    assert_eq!((changes.len(), left_out), (200, 30));
}

#[test]
fn what_kubectl_has_compared_is_handed_on_and_equal_files_and_annotations_are_not() {
    let live = TempDir::new().unwrap();
    let merged = TempDir::new().unwrap();
    let write = |folder: &TempDir, name: &str, text: &str| {
        std::fs::write(folder.path().join(name), text).unwrap();
    };
    write(&live, "v1.ConfigMap.shop.same", "metadata: {generation: 1}\na: 1\n");
    write(&merged, "v1.ConfigMap.shop.same", "metadata: {generation: 2}\na: 1\n");
    let secret = |data: &str| {
        format!(
            "kind: Secret\ndata: {{key: '{data}'}}\nmetadata:\n  name: key\n  annotations:\n    \
             kubectl.kubernetes.io/last-applied-configuration: '{{\"stringData\":{{\"key\":\"plain-old-value\"}}}}'\n"
        )
    };
    write(&live, "v1.Secret.shop.key", &secret("*** (before)"));
    write(&merged, "v1.Secret.shop.key", &secret("*** (after)"));
    write(&merged, "v1.ConfigMap.shop.new", "a: |\n  \"quoted\"\n  --- b\n");
    let large = format!(
        "kind: ConfigMap\nmetadata: {{name: large}}\ndata: {{a: {}}}\n",
        "x".repeat(300 << 10)
    );
    write(&live, "v1.ConfigMap.shop.large", &large);
    write(&merged, "v1.ConfigMap.shop.large", &large.replace("xx", "yy"));
    let found = compare_folders(live.path(), merged.path()).unwrap();
    let printed: Vec<String> = found.iter().map(|pair| json!(pair).to_string()).collect();
    expect![[r#"
        {"is_too_large":true,"live":{"apiVersion":"","kind":"ConfigMap","metadata":{"name":"large","namespace":null}},"merged":{"apiVersion":"","kind":"ConfigMap","metadata":{"name":"large","namespace":null}}}
        {"is_too_large":false,"live":null,"merged":{"a":"\"quoted\"\n--- b\n"}}
        {"is_too_large":false,"live":{"data":{"key":"*** (before)"},"kind":"Secret","metadata":{"name":"key"}},"merged":{"data":{"key":"*** (after)"},"kind":"Secret","metadata":{"name":"key"}}}"#]].assert_eq(&printed.join("\n"));
    assert_eq!(pairs(&printed.join("\n")).unwrap(), found);
    assert!(pairs("diff -u -N a b\n").is_err(), "another program's output");
    assert!(compare_folders(&live.path().join("none"), merged.path()).is_err());
}

#[test]
fn a_hidden_key_hides_no_change_below_it() {
    let redactor = Redactor::knowing(["the-known-secret"]);
    let object = |password: &str| json!({"data": {"the-known-secret": {"password": password}}});
    let change = compared(&redactor, "ConfigMap", object("one-of-many"), object("two-of-many"));
    assert_eq!(change.change, ChangeKind::Changed);
}

#[test]
fn what_has_no_room_left_is_still_listed_as_changed() {
    let redactor = Redactor::default();
    let mut report = Report::new(&redactor);
    let long = |mark: &str| (0..2000).map(|at| format!("{mark}-{at}")).collect::<Vec<_>>();
    for at in 0..7 {
        report.add(Comparison {
            kind: "ConfigMap".to_owned(),
            name: at.to_string(),
            namespace: None,
            sides: Sides::Changed {
                before: json!({"data": long("a")}),
                after: json!({"data": long("b")}),
            },
        });
    }
    let (changes, _) = report.end();
    assert!(changes.iter().all(|one| one.change == ChangeKind::Changed));
    let last = changes[6].diff.as_deref().unwrap();
    assert_eq!(last, "[left out: the differences of the objects before it are long]\n");
}
