//! The card: the whole of one merchant as staff and `replay` see it, as of any moment.
//!
//! For staff only: it shows who proposed what and why a file was rejected.

use super::bank_account::{holder, masked, payout_code};
use super::onboarding::file_status;
use chrono::{DateTime, NaiveDate, Utc};
use domain::bank_account::payout;
use domain::client_file::requirements;
use domain::merchant::State;
use domain::{Coded, MerchantId, Personal};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

#[derive(Serialize)]
pub struct Card {
    pub object: &'static str,
    pub id: String,
    pub status: Option<&'static str>,
    pub owner: Option<String>,
    pub language: Option<&'static str>,
    pub company: Company,
    pub restriction: Option<RestrictionCard>,
    pub are_payouts_enabled: bool,
    pub client_file: File,
    pub contract: Option<ContractCard>,
    pub review: Review,
    pub services: BTreeMap<&'static str, &'static str>,
    pub bank_account: BankAccount,
    pub api_keys: BTreeMap<String, Key>,
}

#[derive(Serialize)]
pub struct Company {
    pub legal_name: Option<String>,
    pub siren: Option<String>,
    pub legal_form: Option<&'static str>,
    pub country: Option<String>,
    pub activity: Option<String>,
    pub activity_nomenclature: Option<&'static str>,
    pub siret: Option<String>,
    pub vat_number: Option<String>,
    pub address: Option<String>,
    pub registered_on: Option<NaiveDate>,
    pub website: Option<String>,
}

#[derive(Serialize)]
pub struct RestrictionCard {
    pub why: &'static str,
    pub since: DateTime<Utc>,
    pub remedy: &'static str,
    pub remedy_until: Option<DateTime<Utc>>,
}

#[derive(Serialize)]
pub struct File {
    pub status: &'static str,
    pub version: u32,
    pub people: BTreeMap<String, Person>,
    pub ownership: BTreeMap<String, Holding>,
    pub payout_account: Option<String>,
    pub documents: BTreeMap<String, Document>,
    pub requirements: BTreeMap<String, &'static str>,
}

#[derive(Serialize)]
pub struct Person {
    pub name: Option<String>,
    pub birth_date: Option<NaiveDate>,
    pub nationality: Option<String>,
    pub email: Option<String>,
    pub mobile: Option<String>,
    pub roles: Vec<&'static str>,
}

#[derive(Serialize)]
pub struct Holding {
    pub capital: String,
    pub votes: String,
    pub has_control: bool,
}

#[derive(Serialize)]
pub struct Document {
    pub kind: &'static str,
    pub person: Option<String>,
    pub media_type: &'static str,
    pub size: u64,
    pub issued_on: Option<NaiveDate>,
    pub expires_on: Option<NaiveDate>,
    /// The last day on which it is valid.
    pub valid_until: Option<NaiveDate>,
    /// Because it is a French identity card of the years whose cards are valid for longer than is
    /// printed on them. A passport of those years is not: look.
    pub is_prolonged_card: bool,
    pub answers: Option<String>,
    pub status: &'static str,
    pub refusal: Option<&'static str>,
}

#[derive(Serialize)]
pub struct ContractCard {
    pub id: String,
    pub terms_version: u16,
    pub file_version: u32,
    pub signers: BTreeSet<String>,
    pub signed_at: BTreeMap<String, DateTime<Utc>>,
}

#[derive(Serialize)]
pub struct Review {
    pub stage: &'static str,
    pub assigned_to: Option<String>,
    pub snoozed_until: Option<DateTime<Utc>>,
    pub is_escalated: bool,
    pub answer_expected_by: Option<DateTime<Utc>>,
    pub items: BTreeMap<String, Item>,
    pub documents_deadline: Option<DateTime<Utc>>,
    pub proposal: Option<ProposalCard>,
    pub rejection: Option<&'static str>,
}

#[derive(Serialize)]
pub struct Item {
    pub kinds: Vec<&'static str>,
    pub reason: &'static str,
    pub answered_by: Option<String>,
}

#[derive(Serialize)]
pub struct ProposalCard {
    pub decision: &'static str,
    pub by: String,
    pub file_version: u32,
}

#[derive(Serialize)]
pub struct BankAccount {
    /// `none`, `held` or `payable`.
    pub payouts: &'static str,
    /// Until when they are held, if that is known.
    pub held_until: Option<DateTime<Utc>>,
    /// Every account that was ever paid to, in its order, by a number.
    pub accounts: BTreeMap<usize, Account>,
    /// The newest change, also when it is over.
    pub change: Option<AccountChange>,
}

#[derive(Serialize)]
pub struct Account {
    pub iban: Option<String>,
    pub holder: Option<String>,
    pub verified_by: String,
    pub activated_by: String,
    pub active_since: Option<DateTime<Utc>>,
    pub payable_from: Option<DateTime<Utc>>,
}

