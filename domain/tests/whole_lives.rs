//! Whole lives of a merchant: whatever is asked, by whomever, in whatever order, some things
//! never happen.
//!
//! Part of the lives start in the middle, behind a prefix made by real requests; otherwise
//! chance would hardly ever get past the signature. `PROPTEST_CASES` sets how many are lived.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // A test may give up.
#![allow(clippy::wildcard_enum_match_arm)] // Each invariant is about a few of the events.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use domain::api_keys::{self, Mode, NewKey, RevocationReason};
use domain::client_file::{
    self, CompanyDetails, DocumentDates, DocumentKind, DocumentRefusal, DocumentStatus,
    FileVersion, MediaType, NewDocument, Ownership, PayoutAccount, PersonDetails, PersonRole,
    SubmittedDocument,
};
use domain::contract::{self, Evidence};
use domain::merchant::{Command, Event, State, decide, evolve};
use domain::messages::{self, Failure, Medium, Template};
use domain::registration::{self, CompanyBasics, CompanyIdentity, Status};
use domain::restriction::InternalReason;
use domain::review::{self, NewItem, Proposal, RejectionReason, RequestReason, Stage};
use domain::services::{self, Service, ServiceRefusal};
use domain::staff::Role;
use domain::values::{
    Activity, Address, Country, Email, FreeText, Iban, Language, LegalForm, LegalName, Mobile,
    Nationality, PersonName, PostalCode, Share, Siren, Siret,
};
use domain::{Actor, Channel, Coded, Id, ItemId, Occasion, PersonId, UserId};
use proptest::prelude::*;
use proptest::sample::select;
use std::sync::LazyLock;
use uuid::Uuid;

// What a life is made of: small pools, so that requests meet one another.

#[derive(Clone, Debug)]
struct Step {
    /// Minutes since the step before.
    wait: i64,
    who: Who,
    ask: Ask,
}

#[derive(Clone, Copy, Debug)]
enum Who {
    /// Somebody from whom this is usually asked, the first or the second of them.
    Usual(bool),
    Other(Person),
}

#[derive(Clone, Copy, Debug)]
enum Person {
    Owner,
    OwnerWithCode,
    Stranger,
    Visitor,
    Signer(u8),
    ApiKey,
    Officer(bool),
    Analyst,
    Support,
    Administrator,
    Timer,
    Provider,
}

#[derive(Clone, Debug)]
enum Ask {
    Create {
        is_owner: bool,
    },
    Activate,
    Lapse,
    Basics {
        has_number: bool,
        is_mobile_verified: bool,
        key: u8,
    },
    Suspend,
    CloseAfterDeactivation,
    Company {
        day: u32,
    },
    RecordPerson {
        person: u8,
        birth_year: i32,
        roles: u8,
    },
    RemovePerson {
        person: u8,
    },
    Ownership {
        first: u32,
        second: u32,
    },
    Payout,
    Submit {
        document: u8,
        kind: DocumentKind,
        person: u8,
        replaces: u8,
        item: u8,
    },
    /// Sends what the first open item asks for.
    AnswerNext {
        document: u8,
    },
    /// Replaces the first document that was refused by one of its kind.
    ReplaceRefused {
        document: u8,
    },
    WithdrawDocument {
        document: u8,
    },
    Withdraw,
    Present {
        is_stale: bool,
    },
    SendCode {
        signer: u8,
        challenge: u8,
    },
    Sign {
        signer: u8,
        challenge: u8,
        is_code_right: bool,
        is_contract_right: bool,
    },
    Take,
    Assign,
    Snooze {
        days: i64,
    },
    Escalate,
    Note,
    Accept {
        document: u8,
    },
    AcceptNext,
    Refuse {
        document: u8,
    },
    RequestDocuments {
        first: u8,
        count: u8,
        kind: DocumentKind,
    },
    Propose {
        proposal: Proposal,
        is_stale: bool,
    },
    Confirm {
        is_stale: bool,
    },
    Return,
    Remind {
        days_left: u8,
    },
    PassDeadline,
    RequestServices {
        services: u8,
    },
    ActivateService {
        service: Service,
    },
    RefuseService {
        service: Service,
    },
    Issue {
        key: u8,
        mode: Mode,
    },
    Rotate {
        from: u8,
        to: u8,
        overlap_days: u8,
    },
    Revoke {
        key: u8,
    },
    Sent {
        template: Template,
    },
    Failed {
        template: Template,
    },
}

