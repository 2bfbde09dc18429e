//! What all surfaces share of HTTP: what a request passes on its way in and its answer on its way
//! out, how its parts are read, and how failures are told.

pub mod accept;
mod answer;
mod body;
mod call;
mod compression;
mod door;
pub mod etag;
mod faults;
mod idempotency;
mod ids;
mod json;
pub mod language;
mod limits;
mod list;
pub mod problem;
mod query;
mod revisions;
pub mod sessions;
mod trace;
pub mod upload;

pub use answer::{Secret, Versioned, attachment, not_modified};
pub use door::{Declared, Door, Revisions};
pub use faults::Fault;
pub use ids::{At, Named, Segment, Within};
pub use json::Json;
pub use list::{HistoryQuery, List, PageQuery};
pub use problem::{Fields, Form, Problem};
pub use query::{MomentQuery, Query, parameter};
pub use sessions::{PortalUser, StaffMember, Tokens};
