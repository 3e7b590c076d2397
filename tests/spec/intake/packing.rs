//! Packing a folder, as `boathook send --manifests` does.

use std::{fs, os::unix::fs::symlink, path::Path};

use boathook::bundles::{BundleLimits, pack, read_folder, unpack};
use expect_test::expect;
use tempfile::TempDir;

fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = TempDir::new().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

fn refused(folder: &Path) -> String {
    let error = read_folder(folder).unwrap_err().to_string();
    error.replace(&folder.display().to_string(), "FOLDER")
}

#[test]
fn a_folder_is_packed_the_same_each_time_without_what_editors_leave_there() {
    let files = [("staging/b.yaml", "b: 1\n"), ("base/a.yaml", "a: 1\n"), ("readme.md", "")];
    let one = folder(&files);
    let left_out = [
        ".git/config",
        ".hidden.yaml",
        "staging/.b.yaml.swp",
        "staging/b.yaml~",
        "staging/#b.yaml#",
        "base/a.yaml.bak",
        "base/a.yaml.orig",
        "base/a.yaml.rej",
        "base/a.yaml.swo",
    ];
    let other = folder(&[files.as_slice(), &left_out.map(|name| (name, "left out"))].concat());
    let [one, other] = [one, other].map(|folder| read_folder(folder.path()).unwrap());
    assert_eq!(pack(&one).unwrap(), pack(&other).unwrap());
    let paths: Vec<&str> = one.files().keys().map(|path| path.as_str()).collect();
    assert_eq!(paths, ["base/a.yaml", "readme.md", "staging/b.yaml"]);
    assert_eq!(unpack(&pack(&one).unwrap(), &BundleLimits::RECORDED).unwrap(), one);
}

#[test]
fn what_cannot_be_packed_is_named() {
    let with_link = folder(&[("staging/a.yaml", "")]);
    symlink("a.yaml", with_link.path().join("staging/b.yaml")).unwrap();
    let with_folder_link = folder(&[("staging/a.yaml", "")]);
    symlink("/etc", with_folder_link.path().join("etc")).unwrap();
    let with_socket = folder(&[]);
    let _socket = std::os::unix::net::UnixListener::bind(with_socket.path().join("s")).unwrap();
    let large = folder(&[("a.yaml", &"x".repeat(17 << 20))]);
    let empty = folder(&[(".hidden", "")]);
    let odd = folder(&[("a\\b.yaml", "")]);
    let table = [&with_link, &with_folder_link, &with_socket, &large, &empty, &odd];
    let mut sentences: Vec<String> = table.iter().map(|folder| refused(folder.path())).collect();
    sentences.push(refused(&empty.path().join("nowhere")));
    expect![[r#"
        `FOLDER/staging/b.yaml` is a symbolic link, and a bundle holds files only; put the file itself there
        `FOLDER/etc` is a symbolic link, and a bundle holds files only; put the file itself there
        `FOLDER/s` is neither a file nor a folder; leave it out
        `FOLDER` holds more than 16777216 bytes in files; name the folder that holds manifests only
        `FOLDER` holds no file
        `FOLDER/a\b.yaml` cannot stand in a bundle: its path holds a backslash, which some systems take for a `/`; rename the file
        failed to read `FOLDER`"#]].assert_eq(&sentences.join("\n"));
}
