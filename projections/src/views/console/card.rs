//! The card: the whole of one merchant as staff and `replay` see it, as of any moment.
//!
//! For staff only: it shows who proposed what and why a file was rejected.

use super::lists::{ProposalKind, ReadingComparison, RejectionReason, WithheldReason};
use super::withheld::withheld;
use crate::views::bank_account::{holder, masked, payout_state};
use crate::views::ids;
use crate::views::lists::{
    AccountStatus, BankAccountChangeStage, BankAccountRefusal, ClientFileStatus, DocumentKind,
    DocumentRefusal, DocumentStatus, Language, LegalForm, MediaType, Nomenclature, PayoutState,
    PersonRole, Remedy, RequestReason, RequirementStatus, RestrictionReason, ReviewStage,
    ServiceRequestStatus,
};
use crate::views::onboarding::file_status;
use chrono::{DateTime, NaiveDate, Utc};
use domain::api_keys::Mode;
use domain::bank_account::payout;
use domain::client_file::requirements;
use domain::merchant::State;
use domain::{Coded, MerchantId, Personal};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use utoipa::ToSchema;

/// A merchant, with everything that staff may see of it.
#[derive(Serialize, ToSchema)]
#[schema(as = Merchant)]
pub struct Card {
    /// Always `merchant`.
    pub object: &'static str,
    pub id: ids::MerchantId,
    pub status: Option<AccountStatus>,
    /// Who signed up.
    pub owner: Option<ids::UserId>,
    pub language: Option<Language>,
    pub company: Company,
    /// What cannot be done for now, if anything.
    pub restriction: Option<RestrictionCard>,
    /// Whether money is paid out at all.
    pub are_payouts_enabled: bool,
    pub client_file: File,
    /// The contract that was presented last.
    pub contract: Option<ContractCard>,
    pub review: Review,
    /// Services that were asked for, and how each stands.
    pub services: BTreeMap<&'static str, ServiceRequestStatus>,
    pub bank_account: BankAccount,
    /// API keys, by their id.
    pub api_keys: BTreeMap<String, Key>,
    /// What cannot be shown, by its JSON pointer (RFC 6901), and why: forgotten, or lost with its key. What the
    /// rules make of that is unknown.
    pub withheld: BTreeMap<String, WithheldReason>,
}

/// The company, as far as it was told and is not forgotten.
#[derive(Serialize, ToSchema)]
#[schema(as = MerchantCompany)]
pub struct Company {
    /// As the register writes it.
    #[schema(example = "Atelier du Lac")]
    pub legal_name: Option<String>,
    /// The nine digits of the company.
    #[schema(example = "732829320")]
    pub siren: Option<String>,
    pub legal_form: Option<LegalForm>,
    /// ISO 3166-1, two letters.
    #[schema(example = "FR")]
    pub country: Option<String>,
    /// The NAF code of what the company does.
    #[schema(example = "62.01Z")]
    pub activity: Option<String>,
    pub activity_nomenclature: Option<Nomenclature>,
    /// The fourteen digits of the establishment.
    #[schema(example = "73282932000074")]
    pub siret: Option<String>,
    /// Of the same company as the SIRET.
    #[schema(example = "FR44732829320")]
    pub vat_number: Option<String>,
    /// In one line.
    #[schema(example = "12 rue des Lilas, 75011 Paris FR")]
    pub address: Option<String>,
    /// The day on which the company was registered.
    pub registered_on: Option<NaiveDate>,
    /// Where the company sells on the web.
    #[schema(example = "https://example.com")]
    pub website: Option<String>,
}

/// Something that cannot be done for now.
#[derive(Serialize, ToSchema)]
#[schema(as = MerchantRestriction)]
pub struct RestrictionCard {
    pub why: RestrictionReason,
    /// From when it holds.
    pub since: DateTime<Utc>,
    pub remedy: Remedy,
    /// Until when something can be done about it.
    pub remedy_until: Option<DateTime<Utc>>,
}

