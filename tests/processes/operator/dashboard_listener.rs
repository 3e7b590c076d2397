//! The listener on loopback: what only reads, for who means this machine. And what browsers may do
//! with the pages.

use boathook_process::Exit;

use crate::support::{stand::Stand, started::own_address};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_program_itself_serves_the_dashboard_where_config_says_so() {
    let stand = Stand::new("1s").await;
    let address = own_address();
    let serving = stand.serve_with(&format!("BOATHOOK__OPERATOR__LISTEN={address}"), "").await;
    let asked = |more: &str| format!("curl -s -o /dev/null -w '%{{http_code}}' {more}");
    let mut result = Vec::new();
    for more in [
        format!("http://{address}/"),
        format!("http://{address}/v1/deployments"),
        format!("-H 'Host: evil.example' http://{address}/"),
        format!("-X POST -d '{{}}' http://{address}/v1/reload"),
        format!("--unix-socket {}/boathook.sock http://boathook/", stand.path().display()),
    ] {
        result.push(stand.shell(&asked(&more)).await.stdout);
    }
    assert_eq!(result.join(" "), "200 200 421 404 200");
    assert_eq!(serving.terminate().await, Exit::Code(0));
}
