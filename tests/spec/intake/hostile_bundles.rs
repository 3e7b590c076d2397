//! Bundles that are made to hurt: each is refused with its own sentence, and nothing is written.

use std::io::Write as _;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use boathook::bundles::{BundleLimits, receive, unpack};
use expect_test::{Expect, expect};
use flate2::{Compression, write::GzEncoder};
use tar::{Builder, EntryType, Header};

const LIMITS: BundleLimits = BundleLimits {
    max_bytes: 64 << 10,
    max_entries: 20,
    max_depth: 4,
    max_path: 60,
    max_compression: 50,
};

/// A tar with one file that is good, before or after which a test puts what is not.
struct Tar(Builder<Vec<u8>>);

impl Tar {
    fn new() -> Self {
        Self(Builder::new(Vec::new())).file("dev/a.yaml", "a: 1\n")
    }

    fn file(self, name: &str, text: &str) -> Self {
        self.entry(name.as_bytes(), EntryType::Regular, text.as_bytes())
    }

    /// An entry with any name, which the library itself would not write.
    fn entry(self, name: &[u8], kind: EntryType, content: &[u8]) -> Self {
        self.sized(name, kind, content, content.len() as u64)
    }

    fn sized(mut self, name: &[u8], kind: EntryType, content: &[u8], size: u64) -> Self {
        let mut header = Header::new_ustar();
        header.as_old_mut().name[..name.len()].copy_from_slice(name);
        header.set_entry_type(kind);
        header.set_size(size);
        header.set_mode(0o644);
        if matches!(kind, EntryType::Symlink | EntryType::Link) {
            header.set_link_name_literal("/etc/passwd").unwrap();
        }
        header.set_cksum();
        self.0.append(&header, content).unwrap();
        self
    }

    fn bytes(self) -> Vec<u8> {
        self.0.into_inner().unwrap()
    }

