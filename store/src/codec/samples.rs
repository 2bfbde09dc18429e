//! One event of every type, with values that are distinct and not defaults, so that a swap of two
//! fields would be seen in its fixture.

use chrono::{DateTime, NaiveDate, Utc};
use domain::api_keys::{Mode, NewKey, RevocationReason};
use domain::client_file::{
    CompanyDetails, DocumentKind, DocumentRefusal, MediaType, NewDocument, Ownership,
    PayoutAccount, PersonDetails, PersonRole,
};
use domain::contract::{Evidence, SignatureLevel};
use domain::messages::{Failure, Medium, Template};
use domain::registration::{ClosureReason, CompanyIdentity};
use domain::restriction::{InternalReason, PublicReason, Remedy, Restricted, Restriction};
use domain::review::{NewItem, Proposal, RejectionReason, RequestReason};
use domain::services::{Service, ServiceRefusal};
use domain::staff::Role;
use domain::user::CodePurpose;
use domain::values::{
    Activity, Address, Country, Email, FreeText, Iban, Language, LegalForm, LegalName, Mobile,
    Nationality, PersonName, PostalCode, Share, Siren, Siret, VatNumber,
};
use domain::{
    Event, Id, api_keys, client_file, contract, email_claim, merchant, messages, registration,
    review, services, staff, user,
};
use uuid::Uuid;

fn id<I: Id>(number: u128) -> I {
    I::from_uuid(Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0000 + number))
}

fn time(minutes: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_000_000 + minutes * 60, 123_456_000).unwrap()
}

fn day(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).unwrap()
}

fn text(text: &str) -> FreeText {
    FreeText::recorded(text)
}

fn restriction() -> Restriction {
    Restriction {
        what: Restricted::Account,
        why: PublicReason::DocumentsNotReceived,
        since: time(1),
        remedy: Remedy::SendDocuments,
        remedy_until: Some(time(2)),
    }
}

fn key(number: u128) -> NewKey {
    NewKey { id: id(number), hash: [0xc3; 32], last_four: *b"Zx9k" }
}

fn address() -> Address {
    Address {
        street: "12 rue des Lilas".to_owned(),
        postal_code: PostalCode::recorded("75011"),
        city: "Paris".to_owned(),
        country: Country::recorded("FR"),
    }
}

pub fn all() -> Vec<Event> {
    let merchant_events: Vec<merchant::Event> = [
        registration().into_iter().map(merchant::Event::from).collect::<Vec<_>>(),
        client_file().into_iter().map(merchant::Event::from).collect(),
        contract().into_iter().map(merchant::Event::from).collect(),
        review().into_iter().map(merchant::Event::from).collect(),
        services().into_iter().map(merchant::Event::from).collect(),
        api_keys().into_iter().map(merchant::Event::from).collect(),
        messages().into_iter().map(merchant::Event::from).collect(),
    ]
    .concat();
    let others = [
        user().into_iter().map(Event::User).collect::<Vec<_>>(),
        staff().into_iter().map(Event::Staff).collect(),
        vec![
            Event::EmailClaim(email_claim::Event::Claimed { by: id(201) }),
            Event::EmailClaim(email_claim::Event::Released { by: id(202) }),
        ],
    ]
    .concat();
    merchant_events.into_iter().map(Event::Merchant).chain(others).collect()
}

fn registration() -> Vec<registration::Event> {
    use registration::Event;
    vec![
        Event::AccountCreated {
            owner: id(1),
            language: Language::English,
            lapses_at: time(43_200),
        },
        Event::AccountActivated,
        Event::AccountLapsed,
        Event::CompanyBasicsRecorded {
            identity: CompanyIdentity {
                legal_name: LegalName::recorded("Atelier du Lac"),
                siren: Some(Siren::recorded("732829320")),
            }
            .into(),
            legal_form: LegalForm::Sarl,
            country: Country::recorded("BE"),
            activity: Activity::recorded("62.01Z"),
        },
        Event::TestModeOpened,
        Event::LiveModeOpened,
        Event::PayoutsEnabled,
        Event::AccountDeactivated { restriction: restriction() },
        Event::AccountReactivated { proposed_by: id(2), confirmed_by: id(3) },
        Event::AccountSuspended {
            restriction: Restriction {
                why: PublicReason::AccountUnderControl,
                remedy: Remedy::ContactSupport,
                remedy_until: None,
                ..restriction()
            },
            reason: InternalReason::new(text("a note for colleagues")).into(),
            by: id(4),
        },
        Event::SuspensionLifted { proposed_by: id(5), confirmed_by: id(6) },
        Event::AccountClosed { reason: ClosureReason::FileRejected },
    ]
}