fn document() -> impl Strategy<Value = u8> {
    0..12u8
}

fn key() -> impl Strategy<Value = u8> {
    0..5u8
}

fn person() -> impl Strategy<Value = u8> {
    0..3u8
}

fn proposal() -> impl Strategy<Value = Proposal> {
    select(vec![
        Proposal::Approve,
        Proposal::Reject { reason: RejectionReason::RiskTooHigh },
        Proposal::Reactivate,
        Proposal::LiftSuspension,
    ])
}

fn rarely() -> impl Strategy<Value = bool> {
    prop::bool::weighted(0.1)
}

fn mostly() -> impl Strategy<Value = bool> {
    prop::bool::weighted(0.8)
}

fn ask() -> impl Strategy<Value = Ask> {
    prop_oneof![
        5 => of_registration(),
        12 => of_client_file(),
        6 => of_contract(),
        22 => of_review(),
        3 => of_services(),
        5 => of_api_keys(),
        3 => of_messages(),
    ]
}

fn of_registration() -> impl Strategy<Value = Ask> {
    prop_oneof![
        mostly().prop_map(|is_owner| Ask::Create { is_owner }),
        Just(Ask::Activate),
        Just(Ask::Lapse),
        (mostly(), mostly(), key()).prop_map(|(has_number, is_mobile_verified, key)| Ask::Basics {
            has_number,
            is_mobile_verified,
            key
        }),
        Just(Ask::Suspend),
        Just(Ask::CloseAfterDeactivation),
    ]
}

fn of_client_file() -> impl Strategy<Value = Ask> {
    prop_oneof![
        1 => (1..3u32).prop_map(|day| Ask::Company { day }),
        2 => (person(), select(vec![1900, 1985, 2008, 2040]), 0..8u8)
            .prop_map(|(person, birth_year, roles)| Ask::RecordPerson { person, birth_year, roles }),
        1 => person().prop_map(|person| Ask::RemovePerson { person }),
        1 => (0..=1_000_000u32, 0..=1_000_000u32)
            .prop_map(|(first, second)| Ask::Ownership { first, second }),
        1 => Just(Ask::Payout),
        6 => (document(), select(DocumentKind::ALL), person(), 0..24u8, 0..10u8).prop_map(
            |(document, kind, person, replaces, item)| Ask::Submit {
                document, kind, person, replaces, item
            }
        ),
        4 => document().prop_map(|document| Ask::AnswerNext { document }),
        2 => document().prop_map(|document| Ask::ReplaceRefused { document }),
        1 => document().prop_map(|document| Ask::WithdrawDocument { document }),
        1 => Just(Ask::Withdraw),
    ]
}

fn of_contract() -> impl Strategy<Value = Ask> {
    let signing = (person(), 0..2u8, mostly(), mostly());
    prop_oneof![
        1 => rarely().prop_map(|is_stale| Ask::Present { is_stale }),
        2 => (person(), 0..2u8)
            .prop_map(|(signer, challenge)| Ask::SendCode { signer, challenge }),
        4 => signing.prop_map(|(signer, challenge, is_code_right, is_contract_right)| Ask::Sign {
            signer, challenge, is_code_right, is_contract_right
        }),
    ]
}

fn of_review() -> impl Strategy<Value = Ask> {
    prop_oneof![
        2 => Just(Ask::Take),
        1 => Just(Ask::Assign),
        1 => (-1..40i64).prop_map(|days| Ask::Snooze { days }),
        1 => Just(Ask::Escalate),
        1 => Just(Ask::Note),
        2 => document().prop_map(|document| Ask::Accept { document }),
        8 => Just(Ask::AcceptNext),
        3 => document().prop_map(|document| Ask::Refuse { document }),
        3 => (0..6u8, 0..3u8, select(DocumentKind::ALL))
            .prop_map(|(first, count, kind)| Ask::RequestDocuments { first, count, kind }),
        8 => (proposal(), rarely())
            .prop_map(|(proposal, is_stale)| Ask::Propose { proposal, is_stale }),
        8 => rarely().prop_map(|is_stale| Ask::Confirm { is_stale }),
        1 => Just(Ask::Return),
        2 => select(vec![15, 7, 1, 3]).prop_map(|days_left| Ask::Remind { days_left }),
        3 => Just(Ask::PassDeadline),
    ]
}

