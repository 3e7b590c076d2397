//! Several boathooks on one record in PostgreSQL and beside one cluster: one of them leads, and another
//! one goes on when it does not any more.

use std::{fs, os::unix::fs::PermissionsExt as _};

use boathook_process::Exit;
use boathook_testing::postgres_server::PostgresServer;
use rustix::process::{Pid, Signal, kill_process};

use crate::support::{
    listening::Ran,
    stand::Stand,
    started::{Started, own_address},
};

/// Boathooks beside one sandbox, each with a name.
struct Nodes {
    stand: Stand,
    _server: PostgresServer,
}

impl Nodes {
    async fn new() -> Self {
        let stand = Stand::new("3s").await;
        let server = PostgresServer::start();
        let database = stand.path().join("database");
        fs::write(&database, server.url_with_password("not-asked-for")).unwrap();
        fs::set_permissions(database, fs::Permissions::from_mode(0o600)).unwrap();
        Self { stand, _server: server }
    }

    /// A node's own `crictl`, which waits while there is a file `NODE.held`, and fails while there is one
    /// `NODE.refused`.
    fn put_crictl(&self, node: &str) {
        let path = self.stand.path().display();
        let tools = self.stand.path().join(format!("{node}.tools"));
        fs::create_dir_all(&tools).unwrap();
        let program = tools.join("crictl");
        let script = format!(
            "#!/bin/sh\nwhile [ -e {path}/{node}.held ]; do sleep 0.05; done\n\
             if [ -e {path}/{node}.refused ]; then echo 'no space left on device' >&2; exit 1; fi\n\
             PATH=${{PATH#*:}}\nexec crictl \"$@\"\n"
        );
        fs::write(&program, script).unwrap();
        fs::set_permissions(program, fs::Permissions::from_mode(0o755)).unwrap();
    }

    fn put(&self, file: &str) {
        fs::write(self.stand.path().join(file), "").unwrap();
    }

    /// Starts the boathook of a node, and says where it listens; it answers when this returns.
    async fn start(&self, node: &str) -> (Started, String) {
        self.put_crictl(node);
        let path = self.stand.path().display();
        let address = own_address();
        let variables = format!(
            "BOATHOOK__SERVER__LISTEN={address} BOATHOOK__OPERATOR__SOCKET={path}/{node}.sock \
             BOATHOOK__STATE__DIRECTORY={path}/{node} BOATHOOK__STATE__NODE={node} \
             BOATHOOK__ENVIRONMENTS__DEVELOPMENT__PULL='{{nodes: all}}' \
             BOATHOOK__TOOLS__PATH={path}/{node}.tools:$PATH \
             BOATHOOK__STATE__POSTGRES='{{url: {{file: {path}/database}}, schema: record}}'"
        );
        let started = self.stand.begin(node, &variables, &format!("2>>{path}/{node}.log")).await;
        self.until(node, "boathook list").await;
        (started, address)
    }

    /// Starts one that leads, and then two that follow it.
    async fn start_three(&self) -> [(Started, String); 3] {
        let first = self.start("a").await;
        self.until("a", "boathook nodes | grep '^a leads since '").await;
        let others = (self.start("b").await, self.start("c").await);
        self.until("b", "[ $(boathook nodes | grep -Ec '^(b|c)  *follows ') = 2 ]").await;
        [first, others.0, others.1]
    }

    /// Waits until a command succeeds on a node.
    async fn until(&self, node: &str, line: &str) {
        self.stand.until(&format!("{line} succeeds on {node}"), &self.on(node, line)).await;
    }

    async fn run(&self, node: &str, line: &str) -> Ran {
        self.stand.shell(&self.on(node, line)).await
    }

    fn on(&self, node: &str, line: &str) -> String {
        format!("export BOATHOOK_SOCKET={}/{node}.sock; {line}", self.stand.path().display())
    }

