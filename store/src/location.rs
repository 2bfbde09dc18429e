//! Where a ledger lies, and opening the engine that is there.

#[cfg(feature = "eventstoredb")]
use crate::eventstoredb::{self, EventStoreLedger, Settings, SettingsError};
use crate::ledger::Ledger;
use crate::sqlite::log::LogError;
use crate::sqlite::{self, SqliteLedger};
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

#[derive(Clone, Debug)]
pub enum Location {
    /// The embedded engine, in a directory.
    Directory(PathBuf),
    /// A server or a cluster, by its connection string.
    #[cfg(feature = "eventstoredb")]
    EventStoreDb(Box<Settings>),
}

/// Why a ledger could not be opened, in the words of its engine.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error("{0}")]
    Missing(String),
    /// Something else lies there.
    #[error("{0}")]
    Foreign(String),
    #[error("{0}")]
    Unavailable(String),
    /// It stays so until somebody brings back what is sound.
    #[error("{0}")]
    Damaged(String),
}

impl From<sqlite::OpenError> for OpenError {
    fn from(error: sqlite::OpenError) -> Self {
        use sqlite::OpenError as Embedded;
        let text = error.to_string();
        match error {
            Embedded::Missing(_) => Self::Missing(text),
            Embedded::Foreign(_) => Self::Foreign(text),
            Embedded::Log(LogError::Damaged { .. }) => Self::Damaged(text),
            Embedded::Sqlite(error) if sqlite::is_damage(&error) => Self::Damaged(text),
            Embedded::Directory(..)
            | Embedded::InUse(_)
            | Embedded::ReadOnly(_)
            | Embedded::Log(_)
            | Embedded::Sqlite(_) => Self::Unavailable(text),
        }
    }
}

#[cfg(feature = "eventstoredb")]
impl From<eventstoredb::OpenError> for OpenError {
    fn from(error: eventstoredb::OpenError) -> Self {
        Self::Unavailable(error.to_string())
    }
}

#[derive(Debug, thiserror::Error)]
pub enum LocationError {
    #[error("a ledger is a directory or esdb://host:port, not {0}://")]
    UnknownScheme(String),
    /// Not repeated: it may hold a password.
    #[error("this looks like a connection string: write esdb://user:password@host:2113")]
    NoScheme,
    #[cfg(feature = "eventstoredb")]
    #[error(transparent)]
    Settings(#[from] SettingsError),
    #[cfg(not(feature = "eventstoredb"))]
    #[error("this program was built without EventStoreDB (its feature `eventstoredb`)")]
    NotBuiltIn,
}

/// `host:2113`, with or without a user: no directory that anybody has.
fn looks_like_a_host(text: &str) -> bool {
    let has_port = text.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok());
    text.contains('@') || text.starts_with("esdb") || has_port
}

impl Location {
    /// A directory, or a connection string that begins with `esdb://` or `esdb+discover://`.
    pub fn parse(text: &str) -> Result<Self, LocationError> {
        match text.split_once("://") {
            None if looks_like_a_host(text) => Err(LocationError::NoScheme),
            None => Ok(Self::Directory(PathBuf::from(text))),
            Some(("esdb" | "esdb+discover", _)) => Self::parse_cluster(text),
            Some((scheme, _)) => Err(LocationError::UnknownScheme(scheme.to_owned())),
        }
    }

    #[cfg(feature = "eventstoredb")]
    fn parse_cluster(text: &str) -> Result<Self, LocationError> {
        Ok(Self::EventStoreDb(Box::new(Settings::parse(text)?)))
    }

    #[cfg(not(feature = "eventstoredb"))]
    fn parse_cluster(_: &str) -> Result<Self, LocationError> {
        Err(LocationError::NotBuiltIn)
    }

    /// What was said, or the directory that everything else lies in. Nothing said is not said.
    pub fn or_directory(text: Option<&str>, directory: &Path) -> Result<Self, LocationError> {
        match text {
            Some(text) if !text.is_empty() => Self::parse(text),
            Some(_) | None => Ok(Self::Directory(directory.to_owned())),
        }
    }

    /// Whether both are the same place, also under two names: a path and a link to it.
    pub fn is_same_as(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Directory(one), Self::Directory(other)) => {
                let real = |path: &Path| std::fs::canonicalize(path).ok();
                one == other || real(one).is_some_and(|one| Some(one) == real(other))
            }
            #[cfg(feature = "eventstoredb")]
            _ => self.to_string() == other.to_string(),
        }
    }

    /// Whether something lies there, as far as that can be said without opening it.
    pub fn is_there(&self) -> bool {
        match self {
            Self::Directory(directory) => sqlite::is_there(directory),
            #[cfg(feature = "eventstoredb")]
            Self::EventStoreDb(_) => true,
        }
    }

    /// Opens it for writing; a directory without a ledger gets one.
    pub async fn open(&self) -> Result<Arc<dyn Ledger>, OpenError> {
        Ok(match self {
            Self::Directory(directory) => Arc::new(SqliteLedger::open(directory)?),
            #[cfg(feature = "eventstoredb")]
            Self::EventStoreDb(settings) => {
                Arc::new(EventStoreLedger::open(settings.as_ref().clone()).await?)
            }
        })
    }

    /// Opens what is there, also while a server writes to it.
    pub async fn open_read_only(&self) -> Result<Arc<dyn Ledger>, OpenError> {
        match self {
            Self::Directory(directory) => Ok(Arc::new(SqliteLedger::open_read_only(directory)?)),
            #[cfg(feature = "eventstoredb")]
            Self::EventStoreDb(_) => self.open().await,
        }
    }
}

/// Never with a password.
impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Directory(directory) => directory.display().fmt(f),
            #[cfg(feature = "eventstoredb")]
            Self::EventStoreDb(settings) => {
                write!(f, "{} on EventStoreDB at {}", settings.ledger(), settings.hosts())
            }
        }
    }
}

#[cfg(all(test, feature = "eventstoredb"))]
mod tests {
    use super::*;

    #[test]
    fn a_location_is_a_directory_or_a_server() {
        assert!(matches!(Location::parse("greffe-data").unwrap(), Location::Directory(_)));
        let server = Location::parse("esdb://me:secret@db:2113?tls=false&ledger=pay").unwrap();
        assert_eq!(server.to_string(), "pay on EventStoreDB at db:2113");
        assert!(!format!("{server:?}").contains("secret"));
        let error = Location::parse("postgres://db/ledger").unwrap_err();
        assert!(error.to_string().contains("not postgres://"));
        for text in ["greffe:secret@db:2113", "esdb:greffe:secret@db", "esdb:/db", "db:2113"] {
            let error = Location::parse(text).unwrap_err().to_string();
            assert!(error.contains("esdb://") && !error.contains("secret"), "{error}");
        }
        let unsaid = Location::or_directory(Some(""), Path::new("data")).unwrap();
        assert_eq!(unsaid.to_string(), "data");
    }
}
