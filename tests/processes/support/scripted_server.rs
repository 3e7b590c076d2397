//! An API server that sends the same bytes to everyone, whatever they ask. Holds no test.

use std::net::SocketAddr;

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};

/// What it does after its bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Then {
    Closes,
    SaysNothing,
}

/// Starts one; it runs until the test ends.
pub async fn scripted_server(bytes: String, then: Then) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            tokio::spawn(answer(client, bytes.clone(), then));
        }
    });
    address
}

/// A kubeconfig that leads to it.
pub fn kubeconfig_of(address: SocketAddr) -> String {
    format!(
        "apiVersion: v1\nkind: Config\ncurrent-context: it\ncontexts: [{{name: it, context: \
         {{cluster: it}}}}]\nclusters: [{{name: it, cluster: {{server: 'http://{address}'}}}}]\n"
    )
}

async fn answer(mut client: TcpStream, bytes: String, then: Then) -> std::io::Result<()> {
    let mut request = vec![0; 16 << 10];
    let _ = client.read(&mut request).await?;
    client.write_all(bytes.as_bytes()).await?;
    match then {
        Then::Closes => client.shutdown().await,
        Then::SaysNothing => std::future::pending().await,
    }
}
