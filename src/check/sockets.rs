//! Who listens on this machine's TCP ports, as /proc shows it. Nothing is opened for it: binding
//! a port to see whether it is free would take it from a boathook that starts just then.

use std::{
    collections::BTreeSet,
    fs,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    path::Path,
};

/// The state LISTEN in /proc/net/tcp.
const LISTEN: &str = "0A";

/// The name of the machine's systemd and of each user's.
const SYSTEMD: &str = "systemd";

/// A socket that listens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Listener {
    pub(super) address: SocketAddr,
    /// The number by which a program's open files name it.
    inode: u64,
}

/// A program, as far as this user may see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Program {
    pub(super) name: String,
    pub(super) id: u32,
}

impl Listener {
    /// The listener because of which, it seems, nobody else can listen on an address.
    pub(super) fn on(address: SocketAddr) -> Option<Self> {
        let tables = ["/proc/net/tcp", "/proc/net/tcp6"].into_iter();
        tables
            .filter_map(|table| fs::read_to_string(table).ok())
            .find_map(|table| listeners(&table).find(|listener| listener.keeps(address)))
    }

    /// Whether it keeps others from listening on an address. One on all addresses of IPv6 may keep
    /// to IPv6, which /proc does not show: then an address of IPv4 refuses connections.
    pub(super) fn keeps(self, wanted: SocketAddr) -> bool {
        let own = self.address.ip().to_canonical();
        let wanted_ip = wanted.ip().to_canonical();
        let covers =
            |all: IpAddr, one: IpAddr| all.is_unspecified() && (all.is_ipv6() || one.is_ipv4());
        self.address.port() == wanted.port()
            && (own == wanted_ip || covers(own, wanted_ip) || covers(wanted_ip, own))
    }

    /// The program that has it open; none where only root may see that.
    pub(super) fn program(self) -> Option<Program> {
        let link = format!("socket:[{}]", self.inode);
        let holders = fs::read_dir("/proc").ok()?.flatten().filter_map(|process| {
            let id = process.file_name().to_str()?.parse().ok()?;
            let holds = fs::read_dir(process.path().join("fd"))
                .ok()?
                .flatten()
                .any(|file| fs::read_link(file.path()).is_ok_and(|to| to == Path::new(&link)));
            holds.then(|| Holder::read(&process.path(), id))
        });
        Holder::that_serves(holders.collect())
    }
}

/// A process that has a socket open.
#[derive(Clone, Debug)]
pub(super) struct Holder {
    pub(super) program: Program,
    pub(super) parent: u32,
}

impl Holder {
    fn read(process: &Path, id: u32) -> Self {
        let status = fs::read_to_string(process.join("status")).unwrap_or_default();
        let parent =
            status.lines().find_map(|line| line.strip_prefix("PPid:")?.trim().parse().ok());
        // In the kernel's words, such as `nginx`.
        let name = fs::read_to_string(process.join("comm")).unwrap_or_default();
        let program = Program { name: name.trim_end().to_owned(), id };
        Self { program, parent: parent.unwrap_or_default() }
    }

    /// The program that serves, of all that hold one socket. systemd holds what it opened for a
    /// service beside that service. A child holds what its parent opened, be it a worker or one
    /// that is about to become another program.
    pub(super) fn that_serves(mut holders: Vec<Self>) -> Option<Program> {
        if holders.iter().any(|holder| holder.program.name != SYSTEMD) {
            holders.retain(|holder| holder.program.name != SYSTEMD);
        }
        let ids: BTreeSet<u32> = holders.iter().map(|holder| holder.program.id).collect();
        holders.retain(|holder| !ids.contains(&holder.parent));
        holders.into_iter().map(|holder| holder.program).min_by_key(|program| program.id)
    }
}

/// The listening sockets in a table of the kernel's.
pub(super) fn listeners(table: &str) -> impl Iterator<Item = Listener> {
    table.lines().skip(1).filter_map(|line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let &[_, local, _, state, _, _, _, _, _, inode, ..] = words.as_slice() else {
            return None;
        };
        let address = address(local).filter(|_| state == LISTEN)?;
        Some(Listener { address, inode: inode.parse().ok()? })
    })
}

/// `0100007F:1F90`: the address in words of 32 bits in the machine's own order, and the port.
fn address(text: &str) -> Option<SocketAddr> {
    let (ip, port) = text.split_once(':')?;
    let word =
        |at: usize| u32::from_str_radix(ip.get(at * 8..at * 8 + 8)?, 16).ok().map(u32::to_ne_bytes);
    let ip = match ip.len() {
        8 => IpAddr::V4(Ipv4Addr::from(word(0)?)),
        32 => {
            let mut bytes = [0; 16];
            for (at, part) in bytes.chunks_exact_mut(4).enumerate() {
                part.copy_from_slice(&word(at)?);
            }
            IpAddr::V6(Ipv6Addr::from(bytes))
        }
        _ => return None,
    };
    Some(SocketAddr::new(ip, u16::from_str_radix(port, 16).ok()?))
}
