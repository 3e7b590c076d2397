//! The places of a record, as an operator types them.

use std::{
    convert::Infallible,
    env, fmt, io,
    path::{Path, PathBuf, absolute},
    str::FromStr,
};

use crate::{
    cli::ConfigArguments,
    config::{ConfigError, SecretError, load_database_url, read_private},
    journal::{
        self, CopyPlace, DatabaseUrl, NoSchemaName, PostgresError, PostgresOptions, SchemaName,
    },
};

/// A place as it is typed.
#[derive(Clone)]
pub(super) enum PlaceArgument {
    /// The file that the config names.
    Sqlite,
    /// The database that the config names.
    Postgres,
    Path(PathBuf),
    /// Read later: what is wrong with it is said without any of it.
    Url(String),
    /// None of these.
    Unknown,
    /// A file with a URL.
    File(PathBuf),
}

/// It may hold a password.
impl fmt::Debug for PlaceArgument {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a place")
    }
}

/// Nothing is an error yet, because clap would show the text, which may hold a password.
impl FromStr for PlaceArgument {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        let is_path = ["/", "./", "../"].iter().any(|start| text.starts_with(start));
        Ok(match text.strip_prefix('@') {
            Some(file) => Self::File(PathBuf::from(file)),
            None if text == "sqlite" => Self::Sqlite,
            None if text == "postgres" => Self::Postgres,
            None if is_path => Self::Path(PathBuf::from(text)),
            None if text.contains("://") => Self::Url(text.to_owned()),
            None => Self::Unknown,
        })
    }
}

/// Why a place that was typed is none.
#[derive(Debug, thiserror::Error)]
pub enum PlaceError {
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error(transparent)]
    Secret(#[from] SecretError),
    #[error("state.postgres is not set in the config; name the database by a URL or by `@FILE`")]
    NotConfigured,
    #[error(
        "--from and --to take `sqlite`, `postgres`, a path that begins with `/` or `./`, a URL that begins with postgresql://, or `@FILE` with a file that holds one"
    )]
    Unknown,
    #[error("the directory of the path is not known")]
    NoDirectory(#[source] io::Error),
    #[error("the URL of the database {0}")]
    BadUrl(&'static str),
    #[error("failed to read the URL of a database from {}", path.display())]
    Unreadable { path: PathBuf, source: io::Error },
    #[error("the URL in {} {why}", path.display())]
    Url { path: PathBuf, why: &'static str },
    #[error("--schema: {0}")]
    Schema(NoSchemaName),
    #[error(transparent)]
    Postgres(#[from] PostgresError),
}

/// What the places have in common.
pub(super) struct Places {
    pub(super) schema: Option<SchemaName>,
    pub(super) ca: Option<PathBuf>,
    pub(super) config: ConfigArguments,
}

impl Places {
    /// Reads what names a place.
    pub(super) fn read(&self, place: PlaceArgument) -> Result<CopyPlace, PlaceError> {
        match place {
            PlaceArgument::Sqlite => {
                Ok(CopyPlace::File(self.config.load()?.state.directory.join(journal::FILE)))
            }
            PlaceArgument::Path(path) => {
                let path = absolute(path).map_err(PlaceError::NoDirectory)?;
                Ok(CopyPlace::File(if path.is_dir() { path.join(journal::FILE) } else { path }))
            }
            PlaceArgument::Unknown => Err(PlaceError::Unknown),
            PlaceArgument::Url(url) => {
                let url = DatabaseUrl::parse(&url);
                self.named(url.map_err(|error| PlaceError::BadUrl(error.why()))?)
            }
            PlaceArgument::File(path) => self.named(url_in(&path)?),
            PlaceArgument::Postgres => {
                let config = self.config.load()?;
                let url = load_database_url(&config, |name| env::var_os(name))?;
                let postgres = config.state.postgres.zip(url).ok_or(PlaceError::NotConfigured)?;
                let (postgres, url) = postgres;
                self.database(url, postgres.ca.as_deref(), postgres.schema)
            }
        }
    }

    /// A database that is named by its URL. What the config says of its schema and its authorities holds
    /// for it too, if there is a config.
    fn named(&self, url: DatabaseUrl) -> Result<CopyPlace, PlaceError> {
        let postgres = self.config.load().ok().and_then(|config| config.state.postgres);
        let (ca, schema) =
            postgres.map(|postgres| (postgres.ca, postgres.schema)).unwrap_or_default();
        self.database(url, ca.as_deref(), schema)
    }

    fn database(
        &self,
        url: DatabaseUrl,
        ca: Option<&Path>,
        schema: SchemaName,
    ) -> Result<CopyPlace, PlaceError> {
        let schema = self.schema.clone().unwrap_or(schema);
        let options = PostgresOptions::new(url, self.ca.as_deref().or(ca), schema)?;
        Ok(options.into())
    }
}

fn url_in(path: &Path) -> Result<DatabaseUrl, PlaceError> {
    let unfit = |why| PlaceError::Url { path: path.to_owned(), why };
    let content = read_private(path)
        .map_err(|source| PlaceError::Unreadable { path: path.to_owned(), source })?;
    let text = String::from_utf8(content).map_err(|_| unfit("is not text"))?;
    DatabaseUrl::parse(text.trim_end()).map_err(|error| unfit(error.why()))
}
