//! Closes a connection if its next request does not arrive in time.
//!
//! actix-web has a deadline for the headers of a connection's first request only. Here each later
//! one has it too, headers and all, counted from the end of the answer before; so nobody can hold a
//! connection by sending a request that never comes to its end.

use std::{
    any::Any,
    cell::{Cell, OnceCell},
    os::fd::{AsFd, OwnedFd},
    rc::{Rc, Weak},
    time::Duration,
};

use actix_tls::accept::rustls_0_23::TlsStream;
use actix_web::{
    HttpRequest,
    dev::Extensions,
    rt::{net::TcpStream, spawn},
};
use rustix::net::{Shutdown, shutdown};
use tokio::{
    task::AbortHandle,
    time::{Instant, sleep_until},
};
use tracing::warn;

/// A connection of the public listener, for as long as it is open.
struct Connection {
    /// The same socket, to end it from here.
    socket: OwnedFd,
    patience: Duration,
    /// When the next request must be here; none while there is one.
    due: Cell<Option<Instant>>,
    watch: OnceCell<AbortHandle>,
}

/// Starts the deadline for the next request when it is dropped, which is when the answer is sent.
pub struct Answering(Option<Rc<Connection>>);

/// Watches each connection: at most `patience` may pass between two requests.
pub fn watch(patience: Duration) -> impl Fn(&dyn Any, &mut Extensions) + Send + Sync + 'static {
    move |stream, data| {
        let Some(stream) = socket_of(stream) else { return };
        match stream.as_fd().try_clone_to_owned() {
            Ok(socket) => drop(data.insert(Connection::watched(socket, patience))),
            Err(error) => {
                warn!(%error, "Closed a connection that could not be watched");
                // If it fails the other side has gone already.
                let _ = shutdown(stream, Shutdown::Both);
            }
        }
    }
}

/// Marks a request as present until the returned guard is dropped.
pub fn answering(request: &HttpRequest) -> Answering {
    let connection = request.conn_data::<Rc<Connection>>().cloned();
    if let Some(connection) = &connection {
        connection.due.set(None);
    }
    Answering(connection)
}

impl Drop for Answering {
    fn drop(&mut self) {
        if let Some(connection) = &self.0 {
            connection.due.set(Some(Instant::now() + connection.patience));
        }
    }
}

impl Connection {
    fn watched(socket: OwnedFd, patience: Duration) -> Rc<Self> {
        let connection =
            Rc::new(Self { socket, patience, due: Cell::new(None), watch: OnceCell::new() });
        let watch = spawn(close_when_stalled(Rc::downgrade(&connection), patience)).abort_handle();
        connection.watch.get_or_init(|| watch);
        connection
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        if let Some(watch) = self.watch.get() {
            watch.abort();
        }
    }
}

/// Wakes up at every deadline: none can be earlier than the next check.
async fn close_when_stalled(connection: Weak<Connection>, patience: Duration) {
    loop {
        let next_check = {
            let Some(connection) = connection.upgrade() else { return };
            let now = Instant::now();
            match connection.due.get() {
                Some(due) if due <= now => {
                    // If it fails the other side has gone already.
                    let _ = shutdown(&connection.socket, Shutdown::Both);
                    return;
                }
                due => due.unwrap_or(now + patience),
            }
        };
        sleep_until(next_check).await;
    }
}

fn socket_of(stream: &dyn Any) -> Option<&TcpStream> {
    stream
        .downcast_ref()
        .or_else(|| stream.downcast_ref::<TlsStream<TcpStream>>().map(|tls| tls.get_ref().0))
}
