//! `boathook check` on what is beside boathook: other programs on its addresses, and registries
//! that ask for a login.

use std::{
    io::{Read as _, Write as _},
    net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener},
    thread,
};

use expect_test::expect;
use rustix::net::{self, AddressFamily, SocketType};

use crate::support::check_harness::{CheckHarness, SERVICE};

/// Answers each request by its first line: status, further headers, body.
fn http(answer: impl Fn(&str, SocketAddr) -> (u16, String, String) + Send + 'static) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        while let Ok((mut client, _)) = listener.accept() {
            let mut bytes = [0; 8192];
            let Ok(read) = client.read(&mut bytes) else { continue };
            let text = String::from_utf8_lossy(&bytes[..read]);
            let line = text.lines().next().unwrap_or_default().to_owned();
            let (status, headers, body) = answer(&line, address);
            let length = body.len();
            let head = format!(
                "HTTP/1.1 {status} X\r\ncontent-length: {length}\r\nconnection: close\r\n{headers}\r\n"
            );
            let _ = client.write_all(format!("{head}{body}").as_bytes());
        }
    });
    address
}

/// The lines of these checks, with what is different each time taken out.
async fn lines(harness: &CheckHarness, checks: &[&str], others: SocketAddr) -> String {
    let report = harness.plain(&harness.check("").await.stdout);
    let mut of_check = false;
    let lines = report.lines().filter(|line| {
        let begins =
            checks.iter().any(|check| line.get(9..).is_some_and(|rest| rest.starts_with(check)));
        of_check = begins || (of_check && line.starts_with(' '));
        of_check
    });
    let text: String = lines.map(|line| format!("{line}\n")).collect();
    let own = std::fs::read_to_string("/proc/self/comm").unwrap();
    text.replace(&others.to_string(), "OTHER")
        .replace(&format!(":{}'", others.port()), ":PORT'")
        .replace(
            &format!("{} (process {})", own.trim(), std::process::id()),
            "PROGRAM (process ID)",
        )
}

