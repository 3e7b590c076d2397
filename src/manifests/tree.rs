//! One YAML document as a tree of nodes, from libyaml's events.

use std::collections::HashMap;

use libyaml_safer::{Error, Event, EventData, Mark, Parser};

use crate::manifests::{Fault, budget::DEPTH_MAX, error::TextPosition};

/// One node, and where it begins.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) place: TextPosition,
    pub(super) kind: Kind,
}

#[derive(Debug)]
pub(super) enum Kind {
    Scalar(Scalar),
    /// The items.
    Sequence(Vec<Index>),
    /// Keys and values in turn, as they are written.
    Mapping(Vec<(Index, Index)>),
    /// The node that it refers to.
    Alias(Index),
}

/// A text, and what decides its meaning.
#[derive(Debug)]
pub(super) struct Scalar {
    pub(super) text: String,
    pub(super) tag: Option<String>,
    /// Whether it is plain, without quotes, so that its text decides.
    pub(super) plain: bool,
}

/// A place among the tree's nodes.
pub(super) type Index = usize;

/// A document's nodes; the last one is the root.
#[derive(Debug, Default)]
pub(super) struct Tree {
    nodes: Vec<Node>,
}

impl Tree {
    /// Reads the first document of a text, as kubectl does; none if the text is empty.
    pub(super) fn read(text: &str) -> Result<Option<(Self, Index)>, Fault> {
        let mut bytes = text.as_bytes();
        let mut parser = Parser::new();
        parser.set_input_string(&mut bytes);
        let mut reader =
            Reader { parser, tree: Self::default(), anchors: HashMap::new(), depth: 0 };
        reader.next()?;
        if matches!(reader.next()?.data, EventData::StreamEnd) {
            return Ok(None);
        }
        let event = reader.next()?;
        let root = reader.node(event)?;
        let end = place(reader.next()?.end_mark);
        // kubectl would silently omit it.
        match reader.next() {
            Ok(Event { data: EventData::StreamEnd, .. }) => Ok(Some((reader.tree, root))),
            _ => Err(Fault::at(
                end,
                "the document ends here, and kubectl reads nothing after it; begin the next one with a line `---`",
            )),
        }
    }

    /// All nodes, in the order in which they begin.
    pub(super) fn nodes(&self) -> impl Iterator<Item = &Node> {
        self.nodes.iter()
    }

    pub(super) fn node(&self, index: Index) -> &Node {
        &self.nodes[index]
    }

    /// The node that an alias refers to, or the node itself.
    pub(super) fn meant(&self, index: Index) -> Index {
        match self.nodes[index].kind {
            Kind::Alias(target) => target,
            Kind::Scalar(_) | Kind::Sequence(_) | Kind::Mapping(_) => index,
        }
    }
}

struct Reader<'r, 'b> {
    parser: Parser<&'r mut &'b [u8]>,
    tree: Tree,
    anchors: HashMap<String, Index>,
    depth: usize,
}

impl Reader<'_, '_> {
    fn next(&mut self) -> Result<Event, Fault> {
        self.parser.parse().map_err(|error| of_parser(&error))
    }

    fn node(&mut self, event: Event) -> Result<Index, Fault> {
        let place = place(event.start_mark);
        match event.data {
            EventData::Alias { anchor } => match self.anchors.get(&anchor) {
                Some(target) => Ok(self.add(place, None, Kind::Alias(*target))),
                None => {
                    Err(Fault::at(place, format!("there is no anchor `&{anchor}` before this")))
                }
            },
            EventData::Scalar { anchor, tag, value, plain_implicit, .. } => Ok(self.add(
                place,
                anchor,
                Kind::Scalar(Scalar { text: value, tag, plain: plain_implicit }),
            )),
            EventData::SequenceStart { anchor, .. } => {
                let index = self.add(place, anchor, Kind::Sequence(Vec::new()));
                self.within(place, |reader| reader.items(index))
            }
            EventData::MappingStart { anchor, .. } => {
                let index = self.add(place, anchor, Kind::Mapping(Vec::new()));
                self.within(place, |reader| reader.entries(index))
            }
            EventData::StreamStart { .. }
            | EventData::StreamEnd
            | EventData::DocumentStart { .. }
            | EventData::DocumentEnd { .. }
            | EventData::SequenceEnd
            | EventData::MappingEnd => Err(Fault::at(place, "a value is missing")),
        }
    }

    fn add(&mut self, place: TextPosition, anchor: Option<String>, kind: Kind) -> Index {
        let index = self.tree.nodes.len();
        self.tree.nodes.push(Node { place, kind });
        self.anchors.extend(anchor.map(|anchor| (anchor, index)));
        index
    }

    fn within(
        &mut self,
        place: TextPosition,
        read: impl FnOnce(&mut Self) -> Result<Index, Fault>,
    ) -> Result<Index, Fault> {
        if self.depth == DEPTH_MAX {
            return Err(Fault::at(place, too_deep()));
        }
        self.depth += 1;
        let read = read(self);
        self.depth -= 1;
        read
    }

    fn items(&mut self, index: Index) -> Result<Index, Fault> {
        let mut items = Vec::new();
        loop {
            let event = self.next()?;
            if matches!(event.data, EventData::SequenceEnd) {
                break;
            }
            items.push(self.node(event)?);
        }
        self.tree.nodes[index].kind = Kind::Sequence(items);
        Ok(index)
    }

    fn entries(&mut self, index: Index) -> Result<Index, Fault> {
        let mut entries = Vec::new();
        loop {
            let event = self.next()?;
            if matches!(event.data, EventData::MappingEnd) {
                break;
            }
            let key = self.node(event)?;
            let event = self.next()?;
            entries.push((key, self.node(event)?));
        }
        self.tree.nodes[index].kind = Kind::Mapping(entries);
        Ok(index)
    }
}

/// The error for values that are nested too deeply.
pub(super) fn too_deep() -> String {
    format!("values lie more than {DEPTH_MAX} deep in each other")
}

fn place(mark: Mark) -> TextPosition {
    let one_more = |number: u64| usize::try_from(number).unwrap_or(usize::MAX).saturating_add(1);
    TextPosition { line: one_more(mark.line), column: one_more(mark.column) }
}

fn of_parser(error: &Error) -> Fault {
    let reason = match error.context() {
        Some(context) => format!("{} {context}", error.problem()),
        None => error.problem().to_owned(),
    };
    match error.problem_mark() {
        Some(mark) => Fault::at(place(mark), reason),
        None => Fault::of(reason),
    }
}