/// The client file.
#[derive(Serialize, ToSchema)]
#[schema(as = MerchantFile)]
pub struct File {
    pub status: ClientFileStatus,
    /// Grows with every change of what we examine.
    #[schema(example = 12)]
    pub version: u32,
    /// Representatives, delegates and beneficial owners, by their id.
    pub people: BTreeMap<String, Person>,
    /// Who holds how much, by their id.
    pub ownership: BTreeMap<String, Holding>,
    /// The account that was declared: its holder and its end.
    #[schema(example = "Atelier du Lac …0189")]
    pub payout_account: Option<String>,
    /// Everything that was handed in, by its id.
    pub documents: BTreeMap<String, Document>,
    /// What the file needs, and how each thing stands.
    pub requirements: BTreeMap<String, RequirementStatus>,
}

/// A representative, a delegate or a beneficial owner.
#[derive(Serialize, ToSchema)]
#[schema(as = MerchantPerson)]
pub struct Person {
    /// First and last name.
    #[schema(example = "Marie Exemple")]
    pub name: Option<String>,
    /// As on the identity document.
    pub birth_date: Option<NaiveDate>,
    /// The code of a country, or `XXA` for a stateless person, `XXB` or `XXC` for a refugee.
    #[schema(example = "FR")]
    pub nationality: Option<String>,
    /// To which the invitation to sign goes.
    #[schema(example = "marie@example.com")]
    pub email: Option<String>,
    /// To which the signing code goes.
    #[schema(example = "+33612345678")]
    pub mobile: Option<String>,
    /// What they are for the company.
    pub roles: Vec<PersonRole>,
}

/// What one person holds of the company.
#[derive(Serialize, ToSchema)]
#[schema(as = MerchantHolding)]
pub struct Holding {
    /// Of the capital: percent, exact.
    #[schema(example = "50.5")]
    pub capital: String,
    /// Of the votes: percent, exact.
    #[schema(example = "50.5")]
    pub votes: String,
    /// Control by other means.
    pub has_control: bool,
}

/// A document that was handed in.
#[derive(Serialize, ToSchema)]
#[schema(as = MerchantDocument)]
pub struct Document {
    pub kind: DocumentKind,
    /// Whose it is, where it is a person's.
    pub person: Option<ids::PersonId>,
    pub media_type: MediaType,
    /// In bytes.
    #[schema(example = 183_022)]
    pub size: u64,
    /// The day on which it was made, as printed on it.
    pub issued_on: Option<NaiveDate>,
    /// The last day on which it is valid, as printed on it.
    pub expires_on: Option<NaiveDate>,
    /// The last day on which it is valid.
    pub valid_until: Option<NaiveDate>,
    /// Because it is a French identity card of the years whose cards are valid for longer than is
    /// printed on them. A passport of those years is not: look.
    pub is_prolonged_card: bool,
    /// The item of a request for additional documents that it answers.
    pub answers: Option<ids::ItemId>,
    pub status: DocumentStatus,
    /// Why it was refused, if it was.
    pub refusal: Option<DocumentRefusal>,
}

/// The contract that was presented last.
#[derive(Serialize, ToSchema)]
#[schema(as = MerchantContract)]
pub struct ContractCard {
    pub id: ids::ContractId,
    /// The version of our terms.
    #[schema(example = 1)]
    pub terms_version: u16,
    /// The version of the file from which it was made.
    #[schema(example = 12)]
    pub file_version: u32,
    /// Who has to sign.
    pub signers: BTreeSet<String>,
    /// Who has signed, and when.
    pub signed_at: BTreeMap<String, DateTime<Utc>>,
}

