//! Who is at the other end of the operator's socket, according to the kernel.

use std::{any::Any, io};

use actix_web::{HttpRequest, dev::Extensions, rt::net::UnixStream};
use rustix::net::sockopt::socket_peercred;

use crate::{
    accounts::{Accounts, nameless},
    server::ApiError,
};

/// The process at the other end of a connection.
#[derive(Clone, Copy)]
struct Peer {
    uid: u32,
    gid: u32,
}

/// A user of this machine, and its accounts, read once for the request.
pub struct LocalUser {
    pub uid: u32,
    pub gid: u32,
    pub accounts: io::Result<Accounts>,
}

impl LocalUser {
    /// The user's name, or the uid if it has no name.
    pub fn name(&self) -> String {
        let accounts = self.accounts.as_ref();
        accounts.map_or_else(|_| nameless(self.uid), |accounts| accounts.name(self.uid))
    }
}

/// Stores the user of a connection, which the kernel knows for the operator's socket.
pub fn note_peer(connection: &dyn Any, data: &mut Extensions) {
    if let Some(Ok(user)) = connection.downcast_ref::<UnixStream>().map(socket_peercred) {
        data.insert(Peer { uid: user.uid.as_raw(), gid: user.gid.as_raw() });
    }
}

/// The calling user; an unknown caller may only read.
pub fn caller(request: &HttpRequest) -> Result<LocalUser, ApiError> {
    let Peer { uid, gid } = *request.conn_data().ok_or(ApiError::UnknownCaller)?;
    Ok(LocalUser { uid, gid, accounts: Accounts::read() })
}

/// The name of the calling user.
pub fn user(request: &HttpRequest) -> Result<String, ApiError> {
    Ok(caller(request)?.name())
}

/// The names of the calling user's groups; none if they cannot be read.
pub fn groups(request: &HttpRequest) -> Result<Vec<String>, ApiError> {
    let LocalUser { uid, gid, accounts } = caller(request)?;
    Ok(accounts.map_or_else(|_| Vec::new(), |accounts| accounts.groups_of(uid, gid)))
}
