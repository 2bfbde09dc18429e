//! The account, to the merchant: where it stands, what comes next and what is needed.

use crate::views::ids::{MerchantId, PersonId};
use crate::views::lists::{
    AccountStatus, ClientFileStatus, DocumentRefusal, LegalBasis, LegalForm, Remedy,
    RequirementKind, RequirementStatus, Restricted, RestrictionReason,
};
use crate::views::onboarding::{self, Onboarding, OnboardingStep, StepProgress, file_status};
use chrono::{DateTime, Utc};
use domain::Worded;
use domain::client_file::{Requirement, RequirementKind as Kind, requirements};
use domain::merchant::State;
use domain::restriction::Restriction;
use domain::values::Language;
use serde::Serialize;
use utoipa::ToSchema;

#[derive(Serialize, ToSchema)]
pub struct Account {
    /// Always `merchant`.
    pub object: &'static str,
    pub id: MerchantId,
    pub status: Option<AccountStatus>,
    /// The name of the company, as the register writes it.
    #[schema(example = "Atelier du Lac")]
    pub legal_name: Option<String>,
    /// The nine digits of the company; none while it is being registered.
    #[schema(example = "732829320")]
    pub siren: Option<String>,
    pub legal_form: Option<LegalForm>,
    /// The country of the company, ISO 3166-1, two letters.
    #[schema(example = "FR")]
    pub country: Option<String>,
    /// The NAF code of what the company does.
    #[schema(example = "62.01Z")]
    pub activity: Option<String>,
    pub client_file_status: ClientFileStatus,
    /// Whether money is paid out at all.
    pub are_payouts_enabled: bool,
    /// What cannot be done for now, if anything.
    pub restriction: Option<RestrictionView>,
}

/// Something that cannot be done for now, why, and what to do about it.
#[derive(Serialize, ToSchema)]
#[schema(as = Restriction)]
pub struct RestrictionView {
    pub what: Restricted,
    pub why: RestrictionReason,
    /// Why, in words.
    #[schema(example = "The additional documents we asked for were not received in time.")]
    pub detail: &'static str,
    /// From when it holds.
    pub since: DateTime<Utc>,
    pub remedy: Remedy,
    /// Until when something can be done about it.
    pub remedy_until: Option<DateTime<Utc>>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = Onboarding)]
pub struct OnboardingView {
    /// Always `onboarding`.
    pub object: &'static str,
    pub client_file_status: ClientFileStatus,
    /// Every step, in order.
    pub steps: Vec<StepView>,
    /// How many things the client file still needs.
    #[schema(example = 3)]
    pub requirements_open: usize,
    /// How many it needs in all.
    #[schema(example = 11)]
    pub requirements_total: usize,
    /// When you can expect our answer.
    pub answer_expected_by: Option<DateTime<Utc>>,
    /// Until when the additional documents must be here.
    pub documents_deadline: Option<DateTime<Utc>>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = Step)]
pub struct StepView {
    pub step: OnboardingStep,
    /// The step in words.
    #[schema(example = "Sign your contract")]
    pub title: &'static str,
    pub progress: StepProgress,
    /// The request that takes it further.
    #[schema(example = "POST /portal/v1/merchants/mer_01934a5c7b2e7d0fa1b2c3d4e5f60718/contract")]
    pub action: String,
}

/// Something that the client file needs.
#[derive(Serialize, ToSchema)]
#[schema(as = Requirement)]
pub struct RequirementView {
    /// Always `requirement`.
    pub object: &'static str,
    /// What is needed and, where it is a person's, of whom.
    #[schema(example = "identity_document.per_01934a5c7b2e7d0fa1b2c3d4e5f60718")]
    pub id: String,
    pub what: RequirementKind,
    /// What is needed, in words.
    #[schema(example = "an identity document")]
    pub detail: &'static str,
    /// Of whom, where it is a person's.
    pub person: Option<PersonId>,
    pub status: RequirementStatus,
    pub legal_basis: LegalBasis,
    /// Why it is needed, in words.
    #[schema(example = "Needed to perform the contract.")]
    pub why: &'static str,
    /// What waits for it: always `contract_signature`.
    #[schema(example = "contract_signature")]
    pub impact: &'static str,
    /// What is wrong with what was handed in.
    pub errors: Vec<RequirementError>,
    /// The request that provides it.
    #[schema(example = "POST /portal/v1/merchants/mer_01934a5c7b2e7d0fa1b2c3d4e5f60718/documents")]
    pub remedy: String,
}