fn of_services() -> impl Strategy<Value = Ask> {
    prop_oneof![
        (0..32u8).prop_map(|services| Ask::RequestServices { services }),
        select(Service::ALL).prop_map(|service| Ask::ActivateService { service }),
        select(Service::ALL).prop_map(|service| Ask::RefuseService { service }),
    ]
}

fn of_api_keys() -> impl Strategy<Value = Ask> {
    prop_oneof![
        (key(), select(Mode::ALL)).prop_map(|(key, mode)| Ask::Issue { key, mode }),
        (key(), key(), 0..9u8).prop_map(|(from, to, overlap_days)| Ask::Rotate {
            from,
            to,
            overlap_days
        }),
        key().prop_map(|key| Ask::Revoke { key }),
    ]
}

fn of_messages() -> impl Strategy<Value = Ask> {
    let template = || {
        select(vec![
            Template::DocumentsRequested,
            Template::DocumentsReminder,
            Template::FileSubmitted,
        ])
    };
    prop_oneof![
        template().prop_map(|template| Ask::Sent { template }),
        template().prop_map(|template| Ask::Failed { template }),
    ]
}

fn who() -> impl Strategy<Value = Who> {
    let anybody = prop_oneof![
        Just(Person::Owner),
        Just(Person::OwnerWithCode),
        Just(Person::Stranger),
        Just(Person::Visitor),
        person().prop_map(Person::Signer),
        Just(Person::ApiKey),
        any::<bool>().prop_map(Person::Officer),
        Just(Person::Analyst),
        Just(Person::Support),
        Just(Person::Administrator),
        Just(Person::Timer),
        Just(Person::Provider),
    ];
    prop_oneof![5 => any::<bool>().prop_map(Who::Usual), 1 => anybody.prop_map(Who::Other)]
}

fn step() -> impl Strategy<Value = Step> {
    const DAY: i64 = 24 * 60;
    let wait = prop_oneof![
        8 => Just(0),
        4 => 1..60i64,
        3 => 1..3 * DAY,
        1 => 7 * DAY..40 * DAY,
        1 => 300 * DAY..400 * DAY,
    ];
    (wait, who(), ask()).prop_map(|(wait, who, ask)| Step { wait, who, ask })
}

// Who asks.

fn id<I: Id>(number: u8) -> I {
    I::from_uuid(Uuid::from_u128(u128::from(number)))
}

fn owner() -> UserId {
    id(1)
}

impl Who {
    fn person(self, ask: &Ask) -> Person {
        let is_second = match self {
            Self::Other(person) => return person,
            Self::Usual(is_second) => is_second,
        };
        match ask {
            Ask::Create { .. } | Ask::Activate => Person::Visitor,
            Ask::Lapse | Ask::CloseAfterDeactivation | Ask::Remind { .. } | Ask::PassDeadline => {
                Person::Timer
            }
            Ask::Sent { .. } | Ask::Failed { .. } => Person::Provider,
            Ask::SendCode { signer, .. } | Ask::Sign { signer, .. } if is_second => {
                Person::Signer(*signer)
            }
            Ask::Suspend
            | Ask::Take
            | Ask::Assign
            | Ask::Snooze { .. }
            | Ask::Escalate
            | Ask::Note
            | Ask::Accept { .. }
            | Ask::AcceptNext
            | Ask::Refuse { .. }
            | Ask::RequestDocuments { .. }
            | Ask::Propose { .. }
            | Ask::Confirm { .. }
            | Ask::Return
            | Ask::ActivateService { .. }
            | Ask::RefuseService { .. } => Person::Officer(is_second),
            _ => Person::OwnerWithCode,
        }
    }
}

