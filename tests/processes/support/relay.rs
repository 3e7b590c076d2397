//! A proxy in front of boathook that treats streams of events as some do. Holds no test.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, copy, copy_bidirectional, sink},
    net::{TcpListener, TcpStream},
};

/// What it does to a stream of events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Streams {
    Pass,
    /// Passes nothing on, as a proxy that buffers.
    HoldBack,
    /// Cuts it after so many bytes.
    CutAfter(u64),
}

/// A proxy that runs.
pub struct Relay {
    pub address: SocketAddr,
    begun: Arc<AtomicUsize>,
}

impl Relay {
    pub async fn start(to: SocketAddr, streams: Streams) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let begun = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&begun);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(relay(client, to, streams, Arc::clone(&counted)));
            }
        });
        Self { address, begun }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// How many streams were asked for.
    pub fn begun(&self) -> usize {
        self.begun.load(Ordering::SeqCst)
    }
}

/// One request a connection, so that each is seen.
async fn relay(mut client: TcpStream, to: SocketAddr, streams: Streams, begun: Arc<AtomicUsize>) {
    let mut request = Vec::new();
    let head = loop {
        if let Some(at) = request.windows(4).position(|end| end == b"\r\n\r\n") {
            break at;
        }
        if matches!(client.read_buf(&mut request).await, Ok(0) | Err(_)) {
            return;
        }
    };
    let is_stream =
        String::from_utf8_lossy(&request[..head]).to_lowercase().contains("text/event-stream");
    request.splice(head..head, *b"\r\nconnection: close");
    let mut server = TcpStream::connect(to).await.unwrap();
    server.write_all(&request).await.unwrap();
    if is_stream {
        begun.fetch_add(1, Ordering::SeqCst);
    }
    // A connection that ends early is what the test is about.
    let _: Result<(), std::io::Error> = match streams {
        Streams::HoldBack if is_stream => copy(&mut server, &mut sink()).await.map(drop),
        Streams::CutAfter(bytes) if is_stream => {
            copy(&mut server.take(bytes), &mut client).await.map(drop)
        }
        Streams::Pass | Streams::HoldBack | Streams::CutAfter(_) => {
            copy_bidirectional(&mut client, &mut server).await.map(drop)
        }
    };
}