#[derive(Serialize, ToSchema)]
pub struct RequirementError {
    pub code: DocumentRefusal,
    /// The same in words.
    #[schema(example = "The document cannot be read.")]
    pub detail: &'static str,
}

impl Account {
    pub fn of(
        merchant: domain::MerchantId,
        state: &State,
        at: DateTime<Utc>,
        language: Language,
    ) -> Self {
        let basics = state.account.basics.as_ref();
        let identity = basics.and_then(|basics| basics.identity.known());
        let siren = identity.and_then(|identity| identity.siren.as_ref());
        let restriction = state.account.restriction.as_ref();
        Self {
            object: "merchant",
            id: merchant.into(),
            status: state.account.status.map(Into::into),
            legal_name: identity.map(|identity| identity.legal_name.as_str().to_owned()),
            siren: siren.map(|siren| siren.as_str().to_owned()),
            legal_form: basics.map(|basics| basics.legal_form.into()),
            country: basics.map(|basics| basics.country.to_string()),
            activity: basics.map(|basics| basics.activity.as_str().to_owned()),
            client_file_status: file_status(state, at).into(),
            are_payouts_enabled: state.account.are_payouts_enabled,
            restriction: restriction.map(|known| RestrictionView::of(known, language)),
        }
    }
}

impl RestrictionView {
    pub fn of(restriction: &Restriction, language: Language) -> Self {
        Self {
            what: restriction.what.into(),
            why: restriction.why.into(),
            detail: restriction.why.words(language),
            since: restriction.since,
            remedy: restriction.remedy.into(),
            remedy_until: restriction.remedy_until,
        }
    }
}

impl OnboardingView {
    pub fn of(
        merchant: domain::MerchantId,
        state: &State,
        at: DateTime<Utc>,
        language: Language,
    ) -> Self {
        let Onboarding {
            steps,
            requirements_open,
            requirements_total,
            answer_expected_by,
            documents_deadline,
        } = onboarding::onboarding(state, at);
        let steps = steps.into_iter().map(|(step, progress)| StepView {
            step: step.into(),
            title: step.words(language),
            progress: progress.into(),
            action: step.action().replace("{merchant}", &merchant.to_string()),
        });
        Self {
            object: "onboarding",
            client_file_status: file_status(state, at).into(),
            steps: steps.collect(),
            requirements_open,
            requirements_total,
            answer_expected_by,
            documents_deadline,
        }
    }
}

impl RequirementView {
    /// Everything that the client file needs.
    pub fn all(
        merchant: domain::MerchantId,
        state: &State,
        at: DateTime<Utc>,
        language: Language,
    ) -> Vec<Self> {
        let entries = requirements(state, at);
        entries.iter().map(|entry| Self::of(merchant, entry, language)).collect()
    }

    fn of(merchant: domain::MerchantId, entry: &Requirement, language: Language) -> Self {
        let errors = entry.refusal.iter().map(|refusal| RequirementError {
            code: (*refusal).into(),
            detail: refusal.words(language),
        });
        Self {
            object: "requirement",
            id: entry.id(),
            what: entry.kind.into(),
            detail: entry.kind.words(language),
            person: entry.person.map(Into::into),
            status: entry.status.into(),
            legal_basis: entry.legal_basis.into(),
            why: entry.legal_basis.words(language),
            impact: "contract_signature",
            errors: errors.collect(),
            remedy: remedy(entry.kind).replace("{merchant}", &merchant.to_string()),
        }
    }
}

fn remedy(kind: Kind) -> &'static str {
    match kind {
        Kind::CompanyNumber => "PUT /portal/v1/merchants/{merchant}/company-basics",
        Kind::CompanyDetails => "PUT /portal/v1/merchants/{merchant}/company",
        Kind::Representative | Kind::RepresentativeOfAge | Kind::BeneficialOwner => {
            "POST /portal/v1/merchants/{merchant}/people"
        }
        Kind::Ownership => "PUT /portal/v1/merchants/{merchant}/ownership",
        Kind::PayoutAccount => "PUT /portal/v1/merchants/{merchant}/payout-account",
        Kind::Services => "PUT /portal/v1/merchants/{merchant}/services",
        Kind::RegistrationExtract
        | Kind::BankDetails
        | Kind::ArticlesOfAssociation
        | Kind::IdentityDocument
        | Kind::PowerOfAttorney => "POST /portal/v1/merchants/{merchant}/documents",
    }
}
