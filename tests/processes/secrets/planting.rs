//! Secrets are planted wherever boathook could come by one. None may be found in anything that it
//! writes.

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use boathook::redact::MASK;
use boathook_process::Exit;

use crate::support::stand::Stand;

/// What signs the requests.
const SIGNING: &str = "c2VjcmV0IG9mIHRoZSB0ZXN0cywgbG9uZyBlbm91Z2g=";

const OWN_VARIABLE: &str = "own-variable-71e0c2";

const TOOLS_VARIABLE: &str = "tools-variable-5d8e13";

const KUBECONFIG_TOKEN: &str = "kubeconfig-token-90ab4f";

const KUBECONFIG_PASSWORD: &str = "kubeconfig-password-3c77d1";

const BEARER: &str = "bearer-in-output-4410ce";

const IN_URL: &str = "url-in-output-f00d17";

const IN_QUERY: &str = "query-in-output-ab12cd";

const IN_JSON: &str = "json-in-output-9d9d9d";

const PRIVATE_KEY: &str = "MIIEpRiVaTeKeYiNoUtPuT0123456789";

const JWT: &str = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ0ZXN0In0.c2lnbmVkLWJ5LW5vYm9keQ";

const IN_PAYLOAD: &str = "payload-field-2b2b2b";

const IN_PAYLOAD_URL: &str = "payload-url-818181";

const IN_WORDS: &str = "triggered-by-606060";

const IN_COMMIT: &str = "commit-sha-515151";

const IN_DELIVERY: &str = "delivery-id-626262";

const IN_PATH: &str = "refused-path-737373";

const IN_NOTE: &str = "operators-note-848484";

const IN_IMAGE: &str = "image-userinfo-747474";

/// In a Secret's `data`.
const IN_DATA: &str = "secret-data-30ac1d";

/// In a Secret's `stringData`.
const IN_STRING_DATA: &str = "secret string data 84f1";

/// A Secret among the manifests.
fn secret_manifest() -> String {
    format!(
        "apiVersion: v1\nkind: Secret\nmetadata: {{name: planted, namespace: game-2048-dev}}\n\
         data: {{TOKEN: {}}}\nstringData: {{PLAIN: {IN_STRING_DATA}}}\n",
        STANDARD.encode(IN_DATA)
    )
}

/// What a talkative program says of all that it knows.
fn confession() -> String {
    format!(
        "words that may stay\nmanifests {IN_DATA} {} {IN_STRING_DATA}\n\
         own {OWN_VARIABLE}, tools {TOOLS_VARIABLE}\nsigned with {SIGNING} or {}\n\
         kubeconfig {KUBECONFIG_TOKEN} {KUBECONFIG_PASSWORD}\nAuthorization: Bearer {BEARER}\n\
         GET https://robot:{IN_URL}@registry.example/v2/?token={IN_QUERY}\n\
         {{\"password\":\"{IN_JSON}\",\"jwt\":\"{JWT}\"}}\n-----BEGIN RSA PRIVATE KEY-----\n\
         {PRIVATE_KEY}\n-----END RSA PRIVATE KEY-----\n",
        STANDARD.encode(IN_DATA),
        STANDARD.encode(SIGNING)
    )
}

