//! Given what happened, when somebody asks, then this follows: the words of the rooms' tests.
//!
//! Fixtures are made by real requests, so that no test stands on a history that cannot happen.
//! Only what a request cannot bring about in this crate is written as an event.
#![allow(clippy::wildcard_enum_match_arm, reason = "a test looks for one event")]

use crate::client_file::{
    self, CompanyDetails, DocumentDates, DocumentKind, DocumentStatus, MediaType, NewDocument,
    Ownership, PayoutAccount, PersonDetails, PersonRole, SubmittedDocument,
};
use crate::merchant::{Command, Event, Refusal, State, decide, evolve};
use crate::messages::{self, Medium, Template};
use crate::registration::{self, CompanyBasics, CompanyIdentity};
use crate::restriction::InternalReason;
use crate::review::{self, NewItem, Proposal, RequestReason};
use crate::services::{self, Service};
use crate::staff::{Role, Roles};
use crate::values::{
    Activity, Address, Country, Email, FreeText, Iban, Language, LegalForm, LegalName, Mobile,
    Nationality, PersonName, PostalCode, Share, Siren, Siret,
};
use crate::{
    Actor, Channel, DocumentId, Id, Occasion, PersonId, Personal, Refuses, StaffId, UserId,
    api_keys, contract,
};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// Events of several rooms in one list.
macro_rules! events {
    ($($event:expr),* $(,)?) => { vec![$($crate::merchant::Event::from($event)),*] };
}
pub(crate) use events;

pub struct Given {
    events: Vec<Event>,
}

pub struct When {
    outcome: Result<Vec<Event>, Refusal>,
}

pub fn given(events: impl IntoIterator<Item = Event>) -> Given {
    Given { events: events.into_iter().collect() }
}

pub fn nothing() -> Vec<Event> {
    vec![]
}

pub fn folded(events: &[Event]) -> State {
    events.iter().fold(State::default(), evolve)
}

impl Given {
    pub fn when(self, occasion: Occasion, command: impl Into<Command>) -> When {
        let before = folded(&self.events);
        When { outcome: decide(command.into(), &before, &occasion) }
    }
}

impl When {
    #[track_caller]
    pub fn then(self, expected: impl IntoIterator<Item = Event>) {
        assert_eq!(self.outcome, Ok(expected.into_iter().collect()));
    }

    #[track_caller]
    pub fn then_nothing(self) {
        self.then(nothing());
    }

    #[track_caller]
    pub fn then_refused(self, refusal: impl Into<Refusal>) {
        assert_eq!(self.outcome, Err(refusal.into()));
    }
}

/// The history that continues with one more accepted request.
#[track_caller]
pub fn after(
    mut events: Vec<Event>,
    occasion: Occasion,
    command: impl Into<Command>,
) -> Vec<Event> {
    let command = command.into();
    let new = decide(command.clone(), &folded(&events), &occasion)
        .unwrap_or_else(|refusal| panic!("{command:?} was refused: {refusal}"));
    assert!(!new.is_empty(), "{command:?} changed nothing");
    events.extend(new);
    events
}

/// Codes are unique, and every refusal has words in both languages.
#[track_caller]
pub fn every_refusal_has_its_code_and_words<R: Refuses + std::fmt::Debug>() {
    let codes: BTreeSet<&str> = R::ALL.iter().map(|refusal| refusal.code()).collect();
    assert_eq!(codes.len(), R::ALL.len());
    for refusal in R::ALL {
        assert!(!refusal.code().is_empty());
        assert!(!refusal.english().is_empty() && !refusal.french().is_empty(), "{refusal:?}");
        assert_ne!(refusal.english(), refusal.french(), "{refusal:?}");
    }
}

// Time. Everything starts on a Monday morning in winter, when Paris is one hour ahead of UTC.

pub fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// Ten in the morning in Paris, so many days after the beginning.
pub fn day(number: i64) -> DateTime<Utc> {
    at("2026-11-02T09:00:00Z") + TimeDelta::days(number)
}

pub fn second() -> TimeDelta {
    TimeDelta::seconds(1)
}