impl Person {
    fn at(self, at: DateTime<Utc>) -> Occasion {
        let staff = |number, role| Occasion::by_staff(id(number), [role].into_iter().collect(), at);
        let from = |actor, channel| Occasion::new(actor, channel, at);
        match self {
            Self::Owner => from(Actor::User(owner()), Channel::Portal),
            Self::OwnerWithCode => Occasion {
                strongly_authenticated_at: Some(at),
                ..from(Actor::User(owner()), Channel::Portal)
            },
            Self::Stranger => from(Actor::User(id(2)), Channel::Portal),
            Self::Visitor => from(Actor::Visitor, Channel::Portal),
            Self::Signer(person) => from(Actor::Signer(id(person)), Channel::Portal),
            Self::ApiKey => from(Actor::ApiKey(id(0)), Channel::Api),
            Self::Officer(is_second) => staff(10 + u8::from(is_second), Role::Officer),
            Self::Analyst => staff(12, Role::Analyst),
            Self::Support => staff(13, Role::Support),
            Self::Administrator => staff(14, Role::Administrator),
            Self::Timer => Occasion::by_system(at),
            Self::Provider => from(Actor::Provider, Channel::Api),
        }
    }
}

// What they ask.

fn date(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).unwrap()
}

fn text() -> FreeText {
    FreeText::recorded("a few words")
}

fn address() -> Address {
    Address {
        street: "3 quai des Essais".to_owned(),
        postal_code: PostalCode::recorded("75010"),
        city: "Paris".to_owned(),
        country: Country::FRANCE,
    }
}

fn basics(has_number: bool) -> CompanyBasics {
    let siren = has_number.then(|| Siren::recorded("732829320"));
    CompanyBasics {
        identity: CompanyIdentity { legal_name: LegalName::recorded("Atelier"), siren }.into(),
        legal_form: LegalForm::Sas,
        country: Country::FRANCE,
        activity: Activity::of_letter("62.01Z"),
    }
}

fn details(birth_year: i32) -> PersonDetails {
    PersonDetails {
        first_name: PersonName::recorded("Zoé"),
        last_name: PersonName::recorded("Exemple"),
        birth_date: date(birth_year, 11, 4),
        birth_place: "Lille".to_owned(),
        nationality: Nationality::recorded("FR"),
        address: address(),
        email: Email::recorded("zoe@example.com"),
        mobile: Mobile::recorded("+33612345678"),
    }
}

fn new_key(key: u8) -> NewKey {
    NewKey { id: id(key), hash: [key; 32], last_four: *b"abcd" }
}

fn new_document(
    number: u8,
    kind: DocumentKind,
    person: Option<PersonId>,
    now: NaiveDate,
) -> NewDocument {
    NewDocument {
        submitted: SubmittedDocument {
            id: id(number),
            kind,
            person,
            media_type: MediaType::Pdf,
            size: 100_000,
            sealed_sha256: [0; 32],
            answers: None,
        },
        dates: DocumentDates {
            issued_on: now.pred_opt(),
            expires_on: now.checked_add_days(chrono::Days::new(900)),
        },
    }
}

fn answering(mut new: NewDocument, answers: Option<ItemId>) -> NewDocument {
    new.submitted.answers = answers;
    new
}

fn submit(document: NewDocument) -> client_file::Command {
    client_file::Command::SubmitDocument { document, replaces: None }
}

fn version(state: &State, is_stale: bool) -> FileVersion {
    state.file.version.saturating_sub(u32::from(is_stale))
}

/// Those members of a closed list whose bit is set.
fn chosen<T: Coded + Ord>(bits: u8) -> std::collections::BTreeSet<T> {
    T::ALL.iter().enumerate().filter(|(n, _)| bits & (1 << n) != 0).map(|(_, one)| *one).collect()
}

impl Ask {
    fn command(&self, state: &State, at: DateTime<Utc>) -> Command {
        match self {
            Self::Create { .. }
            | Self::Activate
            | Self::Lapse
            | Self::Basics { .. }
            | Self::Suspend
            | Self::CloseAfterDeactivation => self.of_registration().into(),
            Self::Company { .. }
            | Self::RecordPerson { .. }
            | Self::RemovePerson { .. }
            | Self::Ownership { .. }
            | Self::Payout
            | Self::Submit { .. }
            | Self::AnswerNext { .. }
            | Self::ReplaceRefused { .. }
            | Self::WithdrawDocument { .. }
            | Self::Withdraw => self.of_client_file(state, at).into(),
            Self::Present { .. } | Self::SendCode { .. } | Self::Sign { .. } => {
                self.of_contract(state).into()
            }
            Self::RequestServices { .. }
            | Self::ActivateService { .. }
            | Self::RefuseService { .. } => self.of_services().into(),
            Self::Issue { .. } | Self::Rotate { .. } | Self::Revoke { .. } => {
                self.of_api_keys().into()
            }
            Self::Sent { .. } | Self::Failed { .. } => self.of_messages().into(),
            _ => self.of_review(state, at).into(),
        }
    }

