//! Users, to themselves.

use crate::models::sign_in::Membership;
use crate::views::code::lists;
use crate::views::ids::{ContactChangeId, MerchantId, SessionId, TokenId, UserId};
use crate::views::lists::Language;
use chrono::{DateTime, Utc};
use domain::user::{Contact, State, Token};
use domain::values::Mobile;
use serde::Serialize;
use store::vault::Session;
use utoipa::ToSchema;

domain::codes! {
    pub enum ContactKind {
        Email = "email", "the login e-mail", "l'e-mail de connexion";
        Mobile = "mobile", "the mobile", "le mobile";
    }
}

domain::codes! {
    pub enum ContactChangeStatus {
        Awaited = "awaited", "waiting for the new one to prove itself", "en attente de la preuve du nouveau";
        Done = "done", "done", "fait";
        Cancelled = "cancelled", "cancelled", "annulé";
        Expired = "expired", "the new one never proved itself", "jamais prouvé à temps";
    }
}

lists! {
    /// Which contact it is.
    ChangedContact = ContactKind;
    /// How the change of a contact stands.
    ContactChangeProgress = ContactChangeStatus;
    /// What a personal access token is enough for.
    TokenScope = domain::user::Scope;
    /// What somebody may do for a merchant.
    MemberRole = domain::access::MemberRole;
}

#[derive(Serialize, ToSchema)]
#[schema(as = User)]
pub struct Me {
    /// Always `user`.
    pub object: &'static str,
    pub id: UserId,
    /// With which you sign in.
    #[schema(example = "marie@example.com")]
    pub email: Option<String>,
    /// Empty for whoever has one name only.
    #[schema(example = "Marie")]
    pub first_name: Option<String>,
    /// None before you gave it.
    #[schema(example = "Exemple")]
    pub last_name: Option<String>,
    /// One-time codes are sent to it.
    #[schema(example = "+33612345678")]
    pub mobile: Option<String>,
    /// Whether a code that was sent to it came back.
    pub is_mobile_verified: bool,
    /// In which we write to you.
    pub language: Option<Language>,
    /// True while a bank account is being changed: e-mail and mobile stay as they are.
    pub are_contacts_frozen: bool,
    /// The newest change of a contact, also when it is over.
    pub contact_change: Option<ContactChangeView>,
    /// For whom you act.
    pub merchants: Vec<MembershipView>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = Membership)]
pub struct MembershipView {
    pub merchant: MerchantId,
    pub role: MemberRole,
}

/// The change of a login e-mail or of a mobile.
#[derive(Serialize, ToSchema)]
#[schema(as = ContactChange)]
pub struct ContactChangeView {
    /// Always `contact_change`.
    pub object: &'static str,
    pub id: ContactChangeId,
    pub contact: ChangedContact,
    /// The new one, if it is a mobile masked.
    #[schema(example = "marie@example.org")]
    pub value: Option<String>,
    pub status: ContactChangeProgress,
    /// Until when the new one can prove itself.
    pub expires_at: DateTime<Utc>,
}

/// Where somebody is signed in.
#[derive(Serialize, ToSchema)]
#[schema(as = Session)]
pub struct SessionView {
    /// Always `session`.
    pub object: &'static str,
    pub id: SessionId,
    /// Whether it is the one that asks.
    pub is_current: bool,
    /// When it began.
    pub created_at: DateTime<Utc>,
    /// When it was last used, to the minute.
    pub last_seen_at: DateTime<Utc>,
    /// The browser, as it named itself.
    #[schema(example = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0")]
    pub device: String,
}

/// A token with which a program acts for its owner.
#[derive(Serialize, ToSchema)]
#[schema(as = AccessToken)]
pub struct TokenView {
    /// Always `access_token`.
    pub object: &'static str,
    pub id: TokenId,
    /// As its owner called it.
    #[schema(example = "Nightly export")]
    pub name: Option<String>,
    /// What it is enough for.
    pub scopes: Vec<TokenScope>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it ceases to work.
    pub expires_at: DateTime<Utc>,
    /// When it was last used, about.
    pub last_used_at: Option<DateTime<Utc>>,
    /// Shown once, when it is made: send it as `Authorization: Bearer …`.
    #[schema(example = "greffe_pat_AZNKXHsufQ-hssPU5fYHGAGTSlx7Ln0PobLD1OX2BxgJd0Z4bXVkcQ")]
    pub value: Option<String>,
    /// What to do when a value that is shown once was asked for again.
    #[schema(example = "This token was shown once, when it was made.")]
    pub hint: Option<&'static str>,
}

impl TokenView {
    pub fn of(id: domain::TokenId, token: &Token, last_used_at: Option<DateTime<Utc>>) -> Self {
        Self {
            object: "access_token",
            id: id.into(),
            name: token.name.known().map(|name| name.as_str().to_owned()),
            scopes: token.scopes.iter().map(|scope| (*scope).into()).collect(),
            created_at: token.issued_at,
            expires_at: token.expires_at,
            last_used_at,
            value: None,
            hint: None,
        }
    }
}

impl Me {
    pub fn of(
        id: domain::UserId,
        state: &State,
        memberships: &[Membership],
        are_contacts_frozen: bool,
        at: DateTime<Utc>,
    ) -> Self {
        let profile = state.profile.as_ref().and_then(|profile| profile.known());
        let email = state.email.as_ref().and_then(|email| email.known());
        let merchants = memberships.iter().map(|membership| MembershipView {
            merchant: membership.merchant.into(),
            role: membership.role.into(),
        });
        Self {
            object: "user",
            id: id.into(),
            email: email.map(|email| email.as_str().to_owned()),
            first_name: profile.map(|profile| profile.first_name.as_str().to_owned()),
            last_name: profile.map(|profile| profile.last_name.as_str().to_owned()),
            mobile: profile.map(|profile| profile.mobile.as_str().to_owned()),
            is_mobile_verified: state.is_mobile_verified,
            language: state.language.map(Into::into),
            are_contacts_frozen,
            contact_change: ContactChangeView::newest(state, at),
            merchants: merchants.collect(),
        }
    }
}

impl ContactChangeView {
    /// The newest change of a contact, if there ever was one.
    pub fn newest(state: &State, at: DateTime<Utc>) -> Option<Self> {
        let change = state.contact_change.as_ref()?;
        let (contact, value) = match &change.contact {
            Contact::Email(email) => {
                (ContactKind::Email, email.known().map(|email| email.as_str().to_owned()))
            }
            Contact::Mobile(mobile) => (ContactKind::Mobile, mobile.known().map(Mobile::masked)),
        };
        let status = match (change.is_over, change.is_cancelled) {
            (false, _) if at >= change.expires_at => ContactChangeStatus::Expired,
            (false, _) => ContactChangeStatus::Awaited,
            (true, false) => ContactChangeStatus::Done,
            (true, true) => ContactChangeStatus::Cancelled,
        };
        Some(Self {
            object: "contact_change",
            id: change.id.into(),
            contact: contact.into(),
            value,
            status: status.into(),
            expires_at: change.expires_at,
        })
    }
}

impl SessionView {
    pub fn of(session: Session, current: domain::SessionId) -> Self {
        Self {
            object: "session",
            id: session.id.into(),
            is_current: session.id == current,
            created_at: session.created_at,
            last_seen_at: session.last_seen_at,
            device: session.device,
        }
    }
}