pub fn date(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

// People. All of them are invented.

pub fn id<I: Id>(number: u128) -> I {
    I::from_uuid(Uuid::from_u128(number))
}

#[derive(Clone, Copy)]
pub struct Colleague(u128, &'static [Role]);

pub const CLARA: Colleague = Colleague(1, &[Role::Officer]);
pub const HUGO: Colleague = Colleague(2, &[Role::Officer]);
pub const NADIA: Colleague = Colleague(3, &[Role::Analyst]);
pub const SAMIR: Colleague = Colleague(4, &[Role::Support]);
pub const ADELE: Colleague = Colleague(5, &[Role::Administrator]);
pub const ALBAN: Colleague = Colleague(6, &[Role::Administrator]);

impl Colleague {
    pub fn id(self) -> StaffId {
        id(self.0)
    }

    pub fn at(self, at: DateTime<Utc>) -> Occasion {
        Occasion::by_staff(self.id(), roles(self.1), at)
    }
}

pub fn roles(roles: &[Role]) -> Roles {
    roles.iter().copied().collect()
}

#[derive(Clone, Copy)]
pub struct Member(u128);

/// Zoé, who registered the merchant and represents it.
pub const OWNER: Member = Member(11);
pub const STRANGER: Member = Member(12);

impl Member {
    pub fn id(self) -> UserId {
        id(self.0)
    }

    pub fn at(self, at: DateTime<Utc>) -> Occasion {
        Occasion::new(Actor::User(self.id()), Channel::Portal, at)
    }

    /// Just after a one-time code.
    pub fn strong(self, at: DateTime<Utc>) -> Occasion {
        Occasion { strongly_authenticated_at: Some(at), ..self.at(at) }
    }
}

pub fn timer(at: DateTime<Utc>) -> Occasion {
    Occasion::by_system(at)
}

pub fn visitor(at: DateTime<Utc>) -> Occasion {
    Occasion::new(Actor::Visitor, Channel::Portal, at)
}

pub fn provider(at: DateTime<Utc>) -> Occasion {
    Occasion::new(Actor::Provider, Channel::Api, at)
}

pub fn signer(person: PersonId, at: DateTime<Utc>) -> Occasion {
    Occasion::new(Actor::Signer(person), Channel::Portal, at)
}

/// Everybody who is neither a member nor staff nor a timer.
pub fn outsiders(at: DateTime<Utc>) -> Vec<Occasion> {
    let key = Occasion::new(Actor::ApiKey(id(1)), Channel::Api, at);
    vec![STRANGER.at(at), visitor(at), provider(at), signer(id(99), at), key]
}

// What they write.

pub fn text(text: &str) -> FreeText {
    FreeText::parse(text).unwrap()
}

pub fn france() -> Country {
    Country::parse("FR").unwrap()
}

pub fn basics() -> CompanyBasics {
    CompanyBasics {
        identity: CompanyIdentity {
            legal_name: LegalName::parse("Atelier du Canal").unwrap(),
            siren: Some(Siren::parse("732829320").unwrap()),
        }
        .into(),
        legal_form: LegalForm::Sas,
        country: france(),
        activity: Activity::parse("62.01Z", date("2026-11-25")).unwrap(),
    }
}

/// A company that is still being registered.
pub fn basics_without_number() -> CompanyBasics {
    let identity =
        CompanyIdentity { legal_name: LegalName::parse("Atelier du Canal").unwrap(), siren: None };
    CompanyBasics { identity: identity.into(), ..basics() }
}

pub fn address() -> Address {
    Address {
        street: Address::parse_line("3 quai des Essais").unwrap(),
        postal_code: PostalCode::parse("75010", france()).unwrap(),
        city: Address::parse_line("Paris").unwrap(),
        country: france(),
    }
}

pub fn company() -> CompanyDetails {
    CompanyDetails {
        siret: Siret::parse("73282932000074").unwrap(),
        vat_number: None,
        address: address(),
        registered_on: date("2024-03-01"),
        website: None,
    }
}

pub fn details(first_name: &str) -> PersonDetails {
    PersonDetails {
        first_name: PersonName::parse(first_name).unwrap(),
        last_name: PersonName::parse("Exemple").unwrap(),
        birth_date: date("1985-05-05"),
        birth_place: "Lille".to_owned(),
        nationality: Nationality::parse("FR").unwrap(),
        address: address(),
        email: Email::parse("zoe@example.com").unwrap(),
        mobile: Mobile::parse("06 12 34 56 78").unwrap(),
    }
}

pub fn payout_account() -> PayoutAccount {
    PayoutAccount {
        iban: Iban::parse("FR7630006000011234567890189").unwrap(),
        holder: LegalName::parse("Atelier du Canal").unwrap(),
    }
}

pub fn new_key(number: u128) -> api_keys::NewKey {
    api_keys::NewKey { id: id(number), hash: [0; 32], last_four: *b"abcd" }
}

/// Zoé and her associate in the file.
pub fn zoe() -> PersonId {
    id(21)
}

pub fn associate() -> PersonId {
    id(22)
}

pub fn whole_of(person: PersonId) -> Ownership {
    share_of(person, "100")
}

pub fn share_of(person: PersonId, percent: &str) -> Ownership {
    let share = Share::parse(percent).unwrap();
    Ownership { person, capital: share, votes: share, has_control: false }
}

pub const EXTRACT: u128 = 31;
pub const IDENTITY: u128 = 32;
pub const BANK: u128 = 33;
pub const ARTICLES: u128 = 34;

/// A document with the dates that its kind needs.
pub fn document(number: u128, kind: DocumentKind) -> NewDocument {
    let submitted = SubmittedDocument {
        id: id(number),
        kind,
        person: kind.is_about_person().then(zoe),
        media_type: MediaType::Pdf,
        size: 100_000,
        sealed_sha256: [0; 32],
        answers: None,
    };
    dated(submitted, Some("2026-10-01"), Some("2031-10-01"))
}

/// A document with other dates.
pub fn dated(
    submitted: SubmittedDocument,
    issued_on: Option<&str>,
    expires_on: Option<&str>,
) -> NewDocument {
    let dates = DocumentDates { issued_on: issued_on.map(date), expires_on: expires_on.map(date) };
    NewDocument { submitted, dates }
}

/// A document that is otherwise in something.
pub fn with(mut document: NewDocument, change: impl FnOnce(&mut SubmittedDocument)) -> NewDocument {
    change(&mut document.submitted);
    document
}

pub fn submit(document: NewDocument) -> client_file::Command {
    client_file::Command::SubmitDocument { document, replaces: None }
}

pub fn represents() -> BTreeSet<PersonRole> {
    [PersonRole::Representative, PersonRole::BeneficialOwner].into()
}

pub fn record_person(person: PersonId, first_name: &str) -> client_file::Command {
    client_file::Command::RecordPerson { person, details: details(first_name), roles: represents() }
}

pub fn sha256() -> [u8; 32] {
    [7; 32]
}

pub fn sealed_sha256() -> [u8; 32] {
    [8; 32]
}

pub fn evidence() -> contract::Evidence {
    contract::Evidence {
        ip_address: "192.0.2.1".to_owned(),
        user_agent: "test".to_owned(),
        mobile: "+33 •••• 78".to_owned(),
    }
}

pub fn sign(signer: PersonId, challenge: u128, is_code_right: bool) -> contract::Command {
    contract::Command::Sign {
        signer,
        sha256: sha256(),
        challenge: id(challenge),
        is_code_right,
        evidence: evidence(),
    }
}

pub fn send_code(signer: PersonId, challenge: u128) -> contract::Command {
    contract::Command::SendCode { signer, challenge: id(challenge) }
}

pub fn present(events: &[Event]) -> contract::Command {
    contract::Command::Present {
        contract: id(41),
        sha256: sha256(),
        sealed_sha256: sealed_sha256(),
        file_version: folded(events).file.version,
    }
}

pub fn propose(events: &[Event], proposal: Proposal) -> review::Command {
    review::Command::Propose {
        proposal,
        file_version: folded(events).file.version,
        rationale: text("consistent with the extract"),
    }
}

pub fn confirm(events: &[Event]) -> review::Command {
    review::Command::Confirm { file_version: folded(events).file.version }
}

pub fn suspend() -> registration::Command {
    registration::Command::Suspend { reason: InternalReason::new(text("to be looked at")) }
}

pub fn asked_for(number: u128, kind: DocumentKind) -> NewItem {
    let person = kind.is_about_person().then(zoe);
    NewItem { id: id(number), kinds: [kind].into(), person, reason: RequestReason::Missing }
}

pub fn request(items: Vec<NewItem>) -> review::Command {
    review::Command::RequestDocuments { items, explanations: BTreeMap::new() }
}

pub fn refuse(document: u128) -> review::Command {
    review::Command::RefuseDocument {
        document: id(document),
        refusal: client_file::DocumentRefusal::Unreadable,
        public_text: text("The second page cannot be read."),
    }
}

pub fn answer(number: u128, kind: DocumentKind, item: u128) -> client_file::Command {
    submit(with(document(number, kind), |new| new.answers = Some(id(item))))
}

pub fn sent(template: Template) -> messages::Command {
    messages::Command::RecordSent { cause: id(1), template, medium: Medium::Email }
}

// Histories.

pub fn created() -> Vec<Event> {
    let create = registration::Command::Create { owner: OWNER.id(), language: Language::French };
    after(nothing(), visitor(day(0)), create)
}

pub fn activated() -> Vec<Event> {
    after(created(), visitor(day(0)), registration::Command::Activate)
}

pub fn record_basics(basics: CompanyBasics) -> registration::Command {
    registration::Command::RecordCompanyBasics {
        basics,
        is_mobile_verified: true,
        test_key: new_key(51),
    }
}

pub fn in_test() -> Vec<Event> {
    after(activated(), OWNER.at(day(0)), record_basics(basics()))
}

/// Everything the file needs, so that the contract can be presented.
pub fn complete() -> Vec<Event> {
    let owner = OWNER.at(day(1));
    let mut events = in_test();
    for command in [
        client_file::Command::RecordCompany { details: company() },
        record_person(zoe(), "Zoé"),
        client_file::Command::DeclareOwnership { holdings: vec![whole_of(zoe())] },
        client_file::Command::RecordPayoutAccount { account: payout_account() },
        submit(document(EXTRACT, DocumentKind::RegistrationExtract)),
        submit(document(IDENTITY, DocumentKind::IdentityDocument)),
        submit(document(BANK, DocumentKind::BankDetails)),
        submit(document(ARTICLES, DocumentKind::ArticlesOfAssociation)),
    ] {
        events = after(events, owner, command);
    }
    after(events, owner, request_services([Service::PaymentLink]))
}

pub fn request_services(services: impl IntoIterator<Item = Service>) -> services::Command {
    services::Command::Request { services: services.into_iter().collect() }
}

pub fn presented() -> Vec<Event> {
    let events = complete();
    let present = present(&events);
    after(events, OWNER.at(day(2)), present)
}

pub fn submitted() -> Vec<Event> {
    let events = after(presented(), OWNER.at(day(2)), send_code(zoe(), 61));
    after(events, OWNER.at(day(2)), sign(zoe(), 61, true))
}

pub fn in_review() -> Vec<Event> {
    after(submitted(), CLARA.at(day(3)), review::Command::Take)
}

/// Accepts every document that still counts.
pub fn all_accepted(mut events: Vec<Event>, by: Occasion) -> Vec<Event> {
    let documents: Vec<DocumentId> = folded(&events)
        .file
        .documents
        .iter()
        .filter(|(_, document)| document.is_current())
        .filter(|(_, document)| document.status != DocumentStatus::Accepted)
        .map(|(id, _)| *id)
        .collect();
    for document in documents {
        events = after(events, by, review::Command::AcceptDocument { document });
    }
    events
}

/// Nothing is left to do but decide.
pub fn decidable() -> Vec<Event> {
    all_accepted(in_review(), CLARA.at(day(3)))
}

/// Proposed by Clara.
pub fn proposed(events: Vec<Event>, proposal: Proposal) -> Vec<Event> {
    let propose = propose(&events, proposal);
    after(events, CLARA.at(day(4)), propose)
}

pub fn live() -> Vec<Event> {
    let events = proposed(decidable(), Proposal::Approve);
    let confirm = confirm(&events);
    after(events, HUGO.at(day(5)), confirm)
}

pub fn rejected() -> Vec<Event> {
    let reason = review::RejectionReason::RiskTooHigh;
    let events = proposed(in_review(), Proposal::Reject { reason });
    let confirm = confirm(&events);
    after(events, HUGO.at(day(5)), confirm)
}

pub const ITEM: u128 = 71;

/// A proof of address was asked for on day 5; until `deadline()` it may be sent.
pub fn awaiting() -> Vec<Event> {
    let item = asked_for(ITEM, DocumentKind::ProofOfAddress);
    after(in_review(), CLARA.at(day(5)), request(vec![item]))
}

/// Thirty days after 7 November 2026, at midnight in Paris.
pub fn deadline() -> DateTime<Utc> {
    at("2026-12-07T23:00:00Z")
}

/// The message about the request went out.
pub fn awaiting_and_told() -> Vec<Event> {
    after(awaiting(), provider(day(5)), sent(Template::DocumentsRequested))
}

pub fn deactivated() -> Vec<Event> {
    after(awaiting_and_told(), timer(deadline()), review::Command::PassDeadline)
}

pub fn suspended(events: Vec<Event>) -> Vec<Event> {
    after(events, HUGO.at(day(6)), suspend())
}

/// The same history with everything about its people erased.
pub fn forgotten(events: Vec<Event>) -> Vec<Event> {
    events
        .into_iter()
        .map(|event| match event {
            Event::ClientFile(client_file::Event::PersonRecorded { person, .. }) => {
                client_file::Event::PersonRecorded { person, details: Personal::Forgotten }.into()
            }
            other => other,
        })
        .collect()
}

/// A suspension that two officers lifted.
pub fn lifted(events: Vec<Event>) -> Vec<Event> {
    let events = proposed(events, review::Proposal::LiftSuspension);
    let confirm = confirm(&events);
    after(events, HUGO.at(day(8)), confirm)
}