    fn of_registration(&self) -> registration::Command {
        use registration::Command as To;
        match *self {
            Self::Create { is_owner } => To::Create {
                owner: if is_owner { owner() } else { id(2) },
                language: Language::French,
            },
            Self::Activate => To::Activate,
            Self::Lapse => To::Lapse,
            Self::Basics { has_number, is_mobile_verified, key } => To::RecordCompanyBasics {
                basics: basics(has_number),
                is_mobile_verified,
                test_key: new_key(key),
            },
            Self::Suspend => To::Suspend { reason: InternalReason::new(text()) },
            _ => To::CloseAfterDeactivation,
        }
    }

    fn of_client_file(&self, state: &State, at: DateTime<Utc>) -> client_file::Command {
        use client_file::Command as To;
        let today = at.date_naive();
        match *self {
            Self::Company { day } => To::RecordCompany {
                details: CompanyDetails {
                    siret: Siret::recorded("73282932000074"),
                    vat_number: None,
                    address: address(),
                    registered_on: date(2024, 3, day),
                    website: None,
                },
            },
            Self::RecordPerson { person, birth_year, roles } => To::RecordPerson {
                person: id(person),
                details: details(birth_year),
                roles: chosen::<PersonRole>(roles),
            },
            Self::RemovePerson { person } => To::RemovePerson { person: id(person) },
            Self::Ownership { first, second } => To::DeclareOwnership {
                holdings: [(0, first), (1, second)]
                    .map(|(person, share)| Ownership {
                        person: id(person),
                        capital: Share::recorded(share),
                        votes: Share::recorded(share),
                        has_control: false,
                    })
                    .into_iter()
                    .filter(|holding| state.file.people.contains_key(&holding.person))
                    .collect(),
            },
            Self::Payout => To::RecordPayoutAccount {
                account: PayoutAccount {
                    iban: Iban::recorded("FR7630006000011234567890189"),
                    holder: LegalName::recorded("Atelier"),
                },
            },
            Self::Submit { document, kind, person, replaces, item } => {
                let person = kind.is_about_person().then(|| id(person));
                let new = new_document(document, kind, person, today);
                To::SubmitDocument {
                    document: answering(new, (item < 6).then(|| id(item))),
                    replaces: (replaces < 12).then(|| id(replaces)),
                }
            }
            Self::AnswerNext { document } => {
                let open = state.review.items.iter().find(|(_, item)| item.answered_by.is_none());
                let Some((item, open)) = open else {
                    return To::WithdrawDocument { document: id(99) };
                };
                let kind = *open.asked.kinds.first().unwrap();
                let new = new_document(document, kind, open.asked.person, today);
                submit(answering(new, Some(*item)))
            }
            Self::ReplaceRefused { document } => {
                let refused = state
                    .file
                    .documents
                    .iter()
                    .find(|(_, known)| known.status == DocumentStatus::Refused);
                let Some((replaced, known)) = refused else {
                    return To::WithdrawDocument { document: id(99) };
                };
                let SubmittedDocument { kind, person, answers, .. } = known.submitted;
                let new = new_document(document, kind, person, today);
                To::SubmitDocument { document: answering(new, answers), replaces: Some(*replaced) }
            }
            Self::WithdrawDocument { document } => To::WithdrawDocument { document: id(document) },
            _ => To::Withdraw,
        }
    }

    fn of_contract(&self, state: &State) -> contract::Command {
        use contract::Command as To;
        match *self {
            Self::Present { is_stale } => To::Present {
                contract: id(1),
                sha256: [1; 32],
                sealed_sha256: [2; 32],
                file_version: version(state, is_stale),
            },
            Self::SendCode { signer, challenge } => {
                To::SendCode { signer: id(signer), challenge: id(challenge) }
            }
            Self::Sign { signer, challenge, is_code_right, is_contract_right } => To::Sign {
                signer: id(signer),
                sha256: [u8::from(is_contract_right); 32],
                challenge: id(challenge),
                is_code_right,
                evidence: Evidence {
                    ip_address: "192.0.2.1".to_owned(),
                    user_agent: "test".to_owned(),
                    mobile: "+33 •••• 78".to_owned(),
                },
            },
            _ => panic!("{self:?} is not about the contract"),
        }
    }

