//! Which containers of the manifests get the deployed image: those of the same repository, unless
//! the configuration names fewer.

use boathook_core::{
    deployment::ImageRef,
    objects::Document,
    rollout::{Note, Topic},
};
use serde_json::Value;

/// Fields of a pod spec that hold containers, at any depth of an object.
const LISTS: [&str; 3] = ["containers", "initContainers", "ephemeralContainers"];

/// Which containers get the image, besides the one that serves.
#[derive(Clone, Copy, Debug)]
pub(super) struct Choice<'a> {
    /// The image.
    pub image: &'a ImageRef,
    /// The containers that the configuration names; if none, all of the same repository.
    pub named: Option<&'a [String]>,
}

/// A container with an image, anywhere in an object.
struct Container<'a> {
    /// The image's place, as a JSON pointer.
    pointer: String,
    name: Option<&'a str>,
    image: &'a str,
}

impl<'a> Choice<'a> {
    /// The configured names that no container of these objects has.
    pub(super) fn missing(&self, documents: &[Document]) -> impl Iterator<Item = &'a String> {
        let mut containers = Vec::new();
        documents.iter().for_each(|document| find(&document.0, String::new(), &mut containers));
        let names: Vec<&str> = containers.iter().filter_map(|container| container.name).collect();
        let named = self.named.unwrap_or_default().iter();
        named.filter(|name| !names.contains(&name.as_str())).collect::<Vec<_>>().into_iter()
    }

    /// The places in `document` that get the image, and notes on containers that unexpectedly do
    /// not. The place `except` always gets it.
    pub(super) fn places(
        &self,
        document: &Document,
        except: Option<&str>,
        notes: &mut Vec<Note>,
    ) -> Vec<String> {
        let mut containers = Vec::new();
        find(&document.0, String::new(), &mut containers);
        let mut places = Vec::new();
        for container in
            containers.into_iter().filter(|container| except != Some(container.pointer.as_str()))
        {
            match self.keeps(&container) {
                None => places.push(container.pointer),
                Some(None) => {}
                Some(Some(why)) => {
                    let name = container.name.unwrap_or("without a name");
                    notes.push(Topic::KeptImage.note(format!(
                        "container {name} of {}/{} keeps {}: {why}",
                        document.kind(),
                        document.name(),
                        container.image
                    )));
                }
            }
        }
        places
    }

    /// Whether the container keeps its image, and why if that needs a note.
    fn keeps(&self, container: &Container<'_>) -> Option<Option<String>> {
        let is_same =
            repository(container.image).is_some_and(|image| image.is_same_repository(self.image));
        let is_named = self
            .named
            .map(|named| container.name.is_some_and(|name| named.iter().any(|one| one == name)));
        match (is_same, is_named) {
            (true, None | Some(true)) => None,
            (true, Some(false)) => {
                Some(Some("`containers` in the config does not name it".to_owned()))
            }
            (false, Some(true)) => {
                Some(Some(format!("that is another repository than {}", self.image.repository())))
            }
            (false, None | Some(false)) => Some(None),
        }
    }
}

/// The image in a manifest; only its repository matters, so a placeholder in the tag is ignored.
fn repository(text: &str) -> Option<ImageRef> {
    let placeholder = text.find("${").into_iter().chain(text.find("{{")).min();
    let text = placeholder.map_or(text, |at| text[..at].trim_end_matches(['@', ':']));
    ImageRef::parse(text).ok()
}

fn find<'a>(value: &'a Value, pointer: String, found: &mut Vec<Container<'a>>) {
    match value {
        Value::Object(fields) => {
            for (field, inner) in fields {
                let pointer = format!("{pointer}/{}", field.replace('~', "~0").replace('/', "~1"));
                match inner {
                    Value::Array(items) if LISTS.contains(&field.as_str()) => {
                        found.extend(containers(items, &pointer))
                    }
                    _ => find(inner, pointer, found),
                }
            }
        }
        Value::Array(items) => items
            .iter()
            .enumerate()
            .for_each(|(index, item)| find(item, format!("{pointer}/{index}"), found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn containers<'a>(items: &'a [Value], pointer: &str) -> impl Iterator<Item = Container<'a>> {
    items.iter().enumerate().filter_map(move |(index, item)| {
        let image = item.get("image")?.as_str()?;
        Some(Container {
            pointer: format!("{pointer}/{index}/image"),
            name: item.get("name").and_then(Value::as_str),
            image,
        })
    })
}
