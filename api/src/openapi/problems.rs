//! Which problems an operation can answer: what its parts may be, and what its rules say no to.

use super::refusals;
use super::surface::{Access, Surface};
use crate::documents::inspect::UnfitKind;
use crate::http::problem::{Kind, catalogue};
use domain::Coded;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// The codes of each status.
pub type Problems = BTreeMap<u16, BTreeSet<&'static str>>;

/// Server-sent events.
pub const STREAM: &str = "text/event-stream";

/// An operation, as far as its problems depend on it.
pub struct Operation<'a> {
    pub surface: &'a Surface,
    pub id: &'a str,
    pub method: &'a str,
    pub path: &'a str,
    pub value: &'a Value,
}

impl Operation<'_> {
    pub fn problems(&self) -> Problems {
        let codes: BTreeSet<&str> = self.kinds().into_iter().map(Coded::code).collect();
        let mut codes = codes;
        if self.has_body("multipart/form-data") {
            codes.extend(UnfitKind::ALL.iter().map(|kind| kind.code()));
        }
        if let Some(is_console) = self.surface.is_console() {
            codes.extend(refusals::of(is_console, self.id));
        }
        codes.extend(self.of_access());
        let mut found = Problems::new();
        for known in catalogue().iter().filter(|known| codes.contains(known.code)) {
            found.entry(known.status.as_u16()).or_default().insert(known.code);
        }
        found
    }

    fn kinds(&self) -> Vec<Kind> {
        let mut kinds = vec![Kind::TooManyRequests, Kind::InternalError, Kind::Unavailable];
        if self.needs_sign_in() {
            kinds.push(self.surface.kind_of_stranger());
        }
        if self.path.contains('{') || self.surface.access == Access::Service {
            kinds.push(Kind::NotFound);
        }
        if self.parameters("query").next().is_some() {
            kinds.push(Kind::MalformedRequest);
        }
        if self.answers_bytes() {
            kinds.extend([Kind::DocumentErased, Kind::KeyLost]);
        }
        if self.id == "follow_events" {
            kinds.push(Kind::TooManyFeeds);
        }
        if self.id == "download_contract" {
            kinds.push(Kind::ContractBeingFiled);
        }
        if self.changes() {
            kinds.extend([Kind::OutcomeUnknown, Kind::ReadModelsBehind, Kind::KeyLost]);
            kinds.extend([Kind::MalformedRequest, Kind::RequestTimeout, Kind::TooLarge]);
        }
        if self.changes() && self.needs_sign_in() && self.surface.access == Access::Session {
            kinds.push(Kind::CrossSite);
        }
        if self.takes_token() {
            kinds.push(Kind::ScopeMissing);
        } else if self.needs_sign_in() && self.surface.is_console() == Some(false) {
            kinds.push(Kind::SessionNeeded);
        }
        if self.has_body("application/json") {
            kinds.extend([Kind::UnsupportedMediaType, Kind::InvalidFields]);
        }
        if self.has_body("multipart/form-data") {
            kinds.extend([Kind::UnsupportedMediaType, Kind::InvalidFields, Kind::TooManyUploads]);
        }
        if self.takes_key() {
            kinds.extend([Kind::InvalidIdempotencyKey, Kind::IdempotencyKeyInFlight]);
            kinds.push(Kind::IdempotencyKeyReused);
        }
        if self.takes_if_match() {
            kinds.push(Kind::Stale);
        }
        if self.parameters("header").any(|one| one["name"] == "If-Match" && one["required"] == true)
        {
            kinds.push(Kind::IfMatchRequired);
        }
        kinds
    }

    /// A stranger finds no merchant; staff have roles.
    fn of_access(&self) -> Vec<&'static str> {
        let is_of_merchant = self.path.contains("{merchant}");
        match self.surface.is_console() {
            Some(true) if self.needs_sign_in() => vec!["staff_role_forbids"],
            Some(false) if is_of_merchant => vec!["unknown_merchant"],
            _ => vec![],
        }
    }

    pub fn changes(&self) -> bool {
        self.method != "get"
    }

    pub fn needs_sign_in(&self) -> bool {
        // Who says nothing needs what the whole document says; visitors have a list with nothing in it.
        let declared = self.value["security"].as_array();
        declared.is_none_or(|ways| !ways.iter().any(|way| *way == serde_json::json!({})))
    }

    /// Whether a program may ask with a personal access token. The doors of the portal say the same, and the
    /// acceptance tests compare.
    pub fn takes_token(&self) -> bool {
        const ROOMS: [&str; 5] = ["registration", "client_file", "contract", "review", "services"];
        let tag = self.value["tags"][0].as_str().unwrap_or_default();
        let is_open = ROOMS.contains(&tag) || (tag == "bank_account" && !self.changes());
        self.surface.is_console() == Some(false)
            && self.needs_sign_in()
            && is_open
            && self.id != "withdraw_client_file"
    }

    /// Proving who one is happens anew each time.
    pub fn takes_key(&self) -> bool {
        const ANEW: [&str; 2] = ["sign_in", "confirm_strong_authentication"];
        self.method == "post" && !ANEW.contains(&self.id)
    }

    pub fn takes_if_match(&self) -> bool {
        let is_of_merchant = self.path.contains("{merchant}");
        (self.changes() && is_of_merchant)
            || self.parameters("header").any(|one| one["name"] == "If-Match")
    }

    pub fn is_paged(&self) -> bool {
        self.parameters("query").any(|one| one["name"] == "starting_after")
    }

    /// What is shown of a merchant is shown as of a revision; two of them have none.
    pub fn shows_a_revision(&self) -> bool {
        const WITHOUT: [&str; 3] = ["read_diff", "send_signing_code", "follow_events"];
        self.path.contains("{merchant}") && !WITHOUT.contains(&self.id)
    }

    fn parameters(&self, place: &'static str) -> impl Iterator<Item = &Value> {
        let all = self.value["parameters"].as_array();
        all.into_iter().flatten().filter(move |parameter| parameter["in"] == place)
    }

    fn has_body(&self, kind: &str) -> bool {
        self.value["requestBody"]["content"].get(kind).is_some()
    }

    pub fn answers_bytes(&self) -> bool {
        let answers = self.value["responses"].as_object();
        let mut contents = answers
            .into_iter()
            .flatten()
            .filter_map(|(_, answer)| answer["content"].as_object().map(|content| content.keys()));
        contents.any(|mut kinds| kinds.any(|kind| !kind.ends_with("json") && kind != STREAM))
    }
}
