//! Who is at the other end of the operator's socket, according to the kernel.

use std::any::Any;

use actix_web::{HttpRequest, dev::Extensions, rt::net::UnixStream};
use rustix::net::sockopt::socket_peercred;

use crate::{accounts::Accounts, server::ApiError};

/// The process at the other end of a connection.
struct Peer {
    uid: u32,
    gid: u32,
}

/// Stores the user of a connection, which the kernel knows for the operator's socket.
pub fn note_peer(connection: &dyn Any, data: &mut Extensions) {
    if let Some(Ok(user)) = connection.downcast_ref::<UnixStream>().map(socket_peercred) {
        data.insert(Peer { uid: user.uid.as_raw(), gid: user.gid.as_raw() });
    }
}

/// The name of the calling user, or the uid if it has no name; an unknown caller may only read.
pub fn user(request: &HttpRequest) -> Result<String, ApiError> {
    let Peer { uid, gid: _ } = request.conn_data().ok_or(ApiError::UnknownCaller)?;
    Ok(Accounts::read().name(*uid))
}

/// The names of the calling user's groups.
pub fn groups(request: &HttpRequest) -> Result<Vec<String>, ApiError> {
    let Peer { uid, gid } = request.conn_data().ok_or(ApiError::UnknownCaller)?;
    Ok(Accounts::read().groups_of(*uid, *gid))
}
