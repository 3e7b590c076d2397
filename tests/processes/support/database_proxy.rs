//! Between boathook and a PostgreSQL server: cuts connections, and what goes through them. Holds no
//! test.

use std::{
    io::{self, Read as _, Write as _},
    net::Shutdown,
    os::unix::net::{UnixListener, UnixStream},
    path::PathBuf,
    sync::{
        Arc, Condvar, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
};

use boathook::journal::PostgresOptions;
use boathook_testing::postgres_server::{self, PostgresServer};
use tempfile::TempDir;

/// A socket like the shared server's.
pub struct DatabaseProxy {
    options: PostgresOptions,
    state: Arc<ProxyState>,
    _folder: TempDir,
}

#[derive(Default)]
struct ProxyState {
    server: PathBuf,
    connections: Mutex<Vec<UnixStream>>,
    opened: AtomicUsize,
    is_cut: AtomicBool,
    /// What happens to the next `COMMIT`.
    swallows_commit: AtomicBool,
    swallows_answer: AtomicBool,
    /// What a message holds whose answer does not come back.
    swallows_answer_to: Mutex<Option<Vec<u8>>>,
    has_swallowed: AtomicBool,
    stays_away: AtomicBool,
    /// How many of the first connections wait with what their clients say.
    held: Mutex<usize>,
    released: Condvar,
}

impl DatabaseProxy {
    pub fn before(schema: &PostgresOptions) -> Self {
        let folder = TempDir::new().unwrap();
        let listener = UnixListener::bind(folder.path().join(".s.PGSQL.5432")).unwrap();
        let server = postgres_server::shared_socket();
        let state = Arc::new(ProxyState { server, ..ProxyState::default() });
        let shared = Arc::clone(&state);
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                // A connection that breaks is what this is for.
                let _ = shared.serve(client);
            }
        });
        let url = PostgresServer::url(folder.path());
        let options = PostgresOptions::new(url, None, schema.schema().clone()).unwrap();
        Self { options, state, _folder: folder }
    }

    pub const fn options(&self) -> &PostgresOptions {
        &self.options
    }

    /// Ends all connections, and takes no new ones.
    pub fn cut(&self) {
        self.state.is_cut.store(true, Ordering::SeqCst);
        self.state.end_all();
    }

    pub fn mend(&self) {
        self.state.is_cut.store(false, Ordering::SeqCst);
    }

    /// Ends all connections in place of handing the next `COMMIT` on.
    pub fn swallow_commit(&self) {
        self.state.swallows_commit.store(true, Ordering::SeqCst);
    }

    /// The same, and takes no new connections afterwards.
    pub fn swallow_answer_to_commit_and_stay_away(&self) {
        self.state.stays_away.store(true, Ordering::SeqCst);
        self.swallow_answer_to_commit();
    }

    /// Ends all connections in place of handing on what the server says to the next `COMMIT`.
    pub fn swallow_answer_to_commit(&self) {
        self.state.swallows_answer.store(true, Ordering::SeqCst);
    }

    /// The same for the next message that holds this text.
    pub fn swallow_answer_to(&self, text: &str) {
        *self.state.swallows_answer_to.lock().unwrap() = Some(text.as_bytes().to_vec());
    }

    /// Keeps what clients say on the connections that there are, as a network can, and hands it on
    /// later.
    pub fn hold(&self) {
        let opened = self.state.opened.load(Ordering::SeqCst);
        *self.state.held.lock().unwrap() = opened;
    }

    pub fn release(&self) {
        *self.state.held.lock().unwrap() = 0;
        self.state.released.notify_all();
    }

    pub fn has_swallowed(&self) -> bool {
        self.state.has_swallowed.load(Ordering::SeqCst)
    }
}

impl ProxyState {
    fn end_all(&self) {
        for connection in self.connections.lock().unwrap().drain(..) {
            let _ = connection.shutdown(Shutdown::Both);
        }
    }

    fn serve(self: &Arc<Self>, client: UnixStream) -> io::Result<()> {
        if self.is_cut.load(Ordering::SeqCst) {
            return Ok(());
        }
        let server = UnixStream::connect(&self.server)?;
        let both = [client.try_clone()?, server.try_clone()?];
        self.connections.lock().unwrap().extend(both);
        let awaits_answer = Arc::new(AtomicBool::new(false));
        let number = self.opened.fetch_add(1, Ordering::SeqCst);
        for (from, to, is_clients) in
            [(client.try_clone()?, server.try_clone()?, true), (server, client, false)]
        {
            let state = Arc::clone(self);
            let awaits_answer = Arc::clone(&awaits_answer);
            thread::spawn(move || {
                let _ = state.copy(from, &to, is_clients.then_some(number), &awaits_answer);
                let _ = to.shutdown(Shutdown::Both);
            });
        }
        Ok(())
    }

    /// Hands on what a client says on the connection of that number or, without one, what the server says.
    fn copy(
        &self,
        mut from: UnixStream,
        mut to: &UnixStream,
        number: Option<usize>,
        awaits_answer: &AtomicBool,
    ) -> io::Result<()> {
        let is_clients = number.is_some();
        let mut buffer = [0; 65_536];
        loop {
            let count = from.read(&mut buffer)?;
            let bytes = &buffer[..count];
            let is_commit = is_clients && bytes.windows(6).any(|word| word == b"COMMIT");
            if is_commit && self.swallows_answer.swap(false, Ordering::SeqCst) {
                awaits_answer.store(true, Ordering::SeqCst);
            }
            if is_clients && self.is_awaited(bytes) {
                awaits_answer.store(true, Ordering::SeqCst);
            }
            let swallows = (is_commit && self.swallows_commit.swap(false, Ordering::SeqCst))
                || (!is_clients && awaits_answer.load(Ordering::SeqCst));
            if swallows {
                self.is_cut.store(self.stays_away.load(Ordering::SeqCst), Ordering::SeqCst);
                self.has_swallowed.store(true, Ordering::SeqCst);
                self.end_all();
            }
            if swallows || count == 0 {
                return Ok(());
            }
            if let Some(number) = number {
                let held = self.held.lock().unwrap();
                drop(self.released.wait_while(held, |held| number < *held).unwrap());
            }
            to.write_all(bytes)?;
        }
    }

    /// Whether that is the message whose answer does not come back.
    fn is_awaited(&self, bytes: &[u8]) -> bool {
        let mut awaited = self.swallows_answer_to.lock().unwrap();
        let is_it =
            awaited.as_ref().is_some_and(|text| bytes.windows(text.len()).any(|word| word == text));
        if is_it {
            *awaited = None;
        }
        is_it
    }
}
