//! Which files of a folder are read, how far reading goes, and what is said of a file that cannot
//! be read.

use std::{fs, os::unix::fs::symlink, path::Path, sync::Arc};

use boathook::{
    cluster::Cluster,
    manifests::{self, ManifestFolder, Manifests},
    redact::Redactor,
};
use boathook_sandbox::FakeTools;
use boathook_testing::rollout_harness::{reads, settings, tools};
use expect_test::expect;
use tempfile::TempDir;

fn config_map(name: &str) -> String {
    format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}}}\n")
}

/// The names of the objects in a folder, or why it is not read.
async fn read(folder: &Path) -> Result<String, String> {
    let sandbox = boathook_sandbox::Cluster::new(boathook_sandbox::Settings::default());
    let runner = FakeTools::new(sandbox.clone());
    let cluster =
        Cluster::new(Arc::new(runner), reads(&sandbox), Arc::new(tools()), settings().timeouts);
    let read = ManifestFolder { path: folder, remote_bases: false, within: None }
        .read(&cluster, &Redactor::default())
        .await;
    let names = |Manifests { documents, .. }: Manifests| {
        documents.iter().map(|document| document.name().to_owned()).collect::<Vec<_>>().join(" ")
    };
    read.map(names).map_err(|error| error.to_string().replace(folder.to_str().unwrap(), "DIR"))
}

#[tokio::test]
async fn files_are_read_in_the_order_of_their_names_by_their_ends_hidden_ones_too() {
    let folder = TempDir::new().unwrap();
    for name in
        ["b.yaml", "a.yml", "c.json", ".hidden.yaml", "d.yaml.bak", "e.YAML", "readme.md", "f.txt"]
    {
        fs::write(folder.path().join(name), config_map(name)).unwrap();
    }
    fs::create_dir(folder.path().join(".git")).unwrap();
    assert_eq!(read(folder.path()).await.unwrap(), ".hidden.yaml a.yml b.yaml c.json");
}

#[tokio::test]
async fn a_folder_that_kubernetes_mounted_is_read_through_its_links() {
    let folder = TempDir::new().unwrap();
    fs::create_dir(folder.path().join("..2026_11_28")).unwrap();
    fs::write(folder.path().join("..2026_11_28/a.yaml"), config_map("mounted")).unwrap();
    symlink("..2026_11_28", folder.path().join("..data")).unwrap();
    symlink("..data/a.yaml", folder.path().join("a.yaml")).unwrap();
    assert_eq!(read(folder.path()).await.unwrap(), "mounted");
}

#[tokio::test]
async fn what_would_take_too_much_is_refused() {
    let refused = async |name: &str, text: String| {
        let folder = TempDir::new().unwrap();
        fs::write(folder.path().join(name), text).unwrap();
        read(folder.path()).await.unwrap_err()
    };
    let doubled =
        |level: usize| format!("a{level}: &a{level} [*a{}, *a{}]\n", level - 1, level - 1);
    let laughs = config_map("x") + "a0: &a0 [ha, ha]\n" + &(1..40).map(doubled).collect::<String>();
    let long = format!(
        "{}a: &a {}\nb: [{}]\n",
        config_map("x"),
        "x".repeat(500_000),
        vec!["*a"; 500].join(", ")
    );
    let merged = |level: usize| {
        format!(
            "a{level}: &a{level} {{<<: [{}]}}\n",
            vec![format!("*a{}", level - 1); 9].join(", ")
        )
    };
    let merges = config_map("x") + "a0: &a0 {k: v}\n" + &(1..8).map(merged).collect::<String>();
    let many = TempDir::new().unwrap();
    for number in 0..201 {
        fs::write(many.path().join(format!("{number}.yaml")), config_map("x")).unwrap();
    }
    let reasons = [
        refused("a.yaml", laughs).await,
        refused("a.yaml", long).await,
        refused("a.yaml", merges).await,
        refused("a.yaml", "[".repeat(1 << 20)).await,
        refused("a.yaml", "- ".repeat(1 << 19)).await,
        refused("a.json", "{\"a\":".repeat(200_000)).await,
        refused("a.yaml", config_map("x") + &" ".repeat(1 << 20)).await,
        read(many.path()).await.unwrap_err(),
    ];
    expect![[r#"
        DIR/a.yaml does not parse: line 5, column 5: the manifests hold more than 32 MiB once aliases (`*name`) are written out; write less
        DIR/a.yaml does not parse: line 5, column 4: the manifests hold more than 32 MiB once aliases (`*name`) are written out; write less
        DIR/a.yaml does not parse: line 5, column 5: the manifests hold more than 32 MiB once aliases (`*name`) are written out; write less
        DIR/a.yaml does not parse: line 1, column 101: values lie more than 100 deep in each other
        DIR/a.yaml does not parse: line 1, column 201: values lie more than 100 deep in each other
        DIR/a.json does not parse: line 1, column 636: values lie more than 100 deep in each other
        DIR/a.yaml is not deployable: it is larger than 1 MiB; split it
        DIR is not deployable: it has more than 200 files"#]]
    .assert_eq(&reasons.join("\n"));
}

#[test]
fn what_is_wrong_is_reported_with_its_place_in_the_whole_file() {
    let fault = |text: &str| manifests::documents(text.as_bytes()).unwrap_err().to_string();
    let one = config_map("a");
    let two = config_map("b");
    let faults = [
        fault(&format!("{one}---\n{two}data:\n  a: [\n")),
        fault(&format!("{one}---\n{two}data:\n  a: *nowhere\n")),
        fault(&format!("# first\n---\n{one}---\n{two}data:\n  1: a\n  \"1\": b\n")),
        fault(&format!("{one}--- text\n")),
        fault(&format!("{one}...\n{two}")),
        fault("{\"apiVersion\": \"v1\",\n \"kind\": }"),
        fault(&format!("{one}data: {{a: {{<<: x}}}}\n")),
        fault(&format!("{one}data:\n\ta: b\n")),
        fault("kind: ConfigMap\nmetadata: {name: a}\n"),
        fault("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, annotations: {a: yes}}\n"),
        fault("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: on}\n"),
    ];
    expect![[r#"
        line 10, column 1: did not find expected node content while parsing a flow node
        line 9, column 6: there is no anchor `&nowhere` before this
        line 12, column 3: the keys `1` and "1" are both "1" to kubectl; write one of them, in quotes where it is a text
        line 4, column 4: kubectl takes nothing after `---` but a comment; begin a new line
        line 4, column 4: the document ends here, and kubectl reads nothing after it; begin the next one with a line `---`
        an object has no kind
        line 4, column 16: `<<` takes a mapping, or a list of mappings
        line 5, column 1: found character that cannot start any token while scanning for the next token
        an object `a` has no apiVersion
        ConfigMap/a: metadata.annotations.a is a boolean, and kubectl takes a text only; put it in quotes
        ConfigMap/: metadata.name is a boolean, and kubectl takes a text only; put it in quotes"#]]
    .assert_eq(&faults.join("\n"));
}
