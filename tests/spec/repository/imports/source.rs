//! What one source file defines, imports and names.

use std::collections::BTreeSet;

use super::tokens::{is_word, tokens};

/// A path, such as `["crate", "journal", "Journal"]`.
pub type Path = Vec<String>;

/// One name that a `use` or an `extern crate` brings.
#[derive(Debug)]
pub struct Import {
    pub path: Path,
    /// What the file calls it.
    pub name: String,
    /// `pub` in any form.
    pub is_public: bool,
}

/// A file, as far as imports go.
#[derive(Debug, Default)]
pub struct Source {
    pub imports: Vec<Import>,
    /// What a `pub type` stands for, without its generics.
    pub aliases: Vec<Path>,
    /// The paths in its code.
    pub paths: Vec<Path>,
    /// All words of its code.
    pub words: BTreeSet<String>,
    /// The functions that it defines, and its macros.
    pub functions: BTreeSet<String>,
    /// What else it defines.
    pub types: BTreeSet<String>,
}

impl Source {
    pub fn parse(text: &str) -> Self {
        let mut cursor = Cursor { tokens: &tokens(text), at: 0 };
        // Where the modules inside of the file begin, by the braces around them.
        let mut found = Self::default();
        let mut depth = 0;
        let mut inside = Vec::new();
        while let Some(token) = cursor.next() {
            let is_public = matches!(cursor.before(), "pub" | ")");
            match token {
                "use" if cursor.peek() == "<" => {}
                "extern" if cursor.peek() != "crate" => {}
                "use" | "extern" => {
                    cursor.at += usize::from(token == "extern");
                    let tree = cursor.tree(Vec::new()).into_iter();
                    found.imports.extend(tree.map(|(path, name)| Import {
                        path: of_file(path, inside.len()),
                        name,
                        is_public,
                    }));
                }
                "mod" => {
                    cursor.at += 1;
                    if cursor.peek() == "{" {
                        inside.push(depth);
                    }
                }
                "{" => depth += 1,
                "}" => {
                    depth -= 1;
                    inside.retain(|level| *level < depth);
                }
                _ if is_word(token) => {
                    if token == "type" && is_public {
                        found.aliases.extend(cursor.alias());
                    }
                    found.define(token, cursor.upcoming_word());
                    let path = cursor.path(token);
                    found.words.extend(path.iter().cloned());
                    if path.len() > 1 {
                        found.paths.push(of_file(path, inside.len()));
                    }
                }
                _ => {}
            }
        }
        found
    }

    fn define(&mut self, keyword: &str, name: Option<String>) {
        match keyword {
            "fn" | "macro_rules" => self.functions.extend(name),
            "struct" | "enum" | "union" | "trait" | "type" | "const" | "static" => {
                self.types.extend(name);
            }
            _ => {}
        }
    }
}

/// A path as the file would write it that stands in `level` modules inside of the file.
fn of_file(path: Path, level: usize) -> Path {
    let up = path.iter().take_while(|name| *name == "super").count().min(level);
    let own = (up > 0 && up == level && path.len() == up).then(|| "self".to_owned());
    own.into_iter().chain(path.into_iter().skip(up)).collect()
}

struct Cursor<'a> {
    tokens: &'a [&'a str],
    at: usize,
}

impl<'a> Cursor<'a> {
    fn next(&mut self) -> Option<&'a str> {
        self.at += 1;
        self.tokens.get(self.at - 1).copied()
    }

    fn peek(&self) -> &'a str {
        self.tokens.get(self.at).copied().unwrap_or_default()
    }

    /// The token before the one that was read last.
    fn before(&self) -> &'a str {
        self.at.checked_sub(2).map_or("", |at| self.tokens[at])
    }

    fn upcoming_word(&self) -> Option<String> {
        let next = self.tokens.get(self.at..)?.iter().find(|next| is_word(next))?;
        Some((*next).to_owned())
    }

    /// The path that begins with a word.
    fn path(&mut self, first: &str) -> Path {
        let mut path = vec![first.to_owned()];
        while self.peek() == "::" && self.tokens.get(self.at + 1).is_some_and(|next| is_word(next))
        {
            path.push(self.tokens[self.at + 1].to_owned());
            self.at += 2;
        }
        path
    }

    /// What stands behind the `=` of an alias, without moving on.
    fn alias(&self) -> Option<Path> {
        let rest = &self.tokens[self.at..];
        let end = rest.iter().position(|token| *token == ";")?;
        let begin = rest[..end].iter().position(|token| *token == "=")? + 1;
        let begin = begin + usize::from(rest[begin] == "::");
        let mut cursor = Cursor { tokens: rest, at: begin + 1 };
        Some(cursor.path(rest[begin]))
    }

    /// The paths of a tree such as `a::{b, c::{self, D as E}}`, each with its name here.
    fn tree(&mut self, mut path: Path) -> Vec<(Path, String)> {
        let mut name = None;
        while !matches!(self.peek(), ";" | "," | "}" | "") {
            match self.next().unwrap_or_default() {
                "{" => {
                    let mut all = Vec::new();
                    while !matches!(self.peek(), "}" | "") {
                        all.extend(self.tree(path.clone()));
                        self.at += usize::from(self.peek() == ",");
                    }
                    self.at += 1;
                    return all;
                }
                "as" => name = self.next().map(str::to_owned),
                "*" => name = Some("*".to_owned()),
                "self" if !path.is_empty() => {}
                word if is_word(word) => path.push(word.to_owned()),
                _ => {}
            }
        }
        let name = name.or_else(|| path.last().cloned()).unwrap_or_default();
        vec![(path, name)]
    }
}
