//! Whole files.

const A: &str = "{apiVersion: v1, kind: A, metadata: {name: a}}";

/// Files ending in `.yaml`.
pub const DOCUMENTS: &[(&str, &[u8])] = &[
    ("nothing", b""),
    ("a line break", b"\n"),
    ("a comment", b"# nothing\n"),
    ("a separator", b"---\n"),
    ("separators", b"---\n---\n---\n"),
    ("null", b"~\n"),
    ("one", b"apiVersion: v1\nkind: A\nmetadata:\n  name: a\n"),
    ("no line break at the end", b"apiVersion: v1\nkind: A\nmetadata:\n  name: a"),
    (
        "two",
        b"apiVersion: v1\nkind: A\nmetadata: {name: a}\n---\napiVersion: v1\nkind: A\n\
          metadata: {name: b}\n",
    ),
    ("a separator before and after", b"---\napiVersion: v1\nkind: A\nmetadata: {name: a}\n---\n"),
    (
        "a comment after the separator",
        b"apiVersion: v1\nkind: A\nmetadata: {name: a}\n--- # next\napiVersion: v1\nkind: A\n\
          metadata: {name: b}\n",
    ),
    (
        "white space after the separator",
        b"apiVersion: v1\nkind: A\nmetadata: {name: a}\n---  \t\napiVersion: v1\nkind: A\n\
          metadata: {name: b}\n",
    ),
    ("text after the separator", b"apiVersion: v1\nkind: A\nmetadata: {name: a}\n--- text\n"),
    ("an object after the separator", b"--- {apiVersion: v1, kind: A, metadata: {name: a}}\n"),
    ("four dashes", b"apiVersion: v1\nkind: A\nmetadata: {name: a}\n----\n"),
    ("a separator that is indented", b"apiVersion: v1\nkind: A\nmetadata: {name: a}\n ---\n"),
    (
        "empty documents between",
        b"---\n\n---\n# nothing\n---\napiVersion: v1\nkind: A\nmetadata: {name: a}\n---\n~\n---\n\
          null\n",
    ),
    (
        "a separator in a block text",
        b"apiVersion: v1\nkind: A\nmetadata: {name: a}\ntext: |\n  a\n---\n  b\n",
    ),
    (
        "a separator in a block text, further in",
        b"apiVersion: v1\nkind: A\nmetadata: {name: a}\ntext: |\n  a\n  ---\n  b\n",
    ),
    (
        "a separator in quotes",
        b"apiVersion: v1\nkind: A\nmetadata: {name: a}\ntext: \"a\n---\n  b\"\n",
    ),
    ("an end mark at the end", b"apiVersion: v1\nkind: A\nmetadata: {name: a}\n...\n"),
    (
        "an end mark and a separator",
        b"apiVersion: v1\nkind: A\nmetadata: {name: a}\n...\n---\napiVersion: v1\nkind: A\n\
          metadata: {name: b}\n",
    ),
    ("a directive", b"%YAML 1.1\n---\napiVersion: v1\nkind: A\nmetadata: {name: a}\n"),
    (
        "a tag directive",
        b"%TAG !e! tag:e,2000:\n---\napiVersion: v1\nkind: A\nmetadata: {name: a}\n",
    ),
    (
        "carriage returns",
        b"apiVersion: v1\r\nkind: A\r\nmetadata:\r\n  name: a\r\ntext: |\r\n  a\r\n  b\r\n---\r\n\
          apiVersion: v1\r\nkind: A\r\nmetadata: {name: b}\r\n",
    ),
    ("carriage returns alone", b"apiVersion: v1\rkind: A\rmetadata: {name: a}\r"),
    ("a byte order mark", b"\xef\xbb\xbfapiVersion: v1\nkind: A\nmetadata: {name: a}\n"),
    (
        "a byte order mark before a separator",
        b"\xef\xbb\xbf---\napiVersion: v1\nkind: A\nmetadata: {name: a}\n",
    ),
    (
        "a byte order mark before JSON",
        b"\xef\xbb\xbf{\"apiVersion\": \"v1\", \"kind\": \"A\", \"metadata\": {\"name\": \"a\"}}",
    ),
    (
        "a byte order mark in the second document",
        b"apiVersion: v1\nkind: A\nmetadata: {name: a}\n---\n\xef\xbb\xbfapiVersion: v1\nkind: A\n\
          metadata: {name: b}\n",
    ),
    (
        "two byte order marks",
        b"\xef\xbb\xbf\xef\xbb\xbfapiVersion: v1\nkind: A\nmetadata: {name: a}\n",
    ),
    (
        "UTF-16, little end first",
        b"\xff\xfek\0i\0n\0d\0:\0 \0A\0\n\0a\0p\0i\0V\0e\0r\0s\0i\0o\0n\0:\0 \0v\x001\0\n\
          \0m\0e\0t\0a\0d\0a\0t\0a\0:\0 \0{\0n\0a\0m\0e\0:\0 \0a\0}\0\n\0",
    ),
    (
        "UTF-16, big end first",
        b"\xfe\xff\0k\0i\0n\0d\0:\0 \0A\0\n\0a\0p\0i\0V\0e\0r\0s\0i\0o\0n\0:\0 \0v\x001\0\n\
          \0m\0e\0t\0a\0d\0a\0t\0a\0:\0 \0{\0n\0a\0m\0e\0:\0 \0\xe9\0}\0\n",
    ),
    (
        "bytes that are no text",
        b"apiVersion: v1\nkind: A\nmetadata: {name: a}\n\
          text: \"a\xffb\xe2\x82c\xf0\x9f\x98d\xc0\x80\"\n",
    ),
    ("Latin-1", b"apiVersion: v1\nkind: A\nmetadata: {name: a}\ntext: caf\xe9\n"),
    ("a control character", b"apiVersion: v1\nkind: A\nmetadata: {name: a}\ntext: \"a\x07b\"\n"),
    ("a null byte", b"apiVersion: v1\nkind: A\nmetadata: {name: a}\n\0"),
    ("tabs as indentation", b"apiVersion: v1\nkind: A\nmetadata:\n\tname: a\n"),
    ("a tab after a colon", b"apiVersion:\tv1\nkind:\tA\nmetadata:\t{name: a}\n"),
    (
        "indentation that rolls back too little",
        b"apiVersion: v1\nkind: A\nmetadata:\n    name: a\n  labels: {}\n",
    ),
    (
        "a list not further in than its key",
        b"apiVersion: v1\nkind: A\nmetadata: {name: a}\nlist:\n- a\n- b: 1\n  c: 2\n-\n  - d\n\
          - - e\n",
    ),
    ("a bracket that does not close", b"apiVersion: v1\nkind: [\n"),
    ("a brace too many", b"apiVersion: v1\nkind: A\nmetadata: {name: a}}\n"),
    ("a key without a value", b"apiVersion: v1\nkind: A\nmetadata: {name: a}\nspec:\n"),
    ("a text", b"just text\n"),
    ("a number", b"12\n"),
    ("a list", b"- a\n"),
    ("no kind", b"apiVersion: v1\nmetadata: {name: a}\n"),
    ("an empty kind", b"apiVersion: v1\nkind: ''\nmetadata: {name: a}\n"),
    ("a kind that is no text", b"apiVersion: v1\nkind: 1\nmetadata: {name: a}\n"),
    ("a name that is a boolean", b"apiVersion: v1\nkind: A\nmetadata: {name: y}\n"),
    ("a name that is a number", b"apiVersion: v1\nkind: A\nmetadata: {name: 1}\n"),
    (
        "a namespace that is a number",
        b"apiVersion: v1\nkind: A\nmetadata: {name: a, namespace: 0440}\n",
    ),
    (
        "a label that is a boolean",
        b"apiVersion: v1\nkind: A\nmetadata: {name: a, labels: {a: on}}\n",
    ),
    (
        "an annotation that is a number",
        b"apiVersion: v1\nkind: A\nmetadata: {name: a, annotations: {a: 1}}\n",
    ),
    ("a label that is null", b"apiVersion: v1\nkind: A\nmetadata: {name: a, labels: {a: x}}\n"),
    ("labels that are a list", b"apiVersion: v1\nkind: A\nmetadata: {name: a, labels: [x]}\n"),
    ("metadata that is a text", b"apiVersion: v1\nkind: A\nmetadata: a\n"),
    (
        "a label's key that is a boolean",
        b"apiVersion: v1\nkind: A\nmetadata: {name: a, labels: {on: x}}\n",
    ),
    (
        "a list of objects",
        b"apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: A, metadata: {name: a}}\n\
          - {apiVersion: v1, kind: B, metadata: {name: b}}\n",
    ),
    (
        "a list with metadata",
        b"apiVersion: v1\nkind: List\nmetadata: {resourceVersion: '', name: all}\nitems:\n\
          - {apiVersion: v1, kind: A, metadata: {name: a}}\n",
    ),
    ("a list of nothing", b"apiVersion: v1\nkind: List\nitems: []\n"),
    ("a list of null", b"apiVersion: v1\nkind: List\nitems:\n"),
    (
        "a list in a stream",
        b"apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: A, metadata: {name: a}}\n\
          ---\napiVersion: v1\nkind: A\nmetadata: {name: b}\n",
    ),
    (
        "a list of one kind",
        b"apiVersion: v1\nkind: ConfigMapList\nitems:\n- {metadata: {name: a}}\n\
          - {apiVersion: v1, kind: B, metadata: {name: b}}\n",
    ),
    (
        "a list whose items have one of the two",
        b"apiVersion: v1\nkind: ConfigMapList\nitems:\n\
          - {kind: A, apiVersion: v1, metadata: {name: a}}\n",
    ),
    ("a list of texts", b"apiVersion: v1\nkind: List\nitems: [a]\n"),
    ("items that are a text", b"apiVersion: v1\nkind: List\nitems: a\n"),
    ("a list without a kind", b"apiVersion: v1\nitems: []\n"),
    (
        "a list with a label that is a number",
        b"apiVersion: v1\nkind: List\nmetadata: {labels: {a: 1}}\nitems:\n\
          - {apiVersion: v1, kind: A, metadata: {name: a}}\n",
    ),
    (
        "JSON in a file for YAML",
        b"{\"apiVersion\": \"v1\", \"kind\": \"A\", \"metadata\": {\"name\": \"a\"}, \"a\": 1.0, \
          \"b\": 1e3}\n",
    ),
    (
        "JSON after white space",
        b" \n\t\n {\"apiVersion\": \"v1\", \"kind\": \"A\", \"metadata\": {\"name\": \"a\"}}\n",
    ),
    (
        "JSON after a comment",
        b"# hi\n{\"apiVersion\": \"v1\", \"kind\": \"A\", \"metadata\": {\"name\": \"a\"}, \"a\": \
          \"\\u00e9\", \"on\": 0440}\n",
    ),
    (
        "JSON after a separator",
        b"---\n{\"apiVersion\": \"v1\", \"kind\": \"A\", \"metadata\": {\"name\": \"a\"}, \"a\": \
          \"yes\"}\n",
    ),
    ("a very long key", LONG_KEY),
    (
        "anchors do not reach into the next document",
        b"apiVersion: v1\nkind: A\nmetadata: &m {name: a}\n---\napiVersion: v1\nkind: A\n\
          metadata: *m\n",
    ),
    ("an anchor for metadata", b"apiVersion: v1\nkind: A\nmetadata: &m {name: a}\ncopy: *m\n"),
    (
        "a template as helm has it",
        b"apiVersion: v1\nkind: A\nmetadata: {name: {{ .Values.name }}}\n",
    ),
    (
        "modes of a volume",
        b"apiVersion: v1\nkind: A\nmetadata: {name: a}\n\
          spec:\n  defaultMode: 0440\n  items:\n  - {key: a, path: b, mode: 0o400}\n  - {key: a, \
          path: b, mode: 256}\n  - {key: a, path: b, mode: \"0400\"}\n",
    ),
];

