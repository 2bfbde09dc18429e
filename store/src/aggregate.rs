//! What `execute` needs to know of a kind of stream: its name, and the two functions of its rules.

use crate::ledger::StreamId;
use chrono::{DateTime, Utc};
use domain::{
    Event, Id, MerchantId, Occasion, PersonId, StaffId, SubjectId, UserId, contract, email_claim,
    looks, looks::Month, merchant, staff, user,
};
use std::fmt;
use uuid::Uuid;

/// A kind of stream. The rules themselves are free functions of `domain`.
pub trait Aggregate {
    type Key: Copy + Send + Sync;
    type State: Default + Clone + Send + Sync + 'static;
    type Command: Clone + Send + Sync;
    type Refusal: std::error::Error + Send + Sync + 'static;

    fn stream(key: Self::Key) -> StreamId;
    /// Whose key seals what has no person of its own.
    fn owner(key: Self::Key) -> SubjectId;
    fn decide(
        key: Self::Key,
        command: Self::Command,
        state: &Self::State,
        occasion: &Occasion,
    ) -> Result<Vec<Event>, Self::Refusal>;
    fn evolve(state: Self::State, event: &Event) -> Self::State;
    /// Whether the stream has introduced a subject already: its key is not made again.
    fn has_introduced(state: &Self::State, subject: SubjectId) -> bool;
    /// What a state takes in memory, at a guess: a number of bytes for it and for each thing in it.
    fn size(state: &Self::State) -> usize;
    /// Whether a refusal is about who asks, and not about what there is: it holds for a command that
    /// was executed before, too.
    fn is_about_who_asks(_: &Self::Refusal) -> bool {
        false
    }
    /// Whether an event only keeps books and changes nothing that somebody has read: it does not
    /// make an `If-Match` stale.
    fn is_bookkeeping(_: &Event) -> bool {
        false
    }
}

pub struct Merchant;
pub struct User;
pub struct Staff;
pub struct EmailClaim;
pub struct Looks;

/// What the names, addresses and numbers of one stream take together, generously.
const BYTES_OF_TEXTS: usize = 1_024;
/// A person with their address, a document with its names: generously, with its place in a map.
const BYTES_OF_THING: usize = 640;

pub const MERCHANT: &str = "merchant";
pub const USER: &str = "user";
pub const STAFF: &str = "staff";
pub const LOOKS: &str = "looks";

/// The id in the name of a stream of that category.
pub fn id_of<I: Id>(stream: &StreamId, category: &str) -> Option<I> {
    if stream.category() != category {
        return None;
    }
    Uuid::try_parse(stream.key()).ok().map(I::from_uuid)
}

pub fn merchant_stream(id: MerchantId) -> StreamId {
    StreamId::new(MERCHANT, id.uuid())
}

impl Aggregate for Merchant {
    type Key = MerchantId;
    type State = merchant::State;
    type Command = merchant::Command;
    type Refusal = merchant::Refusal;

    fn stream(id: MerchantId) -> StreamId {
        merchant_stream(id)
    }

    fn owner(id: MerchantId) -> SubjectId {
        id.into()
    }

    fn decide(
        _: MerchantId,
        command: merchant::Command,
        state: &merchant::State,
        occasion: &Occasion,
    ) -> Result<Vec<Event>, merchant::Refusal> {
        let events = merchant::decide(command, state, occasion)?;
        Ok(events.into_iter().map(Event::Merchant).collect())
    }

    fn evolve(state: merchant::State, event: &Event) -> merchant::State {
        match event {
            Event::Merchant(event) => merchant::evolve(state, event),
            Event::User(_) | Event::Staff(_) | Event::EmailClaim(_) | Event::Looks(_) => state,
        }
    }