    fn of_review(&self, state: &State, at: DateTime<Utc>) -> review::Command {
        use review::Command as To;
        match *self {
            Self::Take => To::Take,
            Self::Assign => To::Assign { to: id(11) },
            Self::Snooze { days } => To::Snooze { until: at + TimeDelta::days(days) },
            Self::Escalate => To::Escalate,
            Self::Note => To::AddNote { note: text() },
            Self::Accept { document } => To::AcceptDocument { document: id(document) },
            Self::AcceptNext => {
                let waiting = state
                    .file
                    .documents
                    .iter()
                    .find(|(_, known)| known.status == DocumentStatus::Submitted);
                match waiting {
                    Some((document, _)) => To::AcceptDocument { document: *document },
                    None => To::Take,
                }
            }
            Self::Refuse { document } => To::RefuseDocument {
                document: id(document),
                refusal: DocumentRefusal::Unreadable,
                public_text: text(),
            },
            Self::RequestDocuments { first, count, kind } => To::RequestDocuments {
                items: (first..first + count)
                    .map(|item| NewItem {
                        id: id(item),
                        kinds: [kind].into(),
                        person: kind.is_about_person().then(|| id(0)),
                        reason: RequestReason::Missing,
                    })
                    .collect(),
                explanations: std::collections::BTreeMap::new(),
            },
            Self::Propose { proposal, is_stale } => {
                To::Propose { proposal, file_version: version(state, is_stale), rationale: text() }
            }
            Self::Confirm { is_stale } => To::Confirm { file_version: version(state, is_stale) },
            Self::Return => To::Return { reason: text() },
            Self::Remind { days_left } => To::Remind { days_left },
            Self::PassDeadline => To::PassDeadline,
            _ => panic!("{self:?} is not about the review"),
        }
    }

    fn of_services(&self) -> services::Command {
        use services::Command as To;
        match *self {
            Self::RequestServices { services } => To::Request { services: chosen(services) },
            Self::ActivateService { service } => To::Activate { service },
            Self::RefuseService { service } => {
                To::Refuse { service, reason: ServiceRefusal::NotAvailable }
            }
            _ => panic!("{self:?} is not about services"),
        }
    }

    fn of_api_keys(&self) -> api_keys::Command {
        use api_keys::Command as To;
        match *self {
            Self::Issue { key, mode } => To::Issue { key: new_key(key), mode },
            Self::Rotate { from, to, overlap_days } => {
                To::Rotate { from: id(from), to: new_key(to), overlap_days }
            }
            Self::Revoke { key } => To::Revoke { key: id(key), reason: RevocationReason::ByMember },
            _ => panic!("{self:?} is not about keys"),
        }
    }

    fn of_messages(&self) -> messages::Command {
        use messages::Command as To;
        let (cause, medium) = (id(1), Medium::Email);
        match *self {
            Self::Sent { template } => To::RecordSent { cause, template, medium },
            Self::Failed { template } => {
                To::RecordFailed { cause, template, medium, failure: Failure::Refused }
            }
            _ => panic!("{self:?} is not about messages"),
        }
    }
}

// Lives that have begun already.

#[derive(Clone)]
struct Life {
    at: DateTime<Utc>,
    state: State,
    /// What happened since the beginning.
    events: Vec<Event>,
    is_approved: bool,
    is_submitted: bool,
    /// Whether the last request was the second of a pair.
    is_pair_done: bool,
}

impl Life {
    fn new() -> Self {
        Self {
            at: "2026-11-02T09:00:00Z".parse().unwrap(),
            state: State::default(),
            events: vec![],
            is_approved: false,
            is_submitted: false,
            is_pair_done: false,
        }
    }

    /// One request that has to be accepted.
    fn with(mut self, who: Who, asked: &[Ask]) -> Self {
        for ask in asked {
            let step = Step { wait: 0, who, ask: ask.clone() };
            let happened = self.live(&step).unwrap();
            assert!(happened > 0, "{ask:?} came to nothing");
        }
        self
    }

