//! The places of a record, as an operator types them.

use std::{
    env, fmt, io,
    path::{Path, PathBuf},
    str::FromStr,
};

use crate::{
    config::{Config, ConfigError, SecretError, load_database_url, read_private},
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
    Url(DatabaseUrl),
    /// A file with a URL.
    File(PathBuf),
}

/// It may hold a password.
impl fmt::Debug for PlaceArgument {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a place")
    }
}

impl FromStr for PlaceArgument {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "sqlite" => Ok(Self::Sqlite),
            "postgres" => Ok(Self::Postgres),
            _ if text.contains("://") => {
                let url = DatabaseUrl::parse(text);
                url.map(Self::Url).map_err(|error| format!("the URL {}", error.why()))
            }
            _ => Ok(match text.strip_prefix('@') {
                Some(file) => Self::File(PathBuf::from(file)),
                None => Self::Path(PathBuf::from(text)),
            }),
        }
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
    pub(super) config: PathBuf,
}

impl Places {
    /// Reads what names a place.
    pub(super) fn read(&self, place: PlaceArgument) -> Result<CopyPlace, PlaceError> {
        match place {
            PlaceArgument::Sqlite => {
                Ok(CopyPlace::File(self.config()?.state.directory.join(journal::FILE)))
            }
            PlaceArgument::Path(path) if path.is_dir() => {
                Ok(CopyPlace::File(path.join(journal::FILE)))
            }
            PlaceArgument::Path(path) => Ok(CopyPlace::File(path)),
            PlaceArgument::Url(url) => self.database(url, None, SchemaName::default()),
            PlaceArgument::File(path) => {
                let url = url_in(&path)?;
                self.database(url, None, SchemaName::default())
            }
            PlaceArgument::Postgres => {
                let config = self.config()?;
                let url = load_database_url(&config, |name| env::var_os(name))?;
                let postgres = config.state.postgres.zip(url).ok_or(PlaceError::NotConfigured)?;
                let (postgres, url) = postgres;
                self.database(url, postgres.ca.as_deref(), postgres.schema)
            }
        }
    }

    fn config(&self) -> Result<Config, ConfigError> {
        Config::load(&self.config, env::vars_os())
    }

    fn database(
        &self,
        url: DatabaseUrl,
        ca: Option<&Path>,
        schema: SchemaName,
    ) -> Result<CopyPlace, PlaceError> {
        let schema = self.schema.clone().unwrap_or(schema);
        let options = PostgresOptions::new(url, self.ca.as_deref().or(ca), schema)?;
        Ok(CopyPlace::Postgres(options))
    }
}

fn url_in(path: &Path) -> Result<DatabaseUrl, PlaceError> {
    let unfit = |why| PlaceError::Url { path: path.to_owned(), why };
    let content = read_private(path)
        .map_err(|source| PlaceError::Unreadable { path: path.to_owned(), source })?;
    let text = String::from_utf8(content).map_err(|_| unfit("is not text"))?;
    DatabaseUrl::parse(text.trim_end()).map_err(|error| unfit(error.why()))
}