    fn packed(self) -> Vec<u8> {
        gzip(&self.bytes())
    }
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn refused(packed: &[u8]) -> String {
    unpack(packed, &LIMITS).unwrap_err().to_string()
}

#[track_caller]
fn check(packed: &[u8], sentence: &Expect) {
    sentence.assert_eq(&refused(packed));
}

#[test]
fn each_hostile_entry_is_refused_with_its_name_and_its_own_sentence() {
    let kind = |kind| Tar::new().entry(b"dev/b.yaml", kind, b"").packed();
    let named = |name: &[u8]| Tar::new().entry(name, EntryType::Regular, b"b: 1\n").packed();
    let pax =
        |record: &str| Tar::new().entry(b"pax", EntryType::XHeader, record.as_bytes()).packed();
    let long = format!("dev/{}.yaml", "b".repeat(60));
    let table = [
        named(b"/etc/cron.d/evil"),
        named(b"../evil.yaml"),
        named(b"dev/../../evil.yaml"),
        named(b"dev//b.yaml"),
        named(b"dev/./b.yaml"),
        named(b"dev\\b.yaml"),
        named(b"dev/b\n.yaml"),
        named(b"dev/\xe9t\xe9.yaml"),
        named(b"dev/a.yaml"),
        named(b"dev/A.yaml"),
        named(b"Dev/b.yaml"),
        named(b"dev"),
        named(b"dev/a.yaml/b.yaml"),
        named(b"1/2/3/4/5.yaml"),
        named(long.as_bytes()),
        kind(EntryType::Symlink),
        kind(EntryType::Link),
        kind(EntryType::Char),
        kind(EntryType::Block),
        kind(EntryType::Fifo),
        kind(EntryType::GNUSparse),
        kind(EntryType::new(b'M')),
        Tar::new().entry(b"././@LongLink", EntryType::GNULongName, b"/etc/passwd\0").packed(),
        Tar::new().entry(b"././@LongLink", EntryType::GNULongLink, b"/etc/passwd\0").packed(),
        pax("20 path=/etc/passwd\n"),
        pax("12 size=99\n"),
        pax("26 GNU.sparse.name=b.yaml\n"),
        pax("no length"),
    ];
    let sentences: Vec<String> = table.iter().map(|packed| refused(packed)).collect();
    expect![[r#"
        the bundle's entry `/etc/cron.d/evil` has a path that is absolute; name files from the bundle's own folder on
        the bundle's entry `../evil.yaml` has a path that holds `..`, which may lead out of the bundle; name files from the bundle's own folder on
        the bundle's entry `dev/../../evil.yaml` has a path that holds `..`, which may lead out of the bundle; name files from the bundle's own folder on
        the bundle's entry `dev//b.yaml` has a path that holds an empty part or `.`; write one `/` between two names
        the bundle's entry `dev/./b.yaml` has a path that holds an empty part or `.`; write one `/` between two names
        the bundle's entry `dev\\b.yaml` has a path that holds a backslash, which some systems take for a `/`; rename the file
        the bundle's entry `dev/b\n.yaml` has a path that holds a character that nobody sees; rename the file
        the bundle's entry `dev/\xe9t\xe9.yaml` has a name that is not UTF-8; rename the file
        the bundle's entry `dev/a.yaml` stands there twice; pack each file once
        the bundle's entry `dev/A.yaml` differs from another one only in upper and lower case, and some systems take both for one file; rename one of them
        the bundle's entry `Dev/b.yaml` differs from another one only in upper and lower case, and some systems take both for one file; rename one of them
        the bundle's entry `dev` is both a file and a folder; rename one of them
        the bundle's entry `dev/a.yaml/b.yaml` is both a file and a folder; rename one of them
        the bundle's entry `1/2/3/4/5.yaml` lies more than 4 parts deep (bundles.max_depth); move it up
        the bundle's entry `dev/bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb.yaml` has a path of more than 60 bytes (bundles.max_path); shorten it
        the bundle's entry `dev/b.yaml` is a link, and a bundle holds files only; pack the file itself
        the bundle's entry `dev/b.yaml` is a link, and a bundle holds files only; pack the file itself
        the bundle's entry `dev/b.yaml` is a device, and a bundle holds files only; leave it out
        the bundle's entry `dev/b.yaml` is a device, and a bundle holds files only; leave it out
        the bundle's entry `dev/b.yaml` is a named pipe, and a bundle holds files only; leave it out
        the bundle's entry `dev/b.yaml` is a sparse file; pack it whole (GNU tar: without --sparse)
        the bundle's entry `dev/b.yaml` is of a kind that a bundle does not hold; pack files and folders only
        the bundle's entry `././@LongLink` gets its name or size from an extension of the tar format; pack it with shorter names, in the format ustar (GNU tar: --format=ustar)
        the bundle's entry `././@LongLink` gets its name or size from an extension of the tar format; pack it with shorter names, in the format ustar (GNU tar: --format=ustar)
        the bundle's entry `pax` gets its name or size from an extension of the tar format; pack it with shorter names, in the format ustar (GNU tar: --format=ustar)
        the bundle's entry `pax` gets its name or size from an extension of the tar format; pack it with shorter names, in the format ustar (GNU tar: --format=ustar)
        the bundle's entry `pax` gets its name or size from an extension of the tar format; pack it with shorter names, in the format ustar (GNU tar: --format=ustar)
        the bundle's entry `pax` gets its name or size from an extension of the tar format; pack it with shorter names, in the format ustar (GNU tar: --format=ustar)"#]].assert_eq(&sentences.join("\n"));
}

#[test]
fn what_is_too_large_is_refused_before_it_is_unpacked() {
    let ten_gigabytes = 10 << 30;
    check(
        &Tar::new().sized(b"dev/b.yaml", EntryType::Regular, b"", ten_gigabytes).packed(),
        &expect![
            "the bundle's entry `dev/b.yaml` makes the bundle larger than 65536 bytes (bundles.max_bytes); leave out what no environment needs"
        ],
    );
    // It claims to be small, and the zeros stand behind the end of the tar.
    let mut zeros = Tar::new().bytes();
    zeros.resize(4 << 20, 0);
    check(
        &gzip(&zeros),
        &expect![
            "the bundle unpacks to more than 65536 bytes (bundles.max_bytes); leave out what no environment needs"
        ],
    );
    let noise: Vec<u8> =
        (0_u32..200_000).flat_map(|n| n.wrapping_mul(2_654_435_761).to_le_bytes()).collect();
    check(
        &Tar::new()
            .entry(b"dev/b.yaml", EntryType::Directory, b"")
            .sized(b"dev/c.yaml", EntryType::XHeader, &noise, noise.len() as u64)
            .packed(),
        &expect![
            "the bundle's entry `dev/c.yaml` gets its name or size from an extension of the tar format; pack it with shorter names, in the format ustar (GNU tar: --format=ustar)"
        ],
    );
    let many = (0..2_000).fold(Tar::new(), |tar, n| tar.file(&format!("dev/{n}.yaml"), ""));
    check(
        &many.packed(),
        &expect![
            "the bundle's entry `dev/19.yaml` is one of more than 20 files and folders (bundles.max_entries); leave out what no environment needs"
        ],
    );
    let wide = LIMITS.max_bytes / 2;
    let halves = ["b", "c", "d"]
        .iter()
        .fold(Tar::new(), |tar, name| tar.file(&format!("dev/{name}.yaml"), &"x".repeat(wide)));
    let limits = BundleLimits { max_compression: 1000, ..LIMITS };
    expect!["the bundle's entry `dev/c.yaml` makes the bundle larger than 65536 bytes (bundles.max_bytes); leave out what no environment needs"].assert_eq(&unpack(&halves.packed(), &limits).unwrap_err().to_string());
}

#[test]
fn what_is_damaged_cut_off_or_goes_on_is_refused() {
    let good = Tar::new().packed();
    assert!(unpack(&good, &LIMITS).is_ok());
    let mut two_members = good.clone();
    two_members.extend(&good);
    let mut with_tail = Tar::new().bytes();
    with_tail.extend(Tar::new().file("dev/hidden.yaml", "").bytes());
    let mut flipped = good.clone();
    let crc = flipped.len() - 6;
    flipped[crc] ^= 1;
    let mut wrong_sum = Tar::new().bytes();
    wrong_sum[0] = b'x';
    let table = [
        good[..good.len() / 2].to_vec(),
        flipped,
        gzip(&wrong_sum),
        two_members,
        gzip(&with_tail),
        gzip(&Builder::new(Vec::new()).into_inner().unwrap()),
        gzip(b"no tar"),
    ];
    let sentences: Vec<String> = table.iter().map(|packed| refused(packed)).collect();
    expect![[r#"
        the bundle is no gzipped tar, or is damaged (incomplete deflate stream); pack it again
        the bundle is no gzipped tar, or is damaged (corrupt gzip stream does not have a matching checksum); pack it again
        the bundle is no gzipped tar, or is damaged (archive header checksum mismatch); pack it again
        the bundle goes on after the end of its tar; pack one tar, with nothing behind it
        the bundle goes on after the end of its tar; pack one tar, with nothing behind it
        the bundle holds no file; pack the folder that holds one folder for each environment
        the bundle is no gzipped tar, or is damaged (failed to read entire block); pack it again"#]].assert_eq(&sentences.join("\n"));
}

#[test]
fn extended_headers_that_change_nothing_are_taken() {
    let packed = Tar::new()
        .entry(b"pax_global_header", EntryType::XGlobalHeader, b"16 comment=abcd\n")
        .entry(b"pax", EntryType::XHeader, b"20 mtime=1700000000\n")
        .entry(b"./", EntryType::Directory, b"")
        .entry(b"./base/", EntryType::Directory, b"")
        .file("./base/b.yaml", "b: 1\n")
        .packed();
    let bundle = unpack(&packed, &LIMITS).unwrap();
    let paths: Vec<&str> = bundle.files().keys().map(|path| path.as_str()).collect();
    assert_eq!(paths, ["base/b.yaml", "dev/a.yaml"]);
}

#[test]
fn a_text_is_one_file_unless_it_is_the_base64_of_something_gzipped() {
    let text = "apiVersion: v1\nkind: ConfigMap\n";
    let bundle = receive(text, &LIMITS).unwrap();
    assert_eq!(bundle.text(), Some(text.as_bytes()));
    let packed = STANDARD.encode(Tar::new().packed());
    assert_eq!(receive(&packed, &LIMITS).unwrap().folders(), ["dev"]);
    // GNU's base64 breaks lines.
    let lines: Vec<&str> =
        packed.as_bytes().chunks(76).map(|line| str::from_utf8(line).unwrap()).collect();
    assert_eq!(receive(&(lines.join("\n") + "\n"), &LIMITS).unwrap().folders(), ["dev"]);
    // YAML may begin with anything.
    assert!(receive("H4sIk: {a: 1}\n", &LIMITS).unwrap().text().is_some());
    let wrong = ["H4sIAAA", "", " \n", &"x".repeat(LIMITS.max_bytes + 1)];
    let sentences: Vec<String> =
        wrong.iter().map(|text| receive(text, &LIMITS).unwrap_err().to_string()).collect();
    expect![[r#"
        `manifests` begins like the base64 of a gzipped tar, and is not valid base64; send `tar -cz ... | base64 -w0`
        the bundle holds no file; pack the folder that holds one folder for each environment
        the bundle holds no file; pack the folder that holds one folder for each environment
        the text in `manifests` has more than 65536 bytes (bundles.max_bytes); shorten it"#]].assert_eq(&sentences.join("\n"));
}
