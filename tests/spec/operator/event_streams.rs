//! `boathook send` reads a deployment's events as every server may write them, and as the network
//! cuts them.

use boathook::cli::{EventReader, PublicEvent};

const ACCEPTED: &str = r#"{"type":"accepted","at":"2026-01-01T00:00:00Z"}"#;
const FAILED: &str =
    r#"{"type":"step_failed","at":"2026-01-01T00:00:00Z","reason":"Größe: 4 € 🦀"}"#;

fn expected() -> Vec<(u64, PublicEvent)> {
    [(1, ACCEPTED), (2, FAILED)]
        .map(|(sequence, data)| (sequence, serde_json::from_str(data).unwrap()))
        .to_vec()
}

/// What a server may write, whatever it ends its lines with.
fn stream(end: &str) -> String {
    let lines = [
        "retry: 2000",
        "",
        "id: 1",
        "event: accepted",
        &format!("data: {ACCEPTED}"),
        "",
        ": still here",
        "",
        "id:2",
        ": a comment inside of an event",
        "data:{",
        &format!("data: {}", &FAILED[1..]),
        "",
        "",
    ];
    lines.join(end)
}

#[test]
fn a_stream_reads_the_same_with_every_end_of_line_and_cut_at_every_byte() {
    for end in ["\n", "\r\n", "\r"] {
        let stream = stream(end);
        for cut in 0..=stream.len() {
            let (begin, rest) = stream.as_bytes().split_at(cut);
            let mut reader = EventReader::new(PublicEvent::from_public);
            let read = [reader.push(begin), reader.push(rest)].concat();
            assert_eq!(read, expected(), "lines end with {end:?}, cut at {cut}");
        }
        let mut reader = EventReader::new(PublicEvent::from_public);
        let bytes = stream.as_bytes().chunks(1);
        let read = bytes.flat_map(|byte| reader.push(byte)).collect::<Vec<_>>();
        assert_eq!(read, expected(), "lines end with {end:?}, byte by byte");
    }
}

#[test]
fn an_event_that_is_too_long_is_left_out_whole_and_the_next_one_is_read() {
    let mut reader = EventReader::new(PublicEvent::from_public);
    let long = format!("id: 1\ndata: {}", "x".repeat(1 << 16));
    let too_long = long.as_bytes().chunks(1 << 12).cycle().take(17 * 33);
    assert_eq!(too_long.flat_map(|chunk| reader.push(chunk)).count(), 0);
    let next = format!("\n\nid: 1\ndata: {ACCEPTED}\n\n");
    assert_eq!(reader.push(next.as_bytes()), expected()[..1]);
}