    fn after_days(mut self, days: i64) -> Self {
        self.at += TimeDelta::days(days);
        self
    }
}

const FIRST: Who = Who::Usual(false);
const SECOND: Who = Who::Usual(true);

fn all_documents_of_a_file() -> Vec<Ask> {
    [
        DocumentKind::RegistrationExtract,
        DocumentKind::IdentityDocument,
        DocumentKind::BankDetails,
        DocumentKind::ArticlesOfAssociation,
    ]
    .into_iter()
    .zip(0u8..)
    .map(|(kind, document)| Ask::Submit { document, kind, person: 0, replaces: 99, item: 99 })
    .collect()
}

static BEGINNINGS: LazyLock<Vec<Life>> = LazyLock::new(|| {
    let in_test = Life::new().with(
        FIRST,
        &[
            Ask::Create { is_owner: true },
            Ask::Activate,
            Ask::Basics { has_number: true, is_mobile_verified: true, key: 0 },
        ],
    );
    let ready = in_test
        .clone()
        .with(
            FIRST,
            &[
                Ask::Company { day: 1 },
                Ask::RecordPerson { person: 0, birth_year: 1985, roles: 0b101 },
                Ask::Ownership { first: 1_000_000, second: 0 },
                Ask::Payout,
                Ask::RequestServices { services: 0b11 },
            ],
        )
        .with(FIRST, &all_documents_of_a_file());
    let coded = ready.clone().with(
        FIRST,
        &[Ask::Present { is_stale: false }, Ask::SendCode { signer: 0, challenge: 0 }],
    );
    let sign = Ask::Sign { signer: 0, challenge: 0, is_code_right: true, is_contract_right: true };
    let submitted = coded.clone().with(FIRST, &[sign]);
    let accepted =
        submitted.clone().with(FIRST, &[Ask::Take]).with(FIRST, &[const { Ask::AcceptNext }; 4]);
    let awaiting = accepted.clone().with(
        FIRST,
        &[
            Ask::RequestDocuments { first: 0, count: 2, kind: DocumentKind::Other },
            Ask::Sent { template: Template::DocumentsRequested },
        ],
    );
    let deactivated = awaiting.clone().after_days(31).with(FIRST, &[Ask::PassDeadline]);
    let approve = Ask::Propose { proposal: Proposal::Approve, is_stale: false };
    let confirm = Ask::Confirm { is_stale: false };
    let live = accepted
        .clone()
        .with(FIRST, std::slice::from_ref(&approve))
        .with(SECOND, std::slice::from_ref(&confirm));
    assert_eq!(live.state.account.status, Some(Status::Live));
    assert_eq!(deactivated.state.account.status, Some(Status::Deactivated));
    assert_eq!(awaiting.state.review.stage, Stage::AwaitingDocuments);
    // With items that were answered long ago: nothing may answer them again.
    let live_after_request = awaiting
        .clone()
        .with(FIRST, &[Ask::AnswerNext { document: 4 }, Ask::AnswerNext { document: 5 }])
        .with(FIRST, &[Ask::AcceptNext, Ask::AcceptNext, approve])
        .with(SECOND, &[confirm]);
    let suspended = live.clone().with(FIRST, &[Ask::Suspend]);
    vec![
        Life::new(),
        in_test,
        ready,
        coded,
        submitted,
        accepted,
        awaiting,
        deactivated,
        live,
        live_after_request,
        suspended,
    ]
});

// What never happens.

impl Life {
    /// Takes one step and says how many events it made.
    fn live(&mut self, step: &Step) -> Result<usize, TestCaseError> {
        self.at += TimeDelta::minutes(step.wait);
        let command = step.ask.command(&self.state, self.at);
        let occasion = step.who.person(&step.ask).at(self.at);
        let before = self.state.clone();
        self.is_pair_done = false;
        let Ok(events) = decide(command, &self.state, &occasion) else {
            prop_assert_eq!(&self.state, &before, "a refusal changed something");
            return Ok(0);
        };
        for event in &events {
            self.check_event(event)?;
            let deadline = deadline(&self.state);
            self.state = evolve(std::mem::take(&mut self.state), event);
            self.check_deadline(deadline, event)?;
        }
        self.check_states(&before)?;
        let happened = events.len();
        self.events.extend(events);
        Ok(happened)
    }