#[derive(Serialize)]
pub struct AccountChange {
    pub id: String,
    pub stage: &'static str,
    pub iban: Option<String>,
    pub holder: Option<String>,
    pub read_iban: Option<&'static str>,
    pub read_holder: Option<&'static str>,
    pub expires_at: DateTime<Utc>,
    pub target_at: Option<DateTime<Utc>>,
    pub verified_by: Option<String>,
    pub refusal: Option<&'static str>,
}

#[derive(Serialize)]
pub struct Key {
    pub mode: &'static str,
    pub last_four: String,
    pub is_revoked: bool,
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
            id: id.to_string(),
            status: account.status.map(Coded::code),
            owner: account.owner.map(|owner| owner.to_string()),
            language: account.language.map(Coded::code),
            company: company(state),
            restriction: account.restriction.as_ref().map(|restriction| RestrictionCard {
                why: restriction.why.code(),
                since: restriction.since,
                remedy: restriction.remedy.code(),
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
                .map(|(service, status)| (service.code(), status.code()))
                .collect(),
            bank_account: bank_account(state, at),
            api_keys: state
                .keys
                .keys
                .iter()
                .map(|(id, key)| {
                    let card = Key {
                        mode: key.mode.code(),
                        last_four: String::from_utf8_lossy(&key.key.last_four).into_owned(),
                        is_revoked: key.is_revoked,
                        works_until: key.works_until,
                    };
                    (id.to_string(), card)
                })
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
        legal_form: basics.map(|basics| basics.legal_form.code()),
        country: basics.map(|basics| basics.country.to_string()),
        activity: basics.map(|basics| basics.activity.as_str().to_owned()),
        activity_nomenclature: basics.map(|basics| basics.activity.nomenclature().code()),
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
            roles: person.roles.iter().map(|role| role.code()).collect(),
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
            kind: submitted.kind.code(),
            person: submitted.person.map(|person| person.to_string()),
            media_type: submitted.media_type.code(),
            size: submitted.size,
            issued_on: dates.issued_on,
            expires_on: dates.expires_on,
            valid_until: file.valid_until(document),
            is_prolonged_card: file.is_prolonged_card(document),
            answers: submitted.answers.map(|item| item.to_string()),
            status: document.status.code(),
            refusal: document.refusal.map(Coded::code),
        };
        (id.to_string(), card)
    });
    File {
        status: file_status(state, at),
        version: file.version,
        people: people.collect(),
        ownership: holdings.collect(),
        payout_account: known(file.payout_account.as_ref())
            .map(|account| format!("{} …{}", account.holder.as_str(), account.iban.last_four())),
        documents: documents.collect(),
        requirements: requirements(state, at)
            .iter()
            .map(|entry| (entry.id(), entry.status.code()))
            .collect(),
    }
}

fn contract(state: &State) -> Option<ContractCard> {
    let presented = state.contract.presented.as_ref()?;
    Some(ContractCard {
        id: presented.contract.to_string(),
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
        verified_by: account.verified_by.to_string(),
        activated_by: account.activated_by.to_string(),
        active_since: account.active_since,
        payable_from: account.payable_from,
    });
    let change = state.bank_account.change.as_ref().map(|change| {
        let reading = change.reading.known();
        AccountChange {
            id: change.id.to_string(),
            stage: change.stage.code(),
            iban: masked(&change.account),
            holder: holder(&change.account),
            read_iban: reading.map(|reading| reading.iban.code()),
            read_holder: reading.map(|reading| reading.holder.code()),
            expires_at: change.expires_at,
            target_at: change.target_at,
            verified_by: change.verified_by.map(|staff| staff.to_string()),
            refusal: change.refusal.map(Coded::code),
        }
    });
    let payouts = payout_code(&payout);
    BankAccount { payouts, held_until, accounts: accounts.enumerate().collect(), change }
}

fn review(state: &State) -> Review {
    let review = &state.review;
    let items = review.items.iter().map(|(id, item)| {
        let card = Item {
            kinds: item.asked.kinds.iter().map(|kind| kind.code()).collect(),
            reason: item.asked.reason.code(),
            answered_by: item.answered_by.map(|document| document.to_string()),
        };
        (id.to_string(), card)
    });
    Review {
        stage: review.stage.code(),
        assigned_to: review.assigned_to.map(|staff| staff.to_string()),
        snoozed_until: review.snoozed_until,
        is_escalated: review.is_escalated,
        answer_expected_by: review.answer_expected_by,
        items: items.collect(),
        documents_deadline: review.request.as_ref().map(|request| request.deadline),
        proposal: review.proposal.map(|open| ProposalCard {
            decision: open.proposal.code(),
            by: open.by.to_string(),
            file_version: open.file_version,
        }),
        rejection: review.rejection.map(Coded::code),
    }
}
