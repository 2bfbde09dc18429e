//! The surfaces that have a document, and what each of their documents says of the whole.

use crate::auth::sessions::Audience;
use crate::http::problem::Kind;
use crate::http::sessions::cookie_name;
use serde_json::{Value, json};

/// How somebody shows that they may ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// With a session, as a token or as a cookie.
    Session,
    /// With an API key.
    Key,
    /// With the token of the payment service.
    Service,
}

pub struct Surface {
    /// Where its document is.
    pub path: &'static str,
    pub title: &'static str,
    about: &'static str,
    pub access: Access,
    audience: Option<Audience>,
}

pub const PORTAL: Surface = Surface {
    path: "/portal/v1/openapi.json",
    title: "Greffe: portal API",
    about: "What a merchant does: sign up, fill in the client file, sign, go live.",
    access: Access::Session,
    audience: Some(Audience::Portal),
};

pub const CONSOLE: Surface = Surface {
    path: "/console/v1/openapi.json",
    title: "Greffe: console API",
    about: "What staff do: examine files, decide in pairs, look back.",
    access: Access::Session,
    audience: Some(Audience::Console),
};

pub const PAYMENT: Surface = Surface {
    path: "/v2/openapi.json",
    title: "Greffe: payment API",
    about: "What a merchant's programs ask with an API key.",
    access: Access::Key,
    audience: None,
};

pub const INTERNAL: Surface = Surface {
    path: "/internal/v1/openapi.json",
    title: "Greffe: internal API",
    about: "What the payment service asks: whether a key works, and to which account a merchant is paid.",
    access: Access::Service,
    audience: None,
};

/// What all have in common.
const CONVENTIONS: &str = "\n\n\
    - Errors are RFC 9457 problems; decide by `code`. `/docs/problems` explains each.\n\
    - Send an `Idempotency-Key` with every POST: the same key and body give the same answer.\n\
    - An `ETag` is a revision; send it back as `If-Match` to change only what you have seen.\n\
    - Times are RFC 3339 in UTC, ids have a prefix, lists grow: treat a value that you do not know as \
    unknown.\n\
    - What is breaking and what is not: `docs/reference/api-changes.md`.";

impl Surface {
    /// Whether its rules are those of staff; `None` where no rules are asked.
    pub fn is_console(&self) -> Option<bool> {
        self.audience.map(|audience| audience == Audience::Console)
    }

    /// What a stranger is told.
    pub fn kind_of_stranger(&self) -> Kind {
        match self.access {
            Access::Session | Access::Service => Kind::NotSignedIn,
            Access::Key => Kind::WrongApiKey,
        }
    }

    pub fn info(&self) -> Value {
        json!({
            "title": self.title,
            "version": env!("CARGO_PKG_VERSION"),
            "license": {"name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0"},
            "description": format!("{}{CONVENTIONS}", self.about),
        })
    }

    pub fn security_schemes(&self) -> Value {
        let mut schemes = self.ways_of_all();
        if self.is_console() == Some(false) {
            schemes[TOKEN] = json!({
                "type": "http", "scheme": "bearer",
                "description": "A personal access token with the scope: `read`, or that of the room.",
            });
        }
        schemes
    }

    fn ways_of_all(&self) -> Value {
        match (self.access, self.audience) {
            (Access::Session, Some(audience)) => json!({
                "session_token": {
                    "type": "http", "scheme": "bearer",
                    "description": "The `token` that signing in answers.",
                },
                "session_cookie": {
                    "type": "apiKey", "in": "cookie", "name": cookie_name(audience),
                    "description": "What signing in gives to a browser.",
                },
            }),
            (Access::Key, _) => json!({
                "api_key": {
                    "type": "http", "scheme": "basic",
                    "description": "The value of the key as the user name, no password.",
                },
            }),
            (Access::Session | Access::Service, _) => json!({
                "service_token": {
                    "type": "http", "scheme": "bearer",
                    "description": "The token of the payment service (`--internal-token`).",
                },
            }),
        }
    }

    /// Any one of its ways.
    pub fn security(&self) -> Value {
        let schemes = self.ways_of_all();
        let names = schemes.as_object().into_iter().flat_map(|schemes| schemes.keys());
        names.map(|name| json!({ name: [] })).collect()
    }

    /// The same where a personal access token is enough, too.
    pub fn security_with_token(&self) -> Value {
        let mut ways = self.security();
        if let Some(ways) = ways.as_array_mut() {
            ways.push(json!({ TOKEN: [] }));
        }
        ways
    }
}

/// What personal access tokens are called in the documents.
const TOKEN: &str = "access_token";
