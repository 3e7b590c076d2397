//! What these tests must find, and does not exist in the project: each is planted in a small tree.

use super::{
    circles::{circles, siblings},
    tree::{Module, Tree},
};

/// Trees with a circle between two files, `a::x` and `b` unless said otherwise.
const CIRCLES: [(&str, &[(&str, &str)]); 12] = [
    (
        "through a re-export, a list and a path in code",
        &[
            ("p::a", "mod x; pub use x::{Inner, Other as Alias};"),
            ("p::a::x", "use crate::{b::{self, B}, std::Foreign};"),
            ("p::b", "fn f() { crate::a::Alias::new(); }"),
        ],
    ),
    ("through super", &[("p::a::x", "use super::super::b::Y;"), ("p::b", "use crate::a::x::X;")]),
    (
        "through an imported module",
        &[
            ("p::a::x", "use crate::b; fn f() { b::run() }"),
            ("p::b", "mod y; pub use y::run;"),
            ("p::b::y", "use crate::a::x::X;"),
        ],
    ),
    (
        "through the private import of a folder's own file",
        &[
            ("p::a", "mod x; mod y; use {x::X, y::Y};"),
            ("p::a::x", "use crate::a::Y;"),
            ("p::a::y", "use super::X;"),
        ],
    ),
    (
        "from a folder's own file",
        &[
            ("p::a", "pub mod x; use crate::b::B; pub fn f() {}"),
            ("p::a::x", ""),
            ("p::b", "use crate::a::f;"),
        ],
    ),
    (
        "between a folder's own file and a file in it",
        &[("p::a", "mod x; use x::X; pub struct P(X);"), ("p::a::x", "use crate::a::P;")],
    ),
    (
        "through a new name of the package",
        &[
            ("p::a::x", "use crate::{self as root}; fn f() { root::b::f() }"),
            ("p::b", "use crate::a::x::X;"),
        ],
    ),
    (
        "through a new name of another package",
        &[("p", "use q as other; fn f() { other::b::f() }"), ("q::b", "use ::p::X;")],
    ),
    (
        "in an attribute",
        &[("p::a", r#"#[serde(with = "crate::b::text")]"#), ("p::b", "use super::a::A;")],
    ),
    (
        "after characters, lifetimes and texts",
        &[
            ("p::a", r##"fn f<'a>() { ('"', '\'', r#"""#, "\"//"); crate::b::g() }"##),
            ("p::b", "use crate::a::f; // and back"),
        ],
    ),
    (
        "in a module inside of a file",
        &[("p::a", "mod tests { use super::super::b::B; }"), ("p::b", "use crate::a::A;")],
    ),
    (
        "through a function that has the name of its module",
        &[
            ("p::a", "mod x; pub use x::x;"),
            ("p::a::x", "use crate::{b, y::x}; fn x() { b::f() }"),
            ("p::b", "use crate::a::x;"),
            ("p::y", ""),
        ],
    ),
];

/// What `p::a` must not hand on.
const TUNNELS: [&str; 14] = [
    "pub use crate::b::B;",
    "pub(crate) use crate::{b::B, a::x::X};",
    "use crate::b; pub use b::B;",
    "use crate::b::B; pub use self::B as C;",
    "#[doc(inline)] pub use crate::b::B;",
    "fn f() {} pub use crate::b::B;",
    "pub type B = crate::b::B;",
    "use crate::b; pub(super) type B<T> = b::B<T>;",
    "pub use ::q::Q;",
    "pub use {q::Q};",
    "pub extern crate q;",
    "pub extern crate q as r;",
    "pub use super::b::*;",
    "pub use x::*;",
];

#[test]
fn every_kind_of_circle_is_found() {
    for (kind, files) in CIRCLES {
        let tree = Tree::of(&[&[("p", ""), ("p::a", ""), ("q", "")], files].concat());
        assert_eq!(circles(&tree.imports()).len(), 2, "{kind}: {:?}", tree.imports());
    }
}

#[test]
fn a_circle_between_folders_is_found_where_no_two_files_make_one() {
    let files = [
        ("p::a::x", "use super::super::b::x::X;"),
        ("p::b::x", ""),
        ("p::b::y", "use crate::a::y::Y;"),
        ("p::a::y", ""),
    ];
    let imports =
        Tree::of(&[&files[..], &[("p", ""), ("p::a", ""), ("p::b", "")]].concat()).imports();
    assert!(circles(&imports).is_empty());
    let found: Vec<Module> = circles(&siblings(&imports)).into_keys().collect();
    assert_eq!(found, [["p", "a"], ["p", "b"]]);
}

#[test]
fn every_kind_of_tunnel_is_found() {
    for code in TUNNELS {
        let files = [("p", "pub mod a;"), ("p::a", code), ("p::a::x", ""), ("p::b", ""), ("q", "")];
        assert_eq!(Tree::of(&files).tunnels().len(), 1, "{code}");
    }
    let roots = [("p", "pub use a::A; pub use q::Q;"), ("p::a", ""), ("q", "")];
    assert_eq!(Tree::of(&roots).tunnels(), ["p: q::Q"], "a package's root");
    let rooms = [
        ("p::j", "pub use s::S;"),
        ("p::j::s", "macro_rules! m {} pub(crate) use m;"),
        ("p::j::w", "pub use crate::j::s::S;"),
        ("p", ""),
    ];
    assert_eq!(Tree::of(&rooms).tunnels(), ["p::j::w: crate::j::s::S"], "from room to room");
}