    fn is_about_who_asks(refusal: &merchant::Refusal) -> bool {
        use domain::access::Refusal;
        refusal.of_access().is_some_and(|access| match access {
            Refusal::UnknownMerchant
            | Refusal::StaffOnly
            | Refusal::StaffRoleForbids
            | Refusal::SystemOnly
            | Refusal::RoleForbids => true,
            Refusal::StatusForbids | Refusal::StrongAuthenticationNeeded => false,
        })
    }

    fn has_introduced(state: &merchant::State, subject: SubjectId) -> bool {
        // The merchant itself is introduced by the first event, which happens once.
        state.file.people.contains_key(&PersonId::from_uuid(subject.uuid()))
    }

    fn size(state: &merchant::State) -> usize {
        let (file, contract) = (&state.file, &state.contract);
        let things = file.people.len()
            + file.documents.len()
            + file.ownership.as_ref().and_then(|known| known.known()).map_or(0, Vec::len)
            + contract.codes.len()
            + contract.codes_sent.len()
            + contract.signatures.len()
            + state.review.items.len()
            + state.services.services.len()
            + state.keys.keys.len()
            + state.bank_account.accounts.len()
            + state.bank_account.asked.len();
        size_of::<merchant::State>() + BYTES_OF_TEXTS + things * BYTES_OF_THING
    }

    /// A message went out or a contract was filed: an officer who decides at that moment has still
    /// read the right file.
    fn is_bookkeeping(event: &Event) -> bool {
        matches!(
            event,
            Event::Merchant(
                merchant::Event::Messages(_)
                    | merchant::Event::Contract(contract::Event::Filed { .. })
            )
        )
    }
}

impl Aggregate for User {
    type Key = UserId;
    type State = user::State;
    type Command = user::Command;
    type Refusal = user::Refusal;

    fn stream(id: UserId) -> StreamId {
        StreamId::new(USER, id.uuid())
    }

    fn owner(id: UserId) -> SubjectId {
        id.into()
    }

    fn decide(
        _: UserId,
        command: user::Command,
        state: &user::State,
        occasion: &Occasion,
    ) -> Result<Vec<Event>, user::Refusal> {
        Ok(user::decide(command, state, occasion)?.into_iter().map(Event::User).collect())
    }

    fn evolve(state: user::State, event: &Event) -> user::State {
        match event {
            Event::User(event) => user::evolve(state, event),
            Event::Merchant(_) | Event::Staff(_) | Event::EmailClaim(_) | Event::Looks(_) => state,
        }
    }

    fn has_introduced(state: &user::State, _: SubjectId) -> bool {
        state.is_registered
    }

    fn size(state: &user::State) -> usize {
        let times = state.activations_sent.len()
            + state.codes_sent.len()
            + state.contact_changes_asked.len();
        let things = state.former_contacts.len() + state.freezes.len() + state.tokens.len();
        size_of::<user::State>()
            + BYTES_OF_TEXTS
            + times * size_of::<DateTime<Utc>>()
            + things * BYTES_OF_THING
    }
}

impl Aggregate for Staff {
    type Key = StaffId;
    type State = staff::State;
    type Command = staff::Command;
    type Refusal = staff::Refusal;

    fn stream(id: StaffId) -> StreamId {
        StreamId::new(STAFF, id.uuid())
    }

    fn owner(id: StaffId) -> SubjectId {
        id.into()
    }

    fn decide(
        id: StaffId,
        command: staff::Command,
        state: &staff::State,
        occasion: &Occasion,
    ) -> Result<Vec<Event>, staff::Refusal> {
        Ok(staff::decide(id, command, state, occasion)?.into_iter().map(Event::Staff).collect())
    }

    fn evolve(state: staff::State, event: &Event) -> staff::State {
        match event {
            Event::Staff(event) => staff::evolve(state, event),
            Event::Merchant(_) | Event::User(_) | Event::EmailClaim(_) | Event::Looks(_) => state,
        }
    }

    fn is_about_who_asks(refusal: &staff::Refusal) -> bool {
        matches!(refusal, staff::Refusal::AdministratorOnly)
    }