    fn log(&self, node: &str) -> String {
        fs::read_to_string(self.stand.path().join(format!("{node}.log"))).unwrap()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn when_the_leader_is_killed_another_one_finishes_its_deployment_once() {
    let nodes = Nodes::new().await;
    let [(leader, address), others @ ..] = nodes.start_three().await;
    let sent = nodes.stand.send_to(&address, "v1", "101-1", "--no-follow").await;
    assert_eq!(sent.code, 0, "{}", sent.transcript());
    nodes.until("b", "boathook commands 101-1 | grep 'patch ksvc'").await;
    leader.kill().await;

    nodes.until("b", "boathook list | grep ' succeeded '").await;
    nodes.until("c", "boathook nodes | grep -E '^(b|c) leads since '").await;
    assert_eq!(nodes.stand.revisions().await.lines().count(), 1);
    for node in ["b", "c"] {
        let audit = format!("--dir {}/{node}/audit", nodes.stand.path().display());
        let ends = format!("boathook audit show {audit} | grep -c ' ended program=boathook '");
        nodes.until(node, &format!("[ $({ends}) = 1 ]")).await;
        let verified = nodes.run(node, &format!("boathook audit verify {audit}")).await;
        assert_eq!(verified.code, 0, "{}", verified.transcript());
    }
    for (other, _) in others {
        assert_eq!(other.terminate().await, Exit::Code(0));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_leader_that_is_stopped_hands_over_and_one_that_was_frozen_ends() {
    let nodes = Nodes::new().await;
    let [(leader, _), (second, _), (third, _)] = nodes.start_three().await;
    assert_eq!(leader.terminate().await, Exit::Code(0));
    nodes.until("b", "boathook nodes | grep -E '^(b|c) leads since '").await;
    assert!(nodes.log("a").contains("Another boathook may lead now"), "{}", nodes.log("a"));

    let leads = nodes.run("b", "boathook nodes | grep '^b leads since '").await.code == 0;
    let (frozen, other, name, other_name) =
        if leads { (second, third, "b", "c") } else { (third, second, "c", "b") };
    let pid = Pid::from_raw(frozen.pid).unwrap();
    kill_process(pid, Signal::STOP).unwrap();
    nodes.until(other_name, &format!("boathook nodes | grep '^{other_name} leads since '")).await;
    kill_process(pid, Signal::CONT).unwrap();
    assert_eq!(frozen.ended().await, Exit::Code(1));
    let log = nodes.log(name);
    assert!(log.contains("error: "), "{log}");
    nodes.until(other_name, &format!("boathook nodes | grep '^{other_name} leads since '")).await;
    assert_eq!(other.terminate().await, Exit::Code(0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_leader_that_is_stopped_hands_over_though_a_program_runs_and_the_next_one_runs_it_again()
{
    let nodes = Nodes::new().await;
    let [(leader, address), others @ ..] = nodes.start_three().await;
    nodes.put("a.held");
    let sent = nodes.stand.send_to(&address, "v1", "101-1", "--no-follow").await;
    assert_eq!(sent.code, 0, "{}", sent.transcript());
    nodes.until("b", "boathook commands 101-1 | grep 'crictl'").await;
    assert_eq!(leader.terminate().await, Exit::Code(0));
    let log = nodes.log("a");
    assert!(log.contains("The deployments under way are left off"), "{log}");
    assert!(log.contains("Another boathook may lead now"), "{log}");

    nodes.until("b", "boathook nodes | grep -E '^(b|c) leads since '").await;
    nodes.until("c", "boathook list | grep ' succeeded '").await;
    assert_eq!(nodes.stand.revisions().await.lines().count(), 1);
    for (other, _) in others {
        assert_eq!(other.terminate().await, Exit::Code(0));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_node_pulls_with_its_own_program_and_the_deployment_says_how_that_went() {
    let nodes = Nodes::new().await;
    let [(leader, address), others @ ..] = nodes.start_three().await;
    nodes.put("c.refused");
    let sent = nodes.stand.send_to(&address, "v1", "101-1", "").await;
    assert_eq!(sent.code, 0, "{}", sent.transcript());
    let shown = nodes.run("b", "boathook show 101-1").await.stdout;
    assert!(shown.contains("node b has pulled the image"), "{shown}");
    assert!(shown.contains("node c could not pull the image"), "{shown}");
    assert!(shown.contains("no space left on device"), "{shown}");
    for (node, pulls) in [("a", 0), ("b", 1), ("c", 1)] {
        let audit = format!("--dir {}/{node}/audit", nodes.stand.path().display());
        let audited = format!(
            "[ $(boathook audit show {audit} | grep -c ' pulled_for_another ') = {pulls} ]"
        );
        nodes.until(node, &audited).await;
    }
    for (boathook, _) in [(leader, address)].into_iter().chain(others) {
        assert_eq!(boathook.terminate().await, Exit::Code(0));
    }
}