/// How the review stands.
#[derive(Serialize, ToSchema)]
#[schema(as = MerchantReview)]
pub struct Review {
    pub stage: ReviewStage,
    /// Whose case it is.
    pub assigned_to: Option<ids::StaffId>,
    /// Until when it is put aside.
    pub snoozed_until: Option<DateTime<Utc>>,
    /// Whether somebody asked for more eyes.
    pub is_escalated: bool,
    /// When the merchant expects our answer.
    pub answer_expected_by: Option<DateTime<Utc>>,
    /// What more was asked for, by its id.
    pub items: BTreeMap<String, Item>,
    /// Until when it must be here.
    pub documents_deadline: Option<DateTime<Utc>>,
    /// What one of us proposes and another has to confirm.
    pub proposal: Option<ProposalCard>,
    /// Why the file was rejected. The merchant never reads it.
    pub rejection: Option<RejectionReason>,
}

/// An additional document that was asked for.
#[derive(Serialize, ToSchema)]
#[schema(as = MerchantItem)]
pub struct Item {
    /// Any of these answers it.
    pub kinds: Vec<DocumentKind>,
    pub reason: RequestReason,
    /// The document that answered it, if one did.
    pub answered_by: Option<ids::DocumentId>,
}

/// A decision that somebody else has to confirm.
#[derive(Serialize, ToSchema)]
#[schema(as = MerchantProposal)]
pub struct ProposalCard {
    pub decision: ProposalKind,
    /// Who proposes it.
    pub by: ids::StaffId,
    /// The version of the file that they read.
    #[schema(example = 12)]
    pub file_version: u32,
}

/// The account that the merchant is paid to, and its change.
#[derive(Serialize, ToSchema)]
#[schema(as = MerchantBankAccount)]
pub struct BankAccount {
    pub payouts: PayoutState,
    /// Until when they are held, if that is known.
    pub held_until: Option<DateTime<Utc>>,
    /// Every account that was ever paid to, in its order, by a number.
    pub accounts: BTreeMap<usize, Account>,
    /// The newest change, also when it is over.
    pub change: Option<AccountChange>,
}

/// An account that was paid to.
#[derive(Serialize, ToSchema)]
#[schema(as = MerchantAccount)]
pub struct Account {
    /// Its country and its end.
    #[schema(example = "FR…2606")]
    pub iban: Option<String>,
    /// Its holder.
    #[schema(example = "Atelier du Lac")]
    pub holder: Option<String>,
    /// Who found that it is the merchant's.
    pub verified_by: ids::StaffId,
    /// Who made it the account that is paid to.
    pub activated_by: ids::StaffId,
    /// From when it is the account of the merchant.
    pub active_since: Option<DateTime<Utc>>,
    /// From when it is paid to.
    pub payable_from: Option<DateTime<Utc>>,
}

/// The newest change of the bank account.
#[derive(Serialize, ToSchema)]
#[schema(as = MerchantAccountChange)]
pub struct AccountChange {
    pub id: ids::BankAccountChangeId,
    pub stage: BankAccountChangeStage,
    /// The country and the end of the new IBAN.
    #[schema(example = "FR…2606")]
    pub iban: Option<String>,
    /// The holder of the new account.
    #[schema(example = "Atelier du Lac")]
    pub holder: Option<String>,
    /// The IBAN beside what a machine read on the RIB.
    pub read_iban: Option<ReadingComparison>,
    /// The holder beside what a machine read on the RIB.
    pub read_holder: Option<ReadingComparison>,
    /// Until when the merchant can confirm it.
    pub expires_at: DateTime<Utc>,
    /// When we want to have looked at it.
    pub target_at: Option<DateTime<Utc>>,
    /// Who found that the account is the merchant's.
    pub verified_by: Option<ids::StaffId>,
    /// Why it was refused, if it was.
    pub refusal: Option<BankAccountRefusal>,
}