fn planted() -> [(&'static str, String); 23] {
    [
        ("a Secret's data", IN_DATA.to_owned()),
        ("a Secret's data, as it is written", STANDARD.encode(IN_DATA)),
        ("a Secret's stringData", IN_STRING_DATA.to_owned()),
        ("the secret that signs", SIGNING.to_owned()),
        ("the secret that signs, in base64", STANDARD.encode(SIGNING)),
        ("a variable of boathook's own", OWN_VARIABLE.to_owned()),
        ("a variable of the tools", TOOLS_VARIABLE.to_owned()),
        ("the kubeconfig's token", KUBECONFIG_TOKEN.to_owned()),
        ("the kubeconfig's password", KUBECONFIG_PASSWORD.to_owned()),
        ("a bearer token in output", BEARER.to_owned()),
        ("a URL in output", IN_URL.to_owned()),
        ("a query in output", IN_QUERY.to_owned()),
        ("JSON in output", IN_JSON.to_owned()),
        ("a private key in output", PRIVATE_KEY.to_owned()),
        ("a JWT in output", JWT.to_owned()),
        ("an unknown field", IN_PAYLOAD.to_owned()),
        ("a URL in an unknown field", IN_PAYLOAD_URL.to_owned()),
        ("words in a known field", IN_WORDS.to_owned()),
        ("a commit", IN_COMMIT.to_owned()),
        ("the id of a refused delivery", IN_DELIVERY.to_owned()),
        ("the path of a refused delivery", IN_PATH.to_owned()),
        ("an operator's note", IN_NOTE.to_owned()),
        ("an image with user and password", IN_IMAGE.to_owned()),
    ]
}

/// The stand's kubectl, but it logs everything, keeps a copy of what it applies, and breaks on
/// request.
fn write_talkative_kubectl(stand: &Path) -> PathBuf {
    let path = stand.display();
    let script = format!(
        "#!/bin/sh\nif [ \"$1\" = apply ]; then\n  cp -r . {path}/seen-work\n  cat \
         {path}/confession\n  cat {path}/confession >&2\n  [ -e {path}/broken ] && exit 1\n\
         else\n  head -n 3 {path}/confession >&2\nfi\nexec {path}/kubectl \"$@\"\n"
    );
    fs::write(stand.join("confession"), confession()).unwrap();
    let program = stand.join("talkative-kubectl");
    fs::write(&program, script).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    program
}

/// The body of a request, with something planted in it.
fn body(id: &str, tag: &str) -> String {
    format!(
        r#"{{"environment":"development","image":"ghcr.io/your-org/game-2048:{tag}","namespace":"game-2048-dev","service_name":"game-2048-dev",
        "deployment_id":"{id}","triggered_by":"jane token={IN_WORDS}","commit_sha":"password={IN_COMMIT}","ci":{{"api_token":"{IN_PAYLOAD}"}},"log":"https://me:{IN_PAYLOAD_URL}@ci.example/1"}}"#
    )
}

/// Every file below a directory, with its name.
fn files(directory: &Path) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path))
        } else {
            found.push((path.display().to_string(), fs::read(&path).unwrap()))
        }
    }
    found
}

