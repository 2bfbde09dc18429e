//! What happened to an account, to the merchant.

use crate::views::account_ledger::{Names, for_merchant};
use crate::views::code::lists;
use crate::views::ids::EventId;
use chrono::{DateTime, Utc};
use domain::merchant::State;
use domain::values::Language;
use domain::{Actor, Event, MerchantId, UserId, merchant};
use serde::Serialize;
use store::Recorded;
use utoipa::ToSchema;

domain::codes! {
    /// Whoever did something, as far as the merchant may know: that we acted, never which of us.
    pub enum By {
        You = "you", "you", "vous";
        Team = "team", "somebody else of your team", "un autre membre de votre équipe";
        Signer = "signer", "somebody who signs", "un signataire";
        Link = "link", "whoever held a link that we sent", "le détenteur d'un lien que nous avons envoyé";
        Us = "us", "us", "nous";
        ApiKey = "api_key", "one of your keys", "l'une de vos clés";
        Timer = "timer", "nobody: its time had come", "personne : l'échéance est venue";
    }
}

lists! {
    /// Who did it.
    Author = By;
}

#[derive(Serialize, ToSchema)]
#[schema(as = Event)]
pub struct EventView {
    /// Always `event`.
    pub object: &'static str,
    pub id: EventId,
    /// Counts what you may read, from 0; the same as in ETags and `at_revision`.
    #[schema(example = 17)]
    pub revision: u64,
    /// What kind of event it is. New kinds come; treat one that you do not know by its `text`.
    #[serde(rename = "type")]
    #[schema(example = "contract.signed")]
    pub event_type: &'static str,
    /// When it was recorded.
    pub at: DateTime<Utc>,
    pub by: Author,
    /// What happened, in words.
    #[schema(example = "Contract signed")]
    pub text: String,
}

/// An event in the envelope of CloudEvents 1.0.
#[derive(Serialize, ToSchema)]
pub struct CloudEvent {
    /// Always `1.0`.
    #[schema(example = "1.0")]
    pub specversion: &'static str,
    pub id: EventId,
    /// Whose event it is.
    #[schema(example = "/portal/v1/merchants/mer_01934a5c7b2e7d0fa1b2c3d4e5f60718")]
    pub source: String,
    /// What kind of event it is. New kinds come; treat one that you do not know by its `text`.
    #[serde(rename = "type")]
    #[schema(example = "contract.signed")]
    pub event_type: &'static str,
    /// When it was recorded.
    pub time: DateTime<Utc>,
    /// Always `application/json`.
    #[schema(example = "application/json")]
    pub datacontenttype: &'static str,
    /// What happened, as the history tells it.
    pub data: EventView,
}

/// What happened after a cursor.
#[derive(Serialize, ToSchema)]
pub struct Feed {
    /// Always `feed`.
    pub object: &'static str,
    /// The oldest first.
    pub data: Vec<CloudEvent>,
    /// Whether there is more already.
    pub has_more: bool,
    /// Send it as `starting_after`, now or later: what comes then is what came after this. None as long as
    /// nothing has happened.
    #[schema(example = "17")]
    pub cursor: Option<String>,
}

impl CloudEvent {
    pub fn of(merchant: MerchantId, event: EventView) -> Self {
        Self {
            specversion: "1.0",
            id: event.id,
            source: format!("/portal/v1/merchants/{merchant}"),
            event_type: event.event_type,
            time: event.at,
            datacontenttype: "application/json",
            data: event,
        }
    }
}

impl EventView {
    /// `None` for what merchants do not read. `merchant` is as it is known now, or was.
    pub fn of(
        recorded: &Recorded,
        revision: u64,
        merchant: &State,
        reader: UserId,
        language: Language,
    ) -> Option<Self> {
        let Event::Merchant(event) = &recorded.event else { return None };
        Some(Self {
            object: "event",
            id: recorded.metadata.event_id.into(),
            revision,
            event_type: recorded.event_type,
            at: recorded.metadata.recorded_at,
            by: by(recorded.metadata.actor, event, merchant.account.owner, reader).into(),
            text: for_merchant(event, Names::of(merchant))?.in_language(language).to_owned(),
        })
    }
}

fn by(actor: Actor, event: &merchant::Event, owner: Option<UserId>, reader: UserId) -> By {
    let of_user = |user| if user == reader { By::You } else { By::Team };
    match (actor, event) {
        (Actor::User(user), _) => of_user(user),
        // Whoever signs up and activates is the owner, and not signed in yet.
        (Actor::Visitor, merchant::Event::Registration(_)) => owner.map_or(By::Link, of_user),
        (Actor::Visitor, _) => By::Link,
        (Actor::Signer(_), _) => By::Signer,
        (Actor::Staff(_) | Actor::Provider | Actor::Undisclosed, _) => By::Us,
        (Actor::ApiKey(_), _) => By::ApiKey,
        (Actor::System, _) => By::Timer,
    }
}