fn client_file() -> Vec<client_file::Event> {
    use client_file::Event;
    vec![
        Event::CompanyRecorded {
            details: CompanyDetails {
                siret: Siret::recorded("73282932000074"),
                vat_number: Some(VatNumber::recorded("FR44732829320")),
                address: address(),
                registered_on: day(2019, 3, 4),
                website: Some("https://example.com".to_owned()),
            }
            .into(),
        },
        Event::PersonRecorded {
            person: id(11),
            details: PersonDetails {
                first_name: PersonName::recorded("Marie"),
                last_name: PersonName::recorded("Exemple"),
                birth_date: day(1969, 12, 31),
                birth_place: "Lyon".to_owned(),
                nationality: Nationality::recorded("IT"),
                address: address(),
                email: Email::recorded("marie@example.com"),
                mobile: Mobile::recorded("+33612345678"),
            }
            .into(),
        },
        Event::PersonRoleSet {
            person: id(12),
            roles: [PersonRole::Representative, PersonRole::BeneficialOwner].into(),
        },
        Event::PersonRemoved { person: id(13) },
        Event::OwnershipDeclared {
            holdings: vec![
                Ownership {
                    person: id(14),
                    capital: Share::recorded(333_333),
                    votes: Share::recorded(500_000),
                    has_control: true,
                },
                Ownership {
                    person: id(15),
                    capital: Share::recorded(1_000),
                    votes: Share::recorded(2_000),
                    has_control: false,
                },
            ],
        },
        Event::PayoutAccountRecorded {
            account: PayoutAccount {
                iban: Iban::recorded("FR1420041010050500013M02606"),
                holder: LegalName::recorded("Atelier du Lac"),
            }
            .into(),
            last_four: "2606".to_owned(),
        },
        Event::DocumentSubmitted {
            document: NewDocument {
                id: id(16),
                kind: DocumentKind::IdentityDocument,
                person: Some(id(17)),
                media_type: MediaType::Png,
                size: 123_456,
                sealed_sha256: [0xa1; 32],
                issued_on: Some(day(2020, 1, 2)),
                expires_on: Some(day(2030, 1, 3)),
                answers: Some(id(18)),
            },
        },
        Event::DocumentSuperseded { document: id(19), by: id(20) },
        Event::DocumentWithdrawn { document: id(21) },
        Event::Submitted { answer_expected_by: time(7_200) },
        Event::Withdrawn,
    ]
}

fn contract() -> Vec<contract::Event> {
    use contract::Event;
    vec![
        Event::Presented {
            contract: id(31),
            terms_version: 200,
            sealed_sha256: Some([0xb3; 32]),
            file_version: 70_000,
            signers: [id(32), id(33)].into(),
            sha256: [0xb2; 32].into(),
        },
        Event::SigningCodeSent {
            contract: id(34),
            signer: id(35),
            challenge: id(36),
            expires_at: time(10),
        },
        Event::SigningCodeRefused { signer: id(37), challenge: id(38) },
        Event::Signed {
            contract: id(39),
            signer: id(40),
            level: SignatureLevel::Simple,
            challenge: id(41),
            evidence: Evidence {
                ip_address: "192.0.2.1".to_owned(),
                user_agent: "Firefox".to_owned(),
                mobile: "+33 •••• 78".to_owned(),
            }
            .into(),
            signed_at: time(11),
        },
        Event::Filed {
            contract: id(42),
            document: id(43),
            sealed_sha256: [0xb4; 32],
            size: 300_000,
        },
    ]
}

fn review() -> Vec<review::Event> {
    use review::Event;
    vec![
        Event::CaseTaken { by: id(51) },
        Event::CaseAssigned { to: id(52), by: id(53) },
        Event::CaseSnoozed { until: time(20), by: id(54) },
        Event::CaseEscalated { by: id(55) },
        Event::NoteAdded { note: text("check the address").into(), by: id(56) },
        Event::DocumentAccepted { document: id(57), by: id(58) },
        Event::DocumentRefused {
            document: id(59),
            refusal: DocumentRefusal::OutOfDate,
            public_text: text("Votre pièce a expiré.").into(),
            by: id(60),
        },
        Event::DocumentsRequested {
            items: vec![NewItem {
                id: id(61),
                kinds: [DocumentKind::ProofOfAddress, DocumentKind::Other].into(),
                person: Some(id(62)),
                reason: RequestReason::AdditionalProof,
            }],
            explanations: std::collections::BTreeMap::from([(
                id(61),
                text("De moins de trois mois."),
            )])
            .into(),
            deadline: time(43_200),
            by: id(63),
        },
        Event::DocumentsRequestReopened { item: id(64), deadline: time(44_000) },
        Event::DocumentsReceived,
        Event::DocumentsReminderSent { days_left: 15 },
        Event::DocumentsDeadlinePassed,
        Event::UndeliveredRequestFlagged,
        Event::DecisionProposed {
            proposal: Proposal::Reject { reason: RejectionReason::RiskTooHigh },
            file_version: 300,
            rationale: text("see the note").into(),
            by: id(65),
        },
        Event::DecisionReturned { by: id(66), reason: text("one more proof").into() },
        Event::ClientFileApproved {
            file_version: 301,
            rule_set: "fr-2026-01".to_owned(),
            proposed_by: id(67),
            confirmed_by: id(68),
        },
        Event::ClientFileRejected {
            reason: RejectionReason::IdentityNotEstablished,
            file_version: 302,
            rule_set: "eu-2027-07".to_owned(),
            proposed_by: id(69),
            confirmed_by: id(70),
        },
    ]
}