    /// Judged against the state in which the event happens.
    fn check_event(&mut self, event: &Event) -> Result<(), TestCaseError> {
        let status = self.state.account.status;
        match event {
            Event::Review(
                review::Event::ClientFileApproved { proposed_by, confirmed_by, .. }
                | review::Event::ClientFileRejected { proposed_by, confirmed_by, .. },
            )
            | Event::Registration(
                registration::Event::AccountReactivated { proposed_by, confirmed_by }
                | registration::Event::SuspensionLifted { proposed_by, confirmed_by },
            ) => {
                prop_assert_ne!(proposed_by, confirmed_by, "two eyes only");
                let proposal = self.state.review.proposal.as_ref();
                prop_assert_eq!(proposal.map(|open| open.by), Some(*proposed_by));
                self.is_pair_done = true;
                if matches!(event, Event::Review(review::Event::ClientFileApproved { .. })) {
                    prop_assert!(self.is_submitted, "approved before it was sent");
                    self.is_approved = true;
                }
            }
            Event::ApiKeys(
                api_keys::Event::Issued { mode: Mode::Live, .. }
                | api_keys::Event::Rotated { mode: Mode::Live, .. },
            ) => prop_assert_eq!(status, Some(Status::Live), "a live key without a live account"),
            Event::Registration(
                registration::Event::LiveModeOpened | registration::Event::PayoutsEnabled,
            ) => prop_assert!(self.is_approved, "live without approval"),
            Event::ClientFile(client_file::Event::Submitted { .. }) => {
                prop_assert!(!self.is_submitted, "sent twice");
                prop_assert!(self.state.contract.missing_signers().is_empty());
                self.is_submitted = true;
            }
            Event::Registration(registration::Event::AccountDeactivated { .. }) => {
                let request = self.state.review.request.as_ref();
                prop_assert!(request.is_some_and(review::Request::was_delivered));
                prop_assert!(request.is_some_and(|request| request.deadline <= self.at));
            }
            _ => {}
        }
        Ok(())
    }

    /// The date that was announced moves only by an event that is announced too.
    fn check_deadline(
        &self,
        before: Option<DateTime<Utc>>,
        event: &Event,
    ) -> Result<(), TestCaseError> {
        let after = deadline(&self.state);
        match event {
            Event::Review(review::Event::DocumentsRequested { deadline, .. }) => {
                prop_assert_eq!(after, Some(*deadline));
            }
            Event::Review(review::Event::DocumentsRequestReopened { deadline, .. }) => {
                prop_assert_eq!(after, Some(*deadline));
                prop_assert!(after >= before, "reopened with less time");
            }
            _ => prop_assert_eq!(after, before, "moved by {:?}", event),
        }
        Ok(())
    }

    fn check_states(&self, before: &State) -> Result<(), TestCaseError> {
        if self.is_pair_done {
            prop_assert!(self.state.review.proposal.is_none(), "a proposal to confirm twice");
        }
        let (was, is) = (before.account.status, self.state.account.status);
        if let Some(Status::Closed | Status::Lapsed) = was {
            prop_assert_eq!(was, is, "an account came back from its end");
        }
        if let Some(Status::Deactivated | Status::Suspended) = is {
            prop_assert!(self.state.account.restriction.is_some(), "stopped without saying why");
        }
        if is == Some(Status::Live) {
            prop_assert!(self.is_approved);
        }
        prop_assert!(self.state.file.version >= before.file.version);
        if before.review.is_decided() {
            prop_assert_eq!(self.state.review.stage, before.review.stage, "decided twice");
            prop_assert_eq!(&self.state.file, &before.file, "a decided file changed");
        }
        Ok(())
    }
}

fn deadline(state: &State) -> Option<DateTime<Utc>> {
    state.review.request.as_ref().map(|request| request.deadline)
}

fn cases() -> u32 {
    std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(256)
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: cases(),
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn whatever_is_asked_some_things_never_happen(
        beginning in 0..BEGINNINGS.len(),
        steps in prop::collection::vec(step(), 1..40),
    ) {
        let mut life = BEGINNINGS[beginning].clone();
        for step in &steps {
            life.live(step)?;
        }
        let folded = life.events.iter().fold(State::default(), evolve);
        prop_assert_eq!(folded, life.state, "the history tells another story than the state");
    }
}