/// An API key.
#[derive(Serialize, ToSchema)]
#[schema(as = MerchantKey)]
pub struct Key {
    /// Whether real money moves with it.
    pub livemode: bool,
    /// The last four characters of its value.
    #[schema(example = "fLpA")]
    pub last_four: String,
    /// Whether somebody ended it.
    pub is_revoked: bool,
    /// When it ceases to work, once it was replaced.
    pub works_until: Option<DateTime<Utc>>,
}

fn known<T>(value: Option<&Personal<T>>) -> Option<&T> {
    value.and_then(Personal::known)
}

impl Card {
    /// `at` judges what depends on the day: requirements and the file's readiness.
    pub fn of(id: MerchantId, state: &State, at: DateTime<Utc>) -> Self {
        let account = &state.account;
        Self {
            object: "merchant",
            id: id.into(),
            status: account.status.map(Into::into),
            owner: account.owner.map(Into::into),
            language: account.language.map(Into::into),
            company: company(state),
            restriction: account.restriction.as_ref().map(|restriction| RestrictionCard {
                why: restriction.why.into(),
                since: restriction.since,
                remedy: restriction.remedy.into(),
                remedy_until: restriction.remedy_until,
            }),
            are_payouts_enabled: account.are_payouts_enabled,
            client_file: file(state, at),
            contract: contract(state),
            review: review(state),
            services: state
                .services
                .services
                .iter()
                .map(|(service, status)| (service.code(), (*status).into()))
                .collect(),
            bank_account: bank_account(state, at),
            api_keys: state
                .keys
                .keys
                .iter()
                .map(|(id, key)| {
                    let card = Key {
                        livemode: key.mode == Mode::Live,
                        last_four: String::from_utf8_lossy(&key.key.last_four).into_owned(),
                        is_revoked: key.is_revoked,
                        works_until: key.works_until,
                    };
                    (id.to_string(), card)
                })
                .collect(),
            withheld: withheld(state)
                .into_iter()
                .map(|field| (field.pointer, field.why.into()))
                .collect(),
        }
    }
}

fn company(state: &State) -> Company {
    let basics = state.account.basics.as_ref();
    let identity = basics.and_then(|basics| basics.identity.known());
    let details = known(state.file.company.as_ref());
    Company {
        legal_name: identity.map(|identity| identity.legal_name.as_str().to_owned()),
        siren: identity
            .and_then(|identity| identity.siren.as_ref())
            .map(|siren| siren.as_str().to_owned()),
        legal_form: basics.map(|basics| basics.legal_form.into()),
        country: basics.map(|basics| basics.country.to_string()),
        activity: basics.map(|basics| basics.activity.as_str().to_owned()),
        activity_nomenclature: basics.map(|basics| basics.activity.nomenclature().into()),
        siret: details.map(|details| details.siret.as_str().to_owned()),
        vat_number: details
            .and_then(|details| details.vat_number.as_ref())
            .map(|vat| vat.as_str().to_owned()),
        address: details.map(|details| {
            let address = &details.address;
            format!(
                "{}, {} {} {}",
                address.street,
                address.postal_code.as_str(),
                address.city,
                address.country
            )
        }),
        registered_on: details.map(|details| details.registered_on),
        website: details.and_then(|details| details.website.clone()),
    }
}

