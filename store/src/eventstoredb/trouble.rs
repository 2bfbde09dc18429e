//! What a call to the server came to when it did not go well: the one place where the client's
//! errors are read.

use crate::ledger::{AppendError, ExpectedRevision, ReadError, Revision};
use eventstore::{CurrentRevision, Error};

/// gRPC's number for an argument that is never right, such as an append of too many bytes.
const INVALID_ARGUMENT: i32 = 3;
/// Its numbers for a server that has too much to do, or could not commit in time.
const RESOURCE_EXHAUSTED: i32 = 8;
const ABORTED: i32 = 10;

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    #[error("the stream is at {0:?}")]
    WrongRevision(Option<Revision>),
    /// Nothing happened, and the client is on its way to the leader.
    #[error("the node that was asked is not the leader")]
    NotLeader,
    /// There was no connection to send it over: nothing happened.
    #[error("there is no connection: {0}")]
    NotSent(String),
    #[error("there is no such stream")]
    Missing,
    #[error("the stream was deleted on the server")]
    Deleted,
    /// Never right, however often it is asked: an append that is larger than the server takes.
    #[error("the server cannot take it: {0}")]
    Invalid(String),
    /// The server understood and will not.
    #[error("the server refuses: {0}")]
    Refused(String),
    /// Whether anything happened is unknown, but there is somebody who answers.
    #[error("the server did not bring it to an end: {0}")]
    Unfinished(String),
    /// Whether anything happened is unknown.
    #[error("no clear answer: {0}")]
    Unclear(String),
}

impl Trouble {
    /// Whether asking again later can help.
    pub fn may_pass(&self) -> bool {
        match self {
            Self::NotLeader | Self::NotSent(_) | Self::Unfinished(_) | Self::Unclear(_) => true,
            Self::WrongRevision(_)
            | Self::Missing
            | Self::Deleted
            | Self::Invalid(_)
            | Self::Refused(_) => false,
        }
    }

    /// What it means for an append of `bytes` in all.
    pub fn of_append(self, expected: ExpectedRevision, bytes: usize) -> AppendError {
        match self {
            Self::WrongRevision(actual) => AppendError::WrongExpectedRevision { expected, actual },
            Self::Invalid(_) => AppendError::TooLarge { bytes },
            Self::Deleted => AppendError::Corrupt(self.to_string()),
            Self::Unfinished(_) | Self::Unclear(_) => AppendError::Indeterminate(self.to_string()),
            Self::NotLeader | Self::NotSent(_) | Self::Missing | Self::Refused(_) => {
                AppendError::Unavailable(self.to_string())
            }
        }
    }
}

impl From<Trouble> for ReadError {
    fn from(trouble: Trouble) -> Self {
        Self::Unavailable(trouble.to_string())
    }
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Self {
        match error {
            Error::WrongExpectedVersion { current, .. } => Self::WrongRevision(match current {
                CurrentRevision::Current(revision) => Some(Revision(revision)),
                CurrentRevision::NoStream => None,
            }),
            Error::NotLeaderException(_) => Self::NotLeader,
            // The client finds a connection before it sends anything; these are that step's.
            Error::ConnectionClosed | Error::GrpcConnectionError(_) => {
                Self::NotSent(error.to_string())
            }
            Error::ResourceNotFound => Self::Missing,
            Error::ResourceDeleted => Self::Deleted,
            Error::AccessDenied
            | Error::UnsupportedFeature
            | Error::InitializationError(_)
            | Error::ResourceAlreadyExists => Self::Refused(error.to_string()),
            Error::Grpc { code, message } if i32::from(code) == INVALID_ARGUMENT => {
                Self::Invalid(message)
            }
            Error::Grpc { code, message }
                if matches!(code.into(), RESOURCE_EXHAUSTED | ABORTED) =>
            {
                Self::Unfinished(message)
            }
            Error::Grpc { .. }
            | Error::DeadlineExceeded
            | Error::ServerError(_)
            | Error::InternalParsingError(_)
            | Error::InternalClientError
            | Error::IllegalStateError(_) => Self::Unclear(error.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outcome_is_certain_or_indeterminate() {
        let of = |error: Error| Trouble::from(error).of_append(ExpectedRevision::NoStream, 9);
        let is_unavailable = |error| matches!(of(error), AppendError::Unavailable(_));
        let is_indeterminate = |error| matches!(of(error), AppendError::Indeterminate(_));
        assert!(is_unavailable(Error::ConnectionClosed));
        assert!(is_unavailable(Error::AccessDenied));
        assert!(is_indeterminate(Error::DeadlineExceeded));
        assert!(is_indeterminate(Error::ServerError("Unknown".to_owned())));
        assert!(is_indeterminate(Error::InternalParsingError(String::new())));
        assert!(matches!(of(Error::ResourceDeleted), AppendError::Corrupt(_)));
        let wrong = Error::WrongExpectedVersion {
            expected: eventstore::ExpectedRevision::NoStream,
            current: CurrentRevision::Current(4),
        };
        assert!(matches!(
            of(wrong),
            AppendError::WrongExpectedRevision {
                expected: ExpectedRevision::NoStream,
                actual: Some(Revision(4)),
            }
        ));
    }
}
