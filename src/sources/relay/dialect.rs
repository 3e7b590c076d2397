//! How gosmee and smee.io write a webhook into an event.
//!
//! Both write one JSON object with the headers as members. gosmee adds the body's bytes in base64.
//! smee.io parses the body and writes it anew inside the object: its bytes are taken from there as
//! they are, because nothing else could fit a signature.

use std::collections::BTreeMap;

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::value::RawValue;

use crate::{
    config::RelayKind,
    sources::relay::{Relayed, stream_id::StreamId},
};

/// gosmee's member with the body in base64.
const BASE64_BODY: &str = "bodyB";
/// smee.io's member with the body as JSON.
const JSON_BODY: &str = "body";

/// gosmee's event after a resumption that came too late.
const HISTORY_MISSED: &str = "gosmee-gap";

/// The content of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message {
    /// The relay speaks of itself: that it is connected, or still there.
    OfTheRelay,
    /// gosmee has forgotten some of the events that came while nobody was connected.
    HistoryMissed,
    /// A webhook.
    Webhook(Relayed),
}

/// Why an event cannot be read. It holds nothing of the event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    #[error("it is not a JSON object")]
    NotAnObject,
    #[error("its `bodyB` is not base64")]
    NotBase64,
    #[error("it has no `bodyB`; is the relay of `kind: smee`?")]
    NotFromGosmee,
    #[error("it has no `body`; is the relay of `kind: gosmee`?")]
    NotFromSmee,
}

/// Reads the event with this name and data.
pub fn read(kind: RelayKind, event: &str, data: &str) -> Result<Message, Unreadable> {
    // Events about the relay itself have a name.
    match event {
        "message" => {}
        HISTORY_MISSED => return Ok(Message::HistoryMissed),
        _ => return Ok(Message::OfTheRelay),
    }
    let mut members: BTreeMap<String, &RawValue> =
        serde_json::from_str(data).map_err(|_| Unreadable::NotAnObject)?;
    let body = match kind {
        RelayKind::Gosmee => match members.remove(BASE64_BODY) {
            Some(encoded) => from_base64(encoded)?,
            None if is_greeting(&members) => return Ok(Message::OfTheRelay),
            None => return Err(Unreadable::NotFromGosmee),
        },
        RelayKind::Smee => {
            let body = members.remove(JSON_BODY).ok_or(Unreadable::NotFromSmee)?;
            body.get().as_bytes().to_vec()
        }
    };
    let text = |value: &RawValue| serde_json::from_str(value.get()).ok();
    let headers = members.into_iter().filter_map(|(name, value)| Some((name, text(value)?)));
    Ok(Message::Webhook(Relayed { headers: headers.collect(), body }))
}

/// Whether an event's id means something to the next connection too. gosmee's are places in a stream
/// that it keeps in Redis; smee.io counts the events of each connection.
pub(super) fn resumes(kind: RelayKind, id: &str) -> bool {
    match kind {
        RelayKind::Gosmee => StreamId::parse(id).is_some(),
        RelayKind::Smee => false,
    }
}

fn from_base64(encoded: &RawValue) -> Result<Vec<u8>, Unreadable> {
    let text: String = serde_json::from_str(encoded.get()).map_err(|_| Unreadable::NotBase64)?;
    STANDARD.decode(text).map_err(|_| Unreadable::NotBase64)
}

/// Whether it is what gosmee says at the beginning: `{"message":"connected"}`, and `ready`.
fn is_greeting(members: &BTreeMap<String, &RawValue>) -> bool {
    members.len() == 1 && members.contains_key("message")
}
