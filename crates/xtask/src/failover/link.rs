//! Connections to one place, which pass, come late, or hang as in a network that drops every packet.

use std::{io, net::SocketAddr, time::Duration};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::{mpsc, watch},
    time::{Instant, sleep_until},
};

/// Parts of a connection that may be under way at once.
const UNDER_WAY: usize = 256;
const PART: usize = 16 * 1024;

/// What becomes of what is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    Pass,
    /// Nothing arrives, in either direction, until it passes again: what was sent meanwhile arrives
    /// then, as TCP sends it again.
    Hold,
    /// Each answer takes this much longer.
    Delay(Duration),
}

/// Carries every connection that arrives to this address.
pub async fn carry_all(listener: TcpListener, to: SocketAddr, mode: watch::Receiver<Mode>) {
    while let Ok((near, _)) = listener.accept().await {
        tokio::spawn(carry(near, to, mode.clone()));
    }
}

async fn carry(near: TcpStream, to: SocketAddr, mut mode: watch::Receiver<Mode>) -> io::Result<()> {
    until_not_held(&mut mode).await;
    let far = TcpStream::connect(to).await?;
    near.set_nodelay(true)?;
    far.set_nodelay(true)?;
    let (near_reads, near_writes) = near.into_split();
    let (far_reads, far_writes) = far.into_split();
    let requests = pump(near_reads, far_writes, mode.clone(), |_| Duration::ZERO);
    let answers = pump(far_reads, near_writes, mode, |mode| match mode {
        Mode::Delay(delay) => delay,
        Mode::Pass | Mode::Hold => Duration::ZERO,
    });
    tokio::try_join!(requests, answers).map(drop)
}

/// One direction of a connection, until its end.
async fn pump(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    mut mode: watch::Receiver<Mode>,
    delay: impl Fn(Mode) -> Duration,
) -> io::Result<()> {
    let (parts, mut under_way) = mpsc::channel::<(Instant, Vec<u8>)>(UNDER_WAY);
    let seen = mode.clone();
    let read = async move {
        let mut part = vec![0; PART];
        loop {
            let length = from.read(&mut part).await?;
            let due = Instant::now() + delay(*seen.borrow());
            let taken = part.iter().take(length).copied().collect();
            if length == 0 || parts.send((due, taken)).await.is_err() {
                return io::Result::Ok(());
            }
        }
    };
    let write = async move {
        while let Some((due, part)) = under_way.recv().await {
            sleep_until(due).await;
            until_not_held(&mut mode).await;
            to.write_all(&part).await?;
        }
        until_not_held(&mut mode).await;
        to.shutdown().await
    };
    tokio::try_join!(read, write).map(drop)
}

/// Without whoever gives orders, the trial is over.
async fn until_not_held(mode: &mut watch::Receiver<Mode>) {
    drop(mode.wait_for(|mode| *mode != Mode::Hold).await);
}