    fn has_introduced(state: &staff::State, _: SubjectId) -> bool {
        state.profile.is_some()
    }

    fn size(_: &staff::State) -> usize {
        size_of::<staff::State>() + BYTES_OF_TEXTS
    }
}

/// A login e-mail, known by a keyed hash. Staff and merchants do not share addresses' claims.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EmailKey {
    pub category: &'static str,
    pub hash: [u8; 32],
}

impl fmt::Display for EmailKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.hash))
    }
}

impl Aggregate for EmailClaim {
    type Key = EmailKey;
    type State = email_claim::State;
    type Command = email_claim::Command;
    type Refusal = email_claim::Refusal;

    fn stream(key: EmailKey) -> StreamId {
        StreamId::new(key.category, key)
    }

    fn owner(_: EmailKey) -> SubjectId {
        SubjectId::from_uuid(Uuid::nil())
    }

    fn decide(
        _: EmailKey,
        command: email_claim::Command,
        state: &email_claim::State,
        _: &Occasion,
    ) -> Result<Vec<Event>, email_claim::Refusal> {
        Ok(email_claim::decide(command, state)?.into_iter().map(Event::EmailClaim).collect())
    }

    fn evolve(state: email_claim::State, event: &Event) -> email_claim::State {
        match event {
            Event::EmailClaim(event) => email_claim::evolve(state, event),
            Event::Merchant(_) | Event::User(_) | Event::Staff(_) | Event::Looks(_) => state,
        }
    }

    fn has_introduced(_: &email_claim::State, _: SubjectId) -> bool {
        true
    }

    fn size(_: &email_claim::State) -> usize {
        size_of::<email_claim::State>()
    }
}

/// A month, or a case that somebody looks at in a session that began in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LooksKey {
    Month(Month),
    Case(Month, Uuid),
}

impl LooksKey {
    fn month(self) -> Month {
        match self {
            Self::Month(month) | Self::Case(month, _) => month,
        }
    }
}

impl fmt::Display for LooksKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Month(month) => month.fmt(f),
            Self::Case(month, case) => write!(f, "{month}-{case}"),
        }
    }
}

/// In whose stream a look is recorded.
pub fn month_of(stream: &StreamId) -> Option<Month> {
    if stream.category() != LOOKS {
        return None;
    }
    Month::parse(stream.key().split('-').next()?)
}

/// Whose key seals the looks of a month: nobody's but the month's.
pub fn looks_subject(month: Month) -> SubjectId {
    let name = format!("looks/{month}");
    SubjectId::from_uuid(Uuid::new_v5(&Uuid::NAMESPACE_OID, name.as_bytes()))
}

impl Aggregate for Looks {
    type Key = LooksKey;
    type State = looks::State;
    type Command = looks::Command;
    type Refusal = looks::Refusal;

    fn stream(key: LooksKey) -> StreamId {
        StreamId::new(LOOKS, key)
    }

    fn owner(key: LooksKey) -> SubjectId {
        looks_subject(key.month())
    }

    fn decide(
        _: LooksKey,
        command: looks::Command,
        state: &looks::State,
        occasion: &Occasion,
    ) -> Result<Vec<Event>, looks::Refusal> {
        let events = looks::decide(command, state, occasion.at)?;
        Ok(events.into_iter().map(Event::Looks).collect())
    }

    fn evolve(state: looks::State, event: &Event) -> looks::State {
        match event {
            Event::Looks(event) => looks::evolve(state, event),
            Event::Merchant(_) | Event::User(_) | Event::Staff(_) | Event::EmailClaim(_) => state,
        }
    }

    fn has_introduced(state: &looks::State, _: SubjectId) -> bool {
        state.is_opened
    }

    fn size(state: &looks::State) -> usize {
        let looks = state.looks.len() * size_of::<(looks::Thing, DateTime<Utc>)>();
        size_of::<looks::State>() + BYTES_OF_TEXTS + looks
    }
}
