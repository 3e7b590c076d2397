//! Senders as they are found in the wild: workflows that build their body and signature in their
//! own way.

use boathook_testing::delivery::DEVELOPMENT;

use crate::support::listening::{Listening, shell};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_shell_script_may_sign_with_openssl_in_base64() {
    let listening = Listening::start();
    let script = r#"
        body=$(printf '{\n  "environment": "dev", "image": "registry.example/acme/game:2",\n  "namespace": "game", "service_name": "game"\n}')
        signature=$(printf %s "$body" | openssl dgst -sha256 -hmac "$SECRET" -binary | base64)
        curl -sS -X POST "$URL/webhook/deploy" -H 'Content-Type: application/json' -H 'X-GitHub-Event: deployment' -H 'X-GitHub-Delivery: 77' \
          -H "X-Signature-SHA256: sha256=$signature" -d "$body" -o /dev/null -w '%{http_code}'"#;
    let secret = std::str::from_utf8(DEVELOPMENT).unwrap();
    let ran = shell(script, &[("SECRET", secret), ("URL", &listening.url())]).await;
    assert_eq!(ran.stdout, "202", "{}", ran.stderr);
    listening.stop().await;
}
