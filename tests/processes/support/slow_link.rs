//! The way to an API server that is slow, or frozen for a while. Holds no test.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::watch,
    time::sleep,
};

/// How answers come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answers {
    /// Each begins so long after its request.
    After(Duration),
    /// None comes for now. Connections stay open, and requests arrive.
    NotNow,
}

/// A way to an API server, which runs until the test ends.
pub struct SlowLink {
    pub address: SocketAddr,
    answers: watch::Sender<Answers>,
    requests: Arc<AtomicUsize>,
}

impl SlowLink {
    pub async fn to(server: SocketAddr, answers: Answers) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let answers = watch::Sender::new(answers);
        let requests = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&requests);
        let now = answers.subscribe();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let server = TcpStream::connect(server).await.unwrap();
                let (from_client, to_client) = client.into_split();
                let (from_server, to_server) = server.into_split();
                tokio::spawn(ask(from_client, to_server, Arc::clone(&count)));
                tokio::spawn(answer(from_server, to_client, now.clone()));
            }
        });
        Self { address, answers, requests }
    }

    /// From now on answers come so.
    pub fn set(&self, answers: Answers) {
        self.answers.send_replace(answers);
    }

    /// How many requests came.
    pub fn requests(&self) -> usize {
        self.requests.load(Ordering::SeqCst)
    }
}

/// Hands on requests without a body, each of which ends with an empty line.
async fn ask(mut client: OwnedReadHalf, mut server: OwnedWriteHalf, requests: Arc<AtomicUsize>) {
    let mut bytes = Vec::new();
    while matches!(client.read_buf(&mut bytes).await, Ok(1..)) {
        while let Some(at) = bytes.windows(4).position(|end| end == b"\r\n\r\n") {
            let request: Vec<u8> = bytes.drain(..at + 4).collect();
            requests.fetch_add(1, Ordering::SeqCst);
            if server.write_all(&request).await.is_err() {
                return;
            }
        }
    }
}

async fn answer(
    mut server: OwnedReadHalf,
    mut client: OwnedWriteHalf,
    mut answers: watch::Receiver<Answers>,
) {
    let mut bytes = vec![0; 64 << 10];
    while let Ok(count @ 1..) = server.read(&mut bytes).await {
        let thawed = answers.wait_for(|answers| *answers != Answers::NotNow).await;
        let Ok(Answers::After(pause)) = thawed.map(|answers| *answers) else { return };
        sleep(pause).await;
        if client.write_all(&bytes[..count]).await.is_err() {
            return;
        }
    }
}
