//! Manifests are read as kubectl reads them: the real kubectl is asked, and boathook must say the
//! same.
//!
//! `kubectl annotate --local` reads files as `apply -f` does and needs no cluster. One run of it
//! reads a whole folder of cases.

mod documents;
mod keys;
pub mod oracle;
mod property;
mod scalars;

use oracle::{Case, Differs, read_alike};

#[test]
fn scalars_keys_and_documents_are_read_as_kubectl_reads_them() {
    let scalars = scalars::SCALARS.iter().map(|text| Case::of(text, scalars::file(text)));
    let keys = keys::KEYS.iter().map(|text| Case::of(text, keys::file(text)));
    let documents = documents::DOCUMENTS.iter().map(|(name, bytes)| Case::of(name, bytes.to_vec()));
    let json =
        documents::JSON.iter().map(|(name, text)| Case::json(name, text.as_bytes().to_vec()));
    let cases: Vec<Case> = scalars.chain(keys).chain(documents).chain(json).collect();
    assert!(cases.len() >= 150, "{} cases", cases.len());
    let read = read_alike(&cases).unwrap_or_else(|differing| panic!("{differing}"));
    println!("{} cases, 0 differences, with {}", cases.len(), read.join(" and "));
}

#[test]
fn what_boathook_refuses_on_purpose_kubectl_takes() {
    let cases: Vec<Case> = documents::ON_PURPOSE
        .iter()
        .map(|(name, text, _)| Case::of(name, text.as_bytes().to_vec()))
        .collect();
    for kubectl in boathook_sandbox::harness::kubectls() {
        for ((differs, case), (name, _, words)) in
            oracle::differences(&kubectl, &cases).into_iter().zip(documents::ON_PURPOSE)
        {
            assert!(
                matches!(
                    &differs,
                    Some(Differs { boathook: Err(reason), kubectl: Ok(_) }) if reason.contains(words),
                ),
                "{name}: {differs:?}\n{case}"
            );
        }
    }
}

#[test]
fn a_stream_that_begins_as_json_and_goes_on_as_yaml_is_read_as_the_newer_kubectls_read_it() {
    let cases: Vec<Case> = documents::SINCE_1_33
        .iter()
        .map(|(name, text)| Case::json(name, text.as_bytes().to_vec()))
        .collect();
    for kubectl in boathook_sandbox::harness::kubectls() {
        for (differs, case) in oracle::differences(&kubectl, &cases) {
            let older = matches!(&differs, Some(Differs { boathook: Ok(_), kubectl: Err(_) }));
            assert!(
                if oracle::minor(&kubectl) < 33 { older } else { differs.is_none() },
                "{}: {differs:?}\n{case}",
                kubectl.display()
            );
        }
    }
}
