//! All source files, and which of them defines what a path names.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    sync::LazyLock,
};

use super::source::{Import, Source};

/// A file's module, its package first, such as `["boathook", "journal", "store"]`.
pub type Module = Vec<String>;

/// Who imports whom.
pub type Graph = BTreeMap<Module, BTreeSet<Module>>;

/// The project's source files: `src`, and `src` of each folder in `crates`.
pub static PROJECT: LazyLock<Tree> = LazyLock::new(Tree::read);
/// Who imports whom there.
pub static IMPORTS: LazyLock<Graph> = LazyLock::new(|| PROJECT.imports());

/// Source files.
pub struct Tree(BTreeMap<Module, Source>);

impl Tree {
    fn read() -> Self {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut files = BTreeMap::new();
        read(&root.join("src"), &vec!["boathook".to_owned()], &mut files);
        for package in fs::read_dir(root.join("crates")).unwrap() {
            let package = package.unwrap();
            let name = package.file_name().to_string_lossy().replace('-', "_");
            let before = files.len();
            read(&package.path().join("src"), &vec![name], &mut files);
            assert!(files.len() > before, "{} has no source", package.path().display());
        }
        assert!(files.len() > 500, "only {} files were found", files.len());
        Self(files)
    }

    /// A small one, of modules such as `a::b` and their code.
    pub fn of(files: &[(&str, &str)]) -> Self {
        let module = |path: &str| path.split("::").map(str::to_owned).collect();
        Self(files.iter().map(|(path, text)| (module(path), Source::parse(text))).collect())
    }

    /// The modules, and the files that each imports.
    pub fn imports(&self) -> Graph {
        let imported = |(module, source): (&Module, &Source)| {
            // A folder's own file declares and re-exports what its files define; only using it is
            // an import.
            let uses = source.imports.iter().filter(|import| {
                source.words.contains(&import.name)
                    || self.target(module, import).is_some_and(|target| !target.starts_with(module))
            });
            let paths = uses.map(|import| &import.path).chain(&source.paths);
            let targets = paths.filter_map(|path| self.defining(module, path));
            (module.clone(), targets.filter(|target| target != module).collect())
        };
        self.0.iter().map(imported).collect()
    }

    /// Each re-export of what the re-exporting module does not hold.
    pub fn tunnels(&self) -> Vec<String> {
        let mut found = Vec::new();
        for (module, source) in &self.0 {
            let is_inside =
                |target: Option<Module>| target.is_some_and(|target| target.starts_with(module));
            let exports = source.imports.iter().filter(|import| import.is_public);
            let foreign = exports
                .filter(|import| import.name == "*" || !is_inside(self.target(module, import)));
            let aliases = source.aliases.iter();
            let aliases = aliases.filter(|path| {
                self.defining(module, path).is_some_and(|target| !target.starts_with(module))
            });
            let paths = foreign.map(|import| &import.path).chain(aliases);
            found.extend(paths.map(|path| format!("{}: {}", module.join("::"), path.join("::"))));
        }
        found
    }

    fn target(&self, module: &Module, import: &Import) -> Option<Module> {
        self.defining(module, &import.path)
    }

    /// The module whose file defines what the path names in `module`; none if it is in no package.
    fn defining(&self, module: &Module, path: &[String]) -> Option<Module> {
        let up = path.iter().take_while(|name| *name == "super").count();
        match path.first()?.as_str() {
            "crate" => self.below(&module[..1], &path[1..]),
            "self" => self.below(module, &path[1..]),
            "super" => self.below(&module[..module.len().checked_sub(up)?], &path[up..]),
            first if self.is_known(module, first) => self.below(module, path),
            first if self.0.contains_key([first.to_owned()].as_slice()) => {
                self.below(&path[..1], &path[1..])
            }
            _ => None,
        }
    }

    /// Whether a file itself gives a name a meaning.
    fn is_known(&self, module: &Module, name: &str) -> bool {
        let source = &self.0[module];
        source.types.contains(name)
            || source.functions.contains(name)
            || self.0.contains_key(&child(module, name))
            || binding(source, name).is_some()
    }

    /// The same for a path that begins in a module. A function may have the name of a module.
    fn below(&self, module: &[String], rest: &[String]) -> Option<Module> {
        let source = self.0.get(module)?;
        let Some((name, after)) = rest.split_first() else { return Some(module.to_vec()) };
        if source.types.contains(name) || after.is_empty() && source.functions.contains(name) {
            return Some(module.to_vec());
        }
        let inner = child(module, name);
        if self.0.contains_key(&inner) {
            return self.below(&inner, after);
        }
        match binding(source, name) {
            Some(import) => self.defining(&module.to_vec(), &[&import.path, after].concat()),
            None => Some(module.to_vec()),
        }
    }
}

fn child(module: &[String], name: &str) -> Module {
    [module, &[name.to_owned()]].concat()
}

/// The import that brings a name, unless it comes from a crate or a module of that name.
fn binding<'a>(source: &'a Source, name: &str) -> Option<&'a Import> {
    source.imports.iter().find(|import| import.name == name && import.path[0] != name)
}

fn read(folder: &std::path::Path, module: &Module, files: &mut BTreeMap<Module, Source>) {
    let has_library = folder.join("lib.rs").exists();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        if path.is_dir() {
            read(&path, &child(module, &name), files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let is_own = matches!(name.as_str(), "mod" | "lib") || name == "main" && !has_library;
            let module = if is_own { module.clone() } else { child(module, &name) };
            files.insert(module, Source::parse(&fs::read_to_string(&path).unwrap()));
        }
    }
}