fn assert_nothing_in(result: &[(String, Vec<u8>)]) {
    for (what, secret) in planted() {
        for (place, bytes) in result {
            let found = bytes.windows(secret.len()).position(|window| window == secret.as_bytes());
            let around = found.map(|at| {
                String::from_utf8_lossy(&bytes[at.saturating_sub(200)..bytes.len().min(at + 200)])
                    .into_owned()
            });
            assert_eq!(around, None, "{what} stands in {place}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_secret_that_is_planted_anywhere_is_in_anything_that_boathook_writes() {
    let stand = Stand::new("1s").await;
    let path = stand.path().display().to_string();
    fs::write(stand.path().join("secret.development"), SIGNING).unwrap();
    let kubectl = write_talkative_kubectl(stand.path());
    fs::create_dir(stand.path().join("manifests")).unwrap();
    for file in
        fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("manifests/development")).unwrap()
    {
        let file = file.unwrap();
        fs::copy(file.path(), stand.path().join("manifests").join(file.file_name())).unwrap();
    }
    fs::write(stand.path().join("manifests/05-secret.yaml"), secret_manifest()).unwrap();
    let kubeconfig = fs::read_to_string(stand.path().join("sandbox/kubeconfig")).unwrap();
    let user = format!(
        "user: {{token: {KUBECONFIG_TOKEN}}}\n  - name: other\n    user: {{username: me, password: \
         {KUBECONFIG_PASSWORD}}}"
    );
    fs::write(stand.path().join("planted-kubeconfig"), kubeconfig.replace("user: {}", &user))
        .unwrap();
    let variables = format!(
        "DEPLOY_TOKEN={OWN_VARIABLE} \
         BOATHOOK__TOOLS__ENVIRONMENT__REGISTRY_PASSWORD={TOOLS_VARIABLE} \
         BOATHOOK__LOG__LEVEL=trace \
         BOATHOOK__ENVIRONMENTS__DEVELOPMENT__MANIFESTS={path}/manifests \
         BOATHOOK__TOOLS__KUBECONFIG={path}/planted-kubeconfig BOATHOOK__TOOLS__KUBECTL='[{}]'",
        kubectl.display()
    );
    let serving = stand.serve_with(&variables, &format!("2>>{path}/handler.log")).await;

    let mut result: Vec<(String, Vec<u8>)> = Vec::new();
    let mut deploy = async |id: &str, body: &str, status: &str| {
        fs::write(stand.path().join("body"), body).unwrap();
        let ran = stand
            .shell(&format!(
                "curl -sS -i http://{}/webhook/deploy -H 'Content-Type: application/json' -H \
                 'X-GitHub-Event: deployment' -H 'Prefer: wait=50' -H \"X-Signature-SHA256: \
                 $(boathook sign --secret-file {path}/secret.development < {path}/body)\" \
                 --data-binary @{path}/body",
                stand.address
            ))
            .await;
        assert!(
            ran.stdout.starts_with(&format!("HTTP/1.1 {status}")),
            "{id}: {}",
            ran.transcript()
        );
        result.push((format!("the answer to {id}"), ran.stdout.clone().into_bytes()));
        ran.stdout
    };
    let good = deploy("101-1", &body("101-1", "v1"), "200").await;
    fs::write(stand.path().join("broken"), "").unwrap();
    let bad = deploy("102-1", &body("102-1", "v2"), "500").await;
    let image = |image: &str| body("103-1", "v1").replace("ghcr.io/your-org/game-2048:v1", image);
    deploy(
        "an image with user and password",
        &image(&format!("robot:{IN_IMAGE}@ghcr.io/your-org/game-2048:v1")),
        "422",
    )
    .await;
    deploy(
        "an image that is a URL",
        &image(&format!("https://robot:{IN_IMAGE}@ghcr.io/your-org/game-2048:v1")),
        "422",
    )
    .await;

    for (id, answer) in [("101-1", good), ("102-1", bad)] {
        let answer: serde_json::Value =
            serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap();
        let link = answer["status_url"].as_str().unwrap();
        let events = answer["status_url"].as_str().unwrap().replace('?', "/events?");
        let operator =
            format!("curl -fsS --unix-socket {path}/boathook.sock http://boathook/v1/deployments");
        for line in [
            format!("curl -fsS '{link}'"),
            format!("curl -fsS -H 'Accept: text/html' '{link}'"),
            format!("curl -fsS '{events}'"),
            format!("{operator}/{id}; {operator}/{id}/records; {operator}/{id}/events; {operator}"),
            format!("boathook show {id}; boathook commands {id}; boathook list"),
        ] {
            let ran = stand.shell(&line).await;
            assert_eq!(ran.code, 0, "{line}: {}", ran.transcript());
            result.push((line, format!("{}{}", ran.stdout, ran.stderr).into_bytes()));
        }
    }
    let refused = format!(
        "curl -sS 'http://{}/webhook/deploy/token={IN_PATH}' -H 'Content-Type: application/json' \
         -H 'X-GitHub-Delivery: token={IN_DELIVERY}' -d '{{}}'",
        stand.address
    );
    for line in [
        refused,
        format!("boathook retry 102-1 --note 'with token={IN_NOTE}'"),
        // Until its end, a deployment that goes on after a restart keeps what it applies.
        "boathook show \"$(boathook list --json --limit 1 | jq -r '.[0].id')\" --follow || true"
            .to_owned(),
        "boathook show 102-1".to_owned(),
    ] {
        let ran = stand.shell(&line).await;
        assert_eq!(ran.code, 0, "{line}: {}", ran.transcript());
        result.push((
            line.replace(IN_NOTE, "").replace(IN_PATH, "").replace(IN_DELIVERY, ""),
            format!("{}{}", ran.stdout, ran.stderr).into_bytes(),
        ));
    }
    assert_eq!(serving.terminate().await, Exit::Code(0));

    result.extend(files(&stand.path().join("state")));
    // What is applied holds the Secret, and goes when the deployment ends.
    let (secrets, others): (Vec<_>, Vec<_>) = files(&stand.path().join("seen-work"))
        .into_iter()
        .partition(|(place, _)| place.contains("secret"));
    assert!(!secrets.is_empty());
    result.extend(others);
    let log = fs::read(stand.path().join("handler.log")).unwrap();
    let logs = result.iter().rfind(|(place, _)| place.contains("boathook commands")).unwrap();
    for (place, bytes) in [("the log", &log), ("`boathook commands`", &logs.1)] {
        let text = String::from_utf8_lossy(bytes);
        assert!(
            text.contains("words that may stay") && text.contains(MASK),
            "the program's words never came to {place}: {text}"
        );
    }
    for file in ["state/journal.db", "state/audit/audit.log"] {
        assert!(
            result.iter().any(|(place, bytes)| place.ends_with(file) && !bytes.is_empty()),
            "{file} was not looked through"
        );
    }
    result.push(("the log".to_owned(), log));
    assert_nothing_in(&result);
}