fn file(state: &State, at: DateTime<Utc>) -> File {
    let file = &state.file;
    let people = file.people.iter().map(|(id, person)| {
        let details = person.details.known();
        let card = Person {
            name: details.map(domain::client_file::PersonDetails::full_name),
            birth_date: details.map(|details| details.birth_date),
            nationality: details.map(|details| details.nationality.as_str().to_owned()),
            email: details.map(|details| details.email.as_str().to_owned()),
            mobile: details.map(|details| details.mobile.as_str().to_owned()),
            roles: person.roles.iter().map(|role| (*role).into()).collect(),
        };
        (id.to_string(), card)
    });
    let holdings = known(file.ownership.as_ref()).into_iter().flatten().map(|holding| {
        let card = Holding {
            capital: holding.capital.to_string(),
            votes: holding.votes.to_string(),
            has_control: holding.has_control,
        };
        (holding.person.to_string(), card)
    });
    let documents = file.documents.iter().map(|(id, document)| {
        let submitted = &document.submitted;
        let dates = document.dates.known().copied().unwrap_or_default();
        let card = Document {
            kind: submitted.kind.into(),
            person: submitted.person.map(Into::into),
            media_type: submitted.media_type.into(),
            size: submitted.size,
            issued_on: dates.issued_on,
            expires_on: dates.expires_on,
            valid_until: file.valid_until(document),
            is_prolonged_card: file.is_prolonged_card(document),
            answers: submitted.answers.map(Into::into),
            status: document.status.into(),
            refusal: document.refusal.map(Into::into),
        };
        (id.to_string(), card)
    });
    File {
        status: file_status(state, at).into(),
        version: file.version,
        people: people.collect(),
        ownership: holdings.collect(),
        payout_account: known(file.payout_account.as_ref())
            .map(|account| format!("{} …{}", account.holder.as_str(), account.iban.last_four())),
        documents: documents.collect(),
        requirements: requirements(state, at)
            .iter()
            .map(|entry| (entry.id(), entry.status.into()))
            .collect(),
    }
}

fn contract(state: &State) -> Option<ContractCard> {
    let presented = state.contract.presented.as_ref()?;
    Some(ContractCard {
        id: presented.contract.into(),
        terms_version: presented.terms_version,
        file_version: presented.file_version,
        signers: presented.signers.iter().map(ToString::to_string).collect(),
        signed_at: state
            .contract
            .signatures
            .iter()
            .map(|(signer, signature)| (signer.to_string(), signature.signed_at))
            .collect(),
    })
}

fn bank_account(state: &State, at: DateTime<Utc>) -> BankAccount {
    let payout = payout(state, at);
    let held_until = payout.hold().and_then(|hold| hold.until);
    let accounts = state.bank_account.accounts.iter().map(|account| Account {
        iban: masked(&account.details),
        holder: holder(&account.details),
        verified_by: account.verified_by.into(),
        activated_by: account.activated_by.into(),
        active_since: account.active_since,
        payable_from: account.payable_from,
    });
    let change = state.bank_account.change.as_ref().map(|change| {
        let reading = change.reading.known();
        AccountChange {
            id: change.id.into(),
            stage: change.stage.into(),
            iban: masked(&change.account),
            holder: holder(&change.account),
            read_iban: reading.map(|reading| reading.iban.into()),
            read_holder: reading.map(|reading| reading.holder.into()),
            expires_at: change.expires_at,
            target_at: change.target_at,
            verified_by: change.verified_by.map(Into::into),
            refusal: change.refusal.map(Into::into),
        }
    });
    let payouts = payout_state(&payout).into();
    BankAccount { payouts, held_until, accounts: accounts.enumerate().collect(), change }
}

fn review(state: &State) -> Review {
    let review = &state.review;
    let items = review.items.iter().map(|(id, item)| {
        let card = Item {
            kinds: item.asked.kinds.iter().map(|kind| (*kind).into()).collect(),
            reason: item.asked.reason.into(),
            answered_by: item.answered_by.map(Into::into),
        };
        (id.to_string(), card)
    });
    Review {
        stage: review.stage.into(),
        assigned_to: review.assigned_to.map(Into::into),
        snoozed_until: review.snoozed_until,
        is_escalated: review.is_escalated,
        answer_expected_by: review.answer_expected_by,
        items: items.collect(),
        documents_deadline: review.request.as_ref().map(|request| request.deadline),
        proposal: review.proposal.map(|open| ProposalCard {
            decision: open.proposal.kind().into(),
            by: open.by.into(),
            file_version: open.file_version,
        }),
        rejection: review.rejection.map(Into::into),
    }
}