/// A key of more than 1024 letters is none to libyaml.
const LONG_KEY: &[u8] = &{
    const HEAD: &[u8] = b"apiVersion: v1\nkind: A\nmetadata: {name: a}\n";
    let mut text = [b'k'; HEAD.len() + 1030];
    let mut at = 0;
    while at < HEAD.len() {
        text[at] = HEAD[at];
        at += 1;
    }
    text[HEAD.len() + 1026] = b':';
    text[HEAD.len() + 1027] = b' ';
    text[HEAD.len() + 1028] = b'1';
    text[HEAD.len() + 1029] = b'\n';
    text
};

/// Files ending in `.json`.
pub const JSON: &[(&str, &str)] = &[
    ("one", r#"{"apiVersion": "v1", "kind": "A", "metadata": {"name": "a"}}"#),
    (
        "numbers",
        r#"{"apiVersion": "v1", "kind": "A", "metadata": {"name": "a"}, "n": [1, 1.0, 1e3, -0, -0.0, 0.1, 1e20, 1e21, 9223372036854775807, 9223372036854775808, 18446744073709551616, -9223372036854775809, 1E-7]}"#,
    ),
    (
        "a number that is too large",
        r#"{"apiVersion": "v1", "kind": "A", "metadata": {"name": "a"}, "n": 1e400}"#,
    ),
    (
        "several one after the other",
        "{\"apiVersion\": \"v1\", \"kind\": \"A\", \"metadata\": {\"name\": \"a\"}}\n\
         {\"apiVersion\": \"v1\", \"kind\": \"A\", \"metadata\": {\"name\": \
         \"b\"}}{\"apiVersion\": \"v1\", \"kind\": \"A\", \"metadata\": {\"name\": \"c\"}}",
    ),
    (
        "surrogate pairs",
        r#"{"apiVersion": "v1", "kind": "A", "metadata": {"name": "a"}, "t": "\ud83d\ude00 \u00e9 \\ud83d"}"#,
    ),
    (
        "halves of surrogate pairs",
        r#"{"apiVersion": "v1", "kind": "A", "metadata": {"name": "a"}, "t": ["\ud83d", "\ude00\ud83d", "\ud83dx", "\ud83d\ud83d\ude00", "\ud83d\u0041", "\\\ud83d", "\udbff\udfff"]}"#,
    ),
    (
        "what YAML would take otherwise",
        r#"{"apiVersion": "v1", "kind": "A", "metadata": {"name": "a"}, "yes": "no", "on": true, "1": 1, "<<": {"a": 1}}"#,
    ),
    (
        "a key twice",
        r#"{"apiVersion": "v1", "kind": "A", "metadata": {"name": "a"}, "a": 1, "a": 2}"#,
    ),
    (
        "a list",
        r#"{"apiVersion": "v1", "kind": "List", "items": [{"apiVersion": "v1", "kind": "A", "metadata": {"name": "a"}}]}"#,
    ),
    ("an array", r#"[{"apiVersion": "v1", "kind": "A", "metadata": {"name": "a"}}]"#),
    ("YAML in a file for JSON", "apiVersion: v1\nkind: A\nmetadata: {name: a}\nyes: 0440\n"),
    ("cut off", r#"{"apiVersion": "v1", "kind": "A", "metadata": {"name""#),
    (
        "a third that is none",
        "{\"apiVersion\": \"v1\", \"kind\": \"A\", \"metadata\": {\"name\": \"a\"}}\n\
         {\"apiVersion\": \"v1\", \"kind\": \"A\", \"metadata\": {\"name\": \"b\"}}\n\
         {apiVersion: v1, kind: A, metadata: {name: c}}",
    ),
    ("empty", ""),
    ("null", "null"),
    (
        "a null among them",
        "{\"apiVersion\": \"v1\", \"kind\": \"A\", \"metadata\": {\"name\": \"a\"}}\nnull\n\
         {\"apiVersion\": \"v1\", \"kind\": \"A\", \"metadata\": {\"name\": \"b\"}}",
    ),
    (
        "an emoji as it is",
        "{\"apiVersion\": \"v1\", \"kind\": \"A\", \"metadata\": {\"name\": \"a\"}, \"t\": \
         \"\u{1f600}\u{2028}\"}",
    ),
    (
        "a label that is null",
        r#"{"apiVersion": "v1", "kind": "A", "metadata": {"name": "a", "labels": {"a": null, "b": "x"}}}"#,
    ),
    ("metadata that is a number", r#"{"apiVersion": "v1", "kind": "A", "metadata": 1}"#),
];

/// What boathook refuses though kubectl takes it, and words of the reason.
pub const ON_PURPOSE: &[(&str, &str, &str)] = &[
    (
        "two booleans that become one text",
        "apiVersion: v1\nkind: A\nmetadata: {name: a}\ndata: {on: 1, y: 2}\n",
        "the keys `on` and `y` are both \"true\"",
    ),
    (
        "a number and a text",
        "apiVersion: v1\nkind: A\nmetadata: {name: a}\ndata: {1: a, \"1\": b}\n",
        "the keys `1` and \"1\" are both \"1\"",
    ),
    (
        "two ways to write a number",
        "apiVersion: v1\nkind: A\nmetadata: {name: a}\ndata: {8: a, 010: b}\n",
        "the keys `8` and `010` are both \"8\"",
    ),
    (
        "a boolean and a text, by a merge key",
        "apiVersion: v1\nkind: A\nmetadata: {name: a}\ndata: {<<: {on: 1}, \"true\": 2}\n",
        "are both \"true\"",
    ),
    (
        "something after the end of the document",
        "apiVersion: v1\nkind: A\nmetadata: {name: a}\n...\napiVersion: v1\nkind: A\n\
         metadata: {name: b}\n",
        "kubectl reads nothing after it",
    ),
    (
        "an item without a kind, of which kubectl says no file",
        "apiVersion: v1\nkind: List\nitems:\n- {metadata: {name: a}}\n",
        "an object `a` has no kind",
    ),
    (
        "a list in a list, of which kubectl says no file",
        "apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: List, items: []}\n",
        "is a list itself",
    ),
    (
        "no apiVersion, which only a cluster refuses",
        "kind: A\nmetadata: {name: a}\n",
        "no apiVersion",
    ),
    (
        "no name, which only a cluster refuses",
        "apiVersion: v1\nkind: A\nmetadata: {generateName: a-}\n",
        "no metadata.name",
    ),
];

/// What kubectls before 1.33 do not read.
pub const SINCE_1_33: &[(&str, &str)] = &[
    ("YAML that begins with a brace", A),
    (
        "JSON, then YAML",
        "{\"apiVersion\": \"v1\", \"kind\": \"A\", \"metadata\": {\"name\": \"a\"}}\n---\n\
         apiVersion: v1\nkind: A\nmetadata: {name: b}\nmode: 0440\n",
    ),
    (
        "a control character in a text",
        "{\"apiVersion\": \"v1\", \"kind\": \"A\", \"metadata\": {\"name\": \"a\"}, \"t\": \
         \"a\tb\"}",
    ),
    (
        "JSON, then a separator",
        "{\"apiVersion\": \"v1\", \"kind\": \"A\", \"metadata\": {\"name\": \"a\"}}\n---\n\
         {\"apiVersion\": \"v1\", \"kind\": \"A\", \"metadata\": {\"name\": \"b\"}}\n",
    ),
];
