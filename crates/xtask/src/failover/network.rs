//! A front that spreads senders over the nodes, and a link from each node to the database. Orders
//! come on standard input, a line each; `done` answers each that was obeyed.

use std::{
    error::Error,
    io,
    net::{Ipv4Addr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    sync::watch,
    task::spawn_blocking,
};

use crate::failover::link::{Mode, carry_all};

#[derive(clap::Args)]
pub struct Network {
    /// The port that senders know
    #[arg(long)]
    front: u16,
    /// The port of a node behind it; may be given again
    #[arg(long, required = true)]
    node: Vec<u16>,
    /// The port of the database
    #[arg(long)]
    database: u16,
    /// The port at which a node finds the database, for each node in turn
    #[arg(long, required = true)]
    link: Vec<u16>,
}

impl Network {
    pub async fn run(self) -> Result<(), Box<dyn Error>> {
        let front = TcpListener::bind(local(self.front)).await?;
        tokio::spawn(spread(front, self.node));
        let mut links = Vec::new();
        for port in self.link {
            let (order, mode) = watch::channel(Mode::Pass);
            let listener = TcpListener::bind(local(port)).await?;
            tokio::spawn(carry_all(listener, local(self.database), mode));
            links.push(order);
        }
        println!("ready");
        Ok(spawn_blocking(move || obey_all(&links)).await??)
    }
}

fn obey_all(links: &[watch::Sender<Mode>]) -> io::Result<()> {
    for order in io::stdin().lines() {
        let order = order?;
        match obey(&order, links) {
            Some(()) => println!("done"),
            None => println!("unknown order: {order}"),
        }
    }
    Ok(())
}

/// `pass`, `hold` or `delay=MILLISECONDS`, and the number of a link or `all`.
fn obey(order: &str, links: &[watch::Sender<Mode>]) -> Option<()> {
    let (mode, link) = order.split_once(' ')?;
    let mode = match mode.split_once('=') {
        None if mode == "pass" => Mode::Pass,
        None if mode == "hold" => Mode::Hold,
        Some(("delay", delay)) => Mode::Delay(Duration::from_millis(delay.parse().ok()?)),
        None | Some(_) => return None,
    };
    if link == "all" {
        for link in links {
            link.send_replace(mode);
        }
    } else {
        let number = link.parse::<usize>().ok()?.checked_sub(1)?;
        links.get(number)?.send_replace(mode);
    }
    Some(())
}

/// Each connection goes to the next node that takes it.
async fn spread(front: TcpListener, nodes: Vec<u16>) {
    let turn = Arc::<AtomicUsize>::default();
    while let Ok((mut near, _)) = front.accept().await {
        let nodes = nodes.clone();
        let turn = Arc::clone(&turn);
        tokio::spawn(async move {
            let first = turn.fetch_add(1, Ordering::Relaxed);
            for port in nodes.iter().cycle().skip(first % nodes.len()).take(nodes.len()) {
                if let Ok(mut far) = TcpStream::connect(local(*port)).await {
                    drop(copy_bidirectional(&mut near, &mut far).await);
                    return;
                }
            }
        });
    }
}

fn local(port: u16) -> SocketAddr {
    (Ipv4Addr::LOCALHOST, port).into()
}
