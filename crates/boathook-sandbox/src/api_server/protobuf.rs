//! The subset of protobuf that newer versions of kubectl send: the envelope around an object, and
//! fields that hold text, a number or another message. It reads only.

/// What every object in this encoding begins with.
const MAGIC: &[u8] = b"k8s\0";
/// The field of the envelope that holds the object.
const RAW: u64 = 2;

/// A message whose fields can be looked up.
#[derive(Clone, Copy, Debug)]
pub struct Message<'a>(&'a [u8]);

/// The object inside the envelope, or nothing if these bytes are no such thing.
#[must_use]
pub fn enveloped(bytes: &[u8]) -> Option<Message<'_>> {
    Message(bytes.strip_prefix(MAGIC)?).message(RAW)
}

impl<'a> Message<'a> {
    /// The first message in field `number`.
    #[must_use]
    pub fn message(self, number: u64) -> Option<Self> {
        self.bytes(number).map(Self)
    }

    /// The first text in field `number`; empty if there is none, as the encoding has it.
    #[must_use]
    pub fn text(self, number: u64) -> &'a str {
        self.bytes(number).and_then(|bytes| std::str::from_utf8(bytes).ok()).unwrap_or_default()
    }

    /// The first number in field `number`.
    #[must_use]
    pub fn number(self, number: u64) -> Option<u64> {
        match self.field(number)? {
            Field::Number(value) => Some(value),
            Field::Bytes(_) | Field::Other => None,
        }
    }

    fn bytes(self, number: u64) -> Option<&'a [u8]> {
        match self.field(number)? {
            Field::Bytes(bytes) => Some(bytes),
            Field::Number(_) | Field::Other => None,
        }
    }

    fn field(self, number: u64) -> Option<Field<'a>> {
        let mut rest = self.0;
        while !rest.is_empty() {
            let (key, after) = varint(rest)?;
            let (value, after) = value(key & 7, after)?;
            if key >> 3 == number {
                return Some(value);
            }
            rest = after;
        }
        None
    }
}

/// The value of a field.
enum Field<'a> {
    Number(u64),
    Bytes(&'a [u8]),
    Other,
}

/// The value of a field and what follows it.
fn value(wire_type: u64, bytes: &[u8]) -> Option<(Field<'_>, &[u8])> {
    match wire_type {
        0 => varint(bytes).map(|(value, rest)| (Field::Number(value), rest)),
        1 => bytes.get(8..).map(|rest| (Field::Other, rest)),
        2 => {
            let (length, rest) = varint(bytes)?;
            let (value, rest) = rest.split_at_checked(usize::try_from(length).ok()?)?;
            Some((Field::Bytes(value), rest))
        }
        5 => bytes.get(4..).map(|rest| (Field::Other, rest)),
        _ => None,
    }
}

fn varint(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let mut number = 0;
    for (position, byte) in bytes.iter().enumerate().take(9) {
        number |= u64::from(byte & 0x7f) << (7 * position);
        if byte & 0x80 == 0 {
            return Some((number, &bytes[position + 1..]));
        }
    }
    None
}