#[tokio::test]
async fn another_program_on_an_address_of_boathooks_is_named_and_is_not_taken_for_boathook() {
    let harness = CheckHarness::open().await;
    let other = http(|_, _| (200, String::new(), "<h1>It works!</h1>".to_owned()));
    let listen = format!("listen: '{other}', public_url: 'http://{other}'");
    harness.default_with("listen: 'ADDRESS', public_url: 'http://ADDRESS'", &listen);
    expect![[r#"
        error    listener       OTHER (server.listen) is taken by PROGRAM (process ID): /health is answered 200 OK, and not as boathook does
                 why:           boathook does not start while another program listens there
                 fix:           see it: ss -ltnp 'sport = :PORT' as root; stop it, or name another address in server.listen
        warning  public url     http://OTHER/health answers 200, and not as boathook does
                 why:           something else than boathook is there, or the proxy does not reach it
                 fix:           curl -i the address that server.listen names, with /health; then correct the proxy, or server.public_url
    "#]].assert_eq(&lines(&harness, &["listener", "public url"], other).await);
    harness.default_with("operator: {", &format!("operator: {{listen: '{other}', "));
    expect![[r#"
        ok       listener       nobody listens on ADDRESS (server.listen)
        error    listener       OTHER (operator.listen) is taken by PROGRAM (process ID): /v1/deployments?limit=1 is answered 200 OK, and not as boathook does
                 why:           boathook does not start while another program listens there
                 fix:           see it: ss -ltnp 'sport = :PORT' as root; stop it, or name another address in operator.listen
    "#]].assert_eq(&lines(&harness, &["listener"], other).await);
}

#[tokio::test]
async fn whoever_keeps_to_ipv6_leaves_the_port_of_ipv4_to_boathook() {
    let harness = CheckHarness::open().await;
    let socket = net::socket(AddressFamily::INET6, SocketType::STREAM, None).unwrap();
    net::sockopt::set_ipv6_v6only(&socket, true).unwrap();
    net::bind(&socket, &SocketAddr::from((Ipv6Addr::UNSPECIFIED, 0))).unwrap();
    net::listen(&socket, 1).unwrap();
    let listener = TcpListener::from(socket);
    let port = listener.local_addr().unwrap().port();
    for ip in [Ipv4Addr::LOCALHOST, Ipv4Addr::UNSPECIFIED] {
        let wanted = SocketAddr::from((ip, port));
        let listen = format!("listen: '{wanted}', public_url: 'http://{wanted}'");
        harness.default_with("listen: 'ADDRESS', public_url: 'http://ADDRESS'", &listen);
        let seen = lines(&harness, &["listener"], wanted).await;
        assert_eq!(seen, "ok       listener       nobody listens on OTHER (server.listen)\n");
    }
}

/// As Docker Hub and Harbor answer.
const TOKEN: &str = r#"{"token":"of-nobody","access_token":"of-nobody","expires_in":300}"#;

/// A registry that asks for a login in this way; anyone gets a token with this status, and with it
/// the manifest with this one.
fn registry(challenge: &'static str, token: u16, manifest: u16) -> SocketAddr {
    http(move |line, own| {
        let challenge = challenge.replace("OWN", &own.to_string());
        match line.split(' ').nth(1).unwrap_or_default() {
            "/v2/" if challenge.is_empty() => (200, String::new(), "{}".to_owned()),
            "/v2/" => (401, format!("www-authenticate: {challenge}\r\n"), String::new()),
            "/token?service=fake&scope=repository%3Aacme%2Fgame%3Apull" => {
                (token, String::new(), TOKEN.to_owned())
            }
            "/v2/acme/game/manifests/v1" if line.starts_with("HEAD ") => {
                (manifest, String::new(), String::new())
            }
            other => panic!("nobody has to ask for {other}"),
        }
    })
}

#[tokio::test]
async fn a_registry_that_asks_for_a_login_which_the_node_lacks_is_named_with_the_file_for_it() {
    let harness = CheckHarness::open().await;
    let bearer = "Bearer realm=\"http://OWN/token\",service=\"fake\"";
    let small = "bearer realm=\"http://OWN/token\",service=\"fake\"";
    let mut result = String::new();
    for (what, registry) in [
        ("a password", registry("Basic realm=\"fake\"", 200, 200)),
        ("no token for nobody", registry(bearer, 403, 200)),
        ("a token that is worth nothing", registry(bearer, 200, 401)),
        ("anyone may pull", registry(bearer, 200, 200)),
        ("no login at all", registry("", 200, 200)),
        ("anyone may pull, in small letters", registry(small, 200, 200)),
        ("nobody says where the token is", registry("Bearer service=\"fake\"", 200, 200)),
        ("another way", registry("Negotiate", 200, 200)),
    ] {
        harness.room.manifests(SERVICE, &format!("{registry}/acme/game:v1"), "hi");
        harness.file("node/registries.yaml", "mirrors: {other.example: {}}");
        result += &format!("{what}:\n{}", lines(&harness, &["registry"], registry).await);
        let login = format!("configs: {{'{registry}': {{auth: {{username: a, password: b}}}}}}");
        harness.file("node/registries.yaml", &login);
        assert_eq!(lines(&harness, &["registry"], registry).await, "", "{what}: the node has one");
    }
    let registry = registry("Basic realm=\"fake\"", 200, 200);
    harness.room.manifests(SERVICE, &format!("{registry}/acme/game:v1"), "hi");
    std::fs::remove_file(harness.path().join("node/registries.yaml")).unwrap();
    assert_ne!(lines(&harness, &["registry"], registry).await, "", "the file can be written");
    std::fs::remove_dir(harness.path().join("node")).unwrap();
    assert_eq!(lines(&harness, &["registry"], registry).await, "", "there is no k3s");
    harness.file("node/registries.yaml", "configs: [a-password");
    let nowhere = SocketAddr::from(([127, 0, 0, 1], 1));
    result += &format!("a file that is none:\n{}", lines(&harness, &["registry"], nowhere).await);
    expect![[r#"
        a password:
        warning  registry       development: OTHER asks for a login before it gives OTHER/acme/game, or has no such repository; DIR/node/registries.yaml holds no login for it
                 why:           a deployment ends at its pull: crictl pulls with the node's own login, never with imagePullSecrets
                 fix:           if the image's name is right, under configs in DIR/node/registries.yaml: "OTHER": {auth: {username: USER, password: TOKEN}}; then systemctl restart k3s
        no token for nobody:
        warning  registry       development: OTHER asks for a login before it gives OTHER/acme/game, or has no such repository; DIR/node/registries.yaml holds no login for it
                 why:           a deployment ends at its pull: crictl pulls with the node's own login, never with imagePullSecrets
                 fix:           if the image's name is right, under configs in DIR/node/registries.yaml: "OTHER": {auth: {username: USER, password: TOKEN}}; then systemctl restart k3s
        a token that is worth nothing:
        warning  registry       development: OTHER asks for a login before it gives OTHER/acme/game, or has no such repository; DIR/node/registries.yaml holds no login for it
                 why:           a deployment ends at its pull: crictl pulls with the node's own login, never with imagePullSecrets
                 fix:           if the image's name is right, under configs in DIR/node/registries.yaml: "OTHER": {auth: {username: USER, password: TOKEN}}; then systemctl restart k3s
        anyone may pull:
        no login at all:
        anyone may pull, in small letters:
        nobody says where the token is:
        another way:
        a file that is none:
        ok       registry       not looked at: DIR/node/registries.yaml cannot be read (it is no YAML as k3s takes it)
    "#]].assert_eq(&result);
}