fn services() -> Vec<services::Event> {
    use services::Event;
    vec![
        Event::Requested { services: [Service::Api, Service::Terminal].into() },
        Event::Activated { service: Service::PaymentLink },
        Event::Refused { service: Service::OnlineShop, reason: ServiceRefusal::ActivityNotCovered },
    ]
}

fn api_keys() -> Vec<api_keys::Event> {
    use api_keys::Event;
    vec![
        Event::Issued { key: key(81), mode: Mode::Live },
        Event::Rotated { from: id(82), to: key(83), mode: Mode::Test, overlap_until: time(1_440) },
        Event::Revoked { key: id(84), reason: RevocationReason::Leaked },
    ]
}

fn messages() -> Vec<messages::Event> {
    use messages::Event;
    vec![
        Event::Sent { cause: id(91), template: Template::FileApproved, medium: Medium::Email },
        Event::Failed {
            cause: id(92),
            template: Template::SigningCode,
            medium: Medium::Sms,
            failure: Failure::Unreachable,
        },
        Event::Delivered { cause: id(93), template: Template::SigningCode, medium: Medium::Sms },
    ]
}

fn user() -> Vec<user::Event> {
    use user::{Event, Profile, SignInFailure};
    vec![
        Event::Registered {
            email: Email::recorded("marie@example.com").into(),
            language: Language::English,
            credential: id(101),
        },
        Event::ActivationLinkIssued { link: id(102), issued_at: time(1), expires_at: time(2) },
        Event::EmailVerified,
        Event::ProfileRecorded {
            profile: Profile {
                first_name: PersonName::recorded("Marie"),
                last_name: PersonName::recorded("Exemple"),
                mobile: Mobile::recorded("+33612345678"),
            }
            .into(),
        },
        Event::CodeSent {
            challenge: id(103),
            purpose: CodePurpose::StrongAuthentication,
            sent_at: time(3),
            expires_at: time(4),
        },
        Event::CodeRefused { challenge: id(104) },
        Event::MobileVerified { challenge: id(105) },
        Event::StronglyAuthenticated { challenge: id(106) },
        Event::RegistrationRepeated { repeated_at: Some(time(8)) },
        Event::PasswordResetRequested { link: id(107), issued_at: time(5), expires_at: time(6) },
        Event::PasswordChanged { credential: id(108) },
        Event::SessionsRevoked,
        Event::SignedIn,
        Event::SignInRefused { failure: SignInFailure::NotActivated },
        Event::Locked { until: time(7) },
        Event::MessageSent {
            cause: id(121),
            template: Template::Activation,
            medium: Medium::Email,
        },
        Event::MessageDelivered {
            cause: id(122),
            template: Template::MobileCode,
            medium: Medium::Sms,
        },
        Event::MessageFailed {
            cause: id(123),
            template: Template::PasswordReset,
            medium: Medium::Email,
            failure: Failure::Undelivered,
        },
        Event::Lapsed,
    ]
}

fn staff() -> Vec<staff::Event> {
    use staff::{Event, Profile, SignInFailure};
    vec![
        Event::Invited {
            profile: Profile {
                email: Email::recorded("clara@example.com"),
                first_name: PersonName::recorded("Clara"),
                last_name: PersonName::recorded("Modèle"),
            }
            .into(),
            language: Language::English,
            roles: [Role::Officer, Role::Administrator].into_iter().collect(),
            link: id(111),
            expires_at: time(8),
            by: Some(id(112)),
        },
        Event::Joined { credential: id(113) },
        Event::RolesChanged { roles: [Role::Auditor].into_iter().collect(), by: id(114) },
        Event::Disabled { by: id(115) },
        Event::SignedIn,
        Event::SignInRefused { failure: SignInFailure::WrongSecondFactor },
        Event::Locked { until: time(9) },
        Event::MessageSent {
            cause: id(124),
            template: Template::StaffInvitation,
            medium: Medium::Email,
        },
        Event::MessageDelivered {
            cause: id(125),
            template: Template::StaffInvitation,
            medium: Medium::Email,
        },
        Event::MessageFailed {
            cause: id(126),
            template: Template::StaffInvitation,
            medium: Medium::Email,
            failure: Failure::Refused,
        },
    ]
}

/// What versions that are only read any more become: type, version, event.
pub fn earlier() -> Vec<(&'static str, u16, Event)> {
    let presented = contract::Event::Presented {
        contract: id(31),
        terms_version: 200,
        sealed_sha256: None,
        file_version: 70_000,
        signers: [id(32), id(33)].into(),
        sha256: [0xb2; 32].into(),
    };
    let repeated = user::Event::RegistrationRepeated { repeated_at: None };
    vec![
        ("contract.presented", 1, Event::Merchant(presented.into())),
        ("user.registration_repeated", 1, Event::User(repeated)),
    ]
}
