//! Checks who has the addresses on which boathook listens: nobody, boathook, or another program,
//! because of which it does not start.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use tokio::task::spawn_blocking;

use crate::{
    check::{
        CheckContext, CheckResult,
        sockets::{Listener, Program},
        who_answers::{ListenerAnswer, Question},
    },
    config::Config,
};

const CHECK: &str = "listener";
/// The program's own name in the kernel's words.
const OWN_NAME: &str = "boathook";
/// The first process, which holds the ports of its sockets.
const SYSTEMD: u32 = 1;

/// An address that the configuration names.
pub(super) struct ListenerAddress {
    pub(super) key: &'static str,
    pub(super) address: SocketAddr,
    pub(super) is_tls: bool,
    pub(super) question: Question,
}

pub(super) async fn check(context: &CheckContext) -> Vec<CheckResult> {
    let mut results = Vec::new();
    for place in places(&context.config) {
        results.push(of_place(&place).await);
    }
    results
}

fn places(config: &Config) -> Vec<ListenerAddress> {
    let public = config.server.listen.map(|address| ListenerAddress {
        key: "server.listen",
        address,
        is_tls: config.server.tls.is_some(),
        question: Question::Health,
    });
    let dashboard = config.operator.listen.map(|address| ListenerAddress {
        key: "operator.listen",
        address,
        is_tls: false,
        question: Question::Deployments,
    });
    public.into_iter().chain(dashboard).collect()
}

async fn of_place(place: &ListenerAddress) -> CheckResult {
    let address = place.address;
    let found = spawn_blocking(move || {
        Listener::on(address).map(|listener| (listener, listener.program()))
    });
    let Ok(Some((listener, program))) = found.await else {
        return free(place);
    };
    judge(place, program, &place.question.ask(&place.base(listener.address)).await)
}

/// What follows from who has the address, as far as that may be seen, and from what it answers.
pub(super) fn judge(
    place: &ListenerAddress,
    program: Option<Program>,
    answer: &ListenerAnswer,
) -> CheckResult {
    let ListenerAddress { key, address, .. } = place;
    let is_own = program.as_ref().is_some_and(|program| program.name == OWN_NAME);
    let may_be_systemd = program.as_ref().is_none_or(|program| program.id == SYSTEMD);
    match answer {
        ListenerAnswer::Refused => free(place),
        ListenerAnswer::Boathook => {
            CheckResult::ok(CHECK, format!("boathook answers on {address} ({key})"))
        }
        ListenerAnswer::Other(_) | ListenerAnswer::Nothing(_) if is_own => {
            CheckResult::ok(CHECK, format!("a boathook has {address} ({key})"))
        }
        ListenerAnswer::Other(said) => taken(place, program, said),
        // A certificate that this machine does not trust says nothing of who shows it.
        ListenerAnswer::Nothing(why) if place.is_tls && program.is_none() => CheckResult::ok(
            CHECK,
            format!(
                "something listens on {address} ({key}); whether that is boathook is not known: {why}"
            ),
        ),
        ListenerAnswer::Nothing(why) if may_be_systemd => silent(place, program, why),
        ListenerAnswer::Nothing(why) => taken(place, program, why),
    }
}

impl ListenerAddress {
    /// Where the listener is asked: itself, where it has all addresses of the machine.
    fn base(&self, listener: SocketAddr) -> String {
        let scheme = if self.is_tls { "https" } else { "http" };
        let loopback = if self.address.is_ipv6() && listener.is_ipv6() {
            IpAddr::V6(Ipv6Addr::LOCALHOST)
        } else {
            IpAddr::V4(Ipv4Addr::LOCALHOST)
        };
        let named = [self.address.ip(), listener.ip(), loopback];
        let ip = named.into_iter().find(|ip| !ip.is_unspecified()).unwrap_or(loopback);
        format!("{scheme}://{}", SocketAddr::new(ip, listener.port()))
    }
}

fn free(ListenerAddress { key, address, .. }: &ListenerAddress) -> CheckResult {
    CheckResult::ok(CHECK, format!("nobody listens on {address} ({key})"))
}

/// systemd takes connections for a boathook that does not start, and nobody answers them.
fn silent(place: &ListenerAddress, program: Option<Program>, why: &str) -> CheckResult {
    let ListenerAddress { key, address, .. } = place;
    let by = holder(program);
    CheckResult::warning(
        CHECK,
        format!("{address} ({key}) is held by {by}, and nobody answers there: {why}"),
        "if boathook.socket holds it, boathook does not start; if another program does, boathook cannot",
        format!(
            "systemctl status boathook.socket boathook; if that is not it: ss -ltnp 'sport = :{}' as root",
            address.port()
        ),
    )
}

fn holder(program: Option<Program>) -> String {
    program.map_or_else(
        || "another program, which only root may see".to_owned(),
        |Program { name, id }| format!("{name} (process {id})"),
    )
}

fn taken(place: &ListenerAddress, program: Option<Program>, said: &str) -> CheckResult {
    let ListenerAddress { key, address, .. } = place;
    let by = holder(program);
    CheckResult::error(
        CHECK,
        format!("{address} ({key}) is taken by {by}: {said}"),
        "boathook does not start while another program listens there",
        format!(
            "see it: ss -ltnp 'sport = :{}' as root; stop it, or name another address in {key}",
            address.port()
        ),
    )
}
