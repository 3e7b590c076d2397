//! Who is at the other end of the operator's socket, according to the kernel.

use std::{any::Any, fs};

use actix_web::{HttpRequest, dev::Extensions, rt::net::UnixStream};
use rustix::net::sockopt::socket_peercred;

use crate::server::ApiError;

/// The file with the names of this machine's users.
const USERS: &str = "/etc/passwd";

/// The user at the other end of a connection.
struct Peer {
    uid: u32,
}

/// Stores the user of a connection, which the kernel knows for the operator's socket.
pub fn note_peer(connection: &dyn Any, data: &mut Extensions) {
    if let Some(Ok(user)) = connection.downcast_ref::<UnixStream>().map(socket_peercred) {
        data.insert(Peer { uid: user.uid.as_raw() });
    }
}

/// The name of the calling user, or the uid if it has no name; an unknown caller may only read.
pub fn user(request: &HttpRequest) -> Result<String, ApiError> {
    let Peer { uid } = request.conn_data().ok_or(ApiError::UnknownCaller)?;
    let users = fs::read_to_string(USERS).unwrap_or_default();
    Ok(name_of(*uid, &users).map_or_else(|| format!("uid {uid}"), str::to_owned))
}

fn name_of(uid: u32, users: &str) -> Option<&str> {
    users.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1)?.parse() == Ok(uid)).then_some(name)
    })
}
