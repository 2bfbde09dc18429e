//! What the file needs: one entry per thing, computed from the rules and the file, never stored.

use super::{
    Document, DocumentKind, DocumentRefusal, DocumentStatus, PersonRole, RuleSet, rules_on,
};
use crate::PersonId;
use crate::calendar::{age_in_years, paris_date};
use crate::merchant::State;
use crate::values::LegalForm;
use chrono::{DateTime, NaiveDate, Utc};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requirement {
    pub kind: RequirementKind,
    /// Whom it is about, if not the company.
    pub person: Option<PersonId>,
    pub status: RequirementStatus,
    /// Why the document handed in for it was refused.
    pub refusal: Option<DocumentRefusal>,
    pub legal_basis: LegalBasis,
}

codes! {
    pub enum RequirementKind {
        CompanyNumber = "company_number", "the number of the company (SIREN)", "le numéro de l'entreprise (SIREN)";
        CompanyDetails = "company_details", "the details of the company", "les informations de l'entreprise";
        Representative = "representative", "a legal representative", "un représentant légal";
        RepresentativeOfAge = "representative_of_age", "a legal representative of age", "un représentant légal majeur";
        Ownership = "ownership", "who holds the capital and the votes", "la répartition du capital et des votes";
        BeneficialOwner = "beneficial_owner", "the beneficial owners", "les bénéficiaires effectifs";
        PayoutAccount = "payout_account", "the account that we pay to", "le compte de versement";
        Services = "services", "the services that are asked for", "les services demandés";
        RegistrationExtract = "registration_extract", "a registration extract (Kbis, RNE or SIRENE)", "un extrait d'immatriculation (Kbis, RNE ou SIRENE)";
        BankDetails = "bank_details", "the details of the bank account (RIB)", "un relevé d'identité bancaire (RIB)";
        ArticlesOfAssociation = "articles_of_association", "the articles of association", "les statuts";
        IdentityDocument = "identity_document", "an identity document", "une pièce d'identité";
        PowerOfAttorney = "power_of_attorney", "a power of attorney", "un pouvoir";
    }
}

codes! {
    pub enum RequirementStatus {
        Missing = "missing", "missing", "manquant";
        /// Handed in, waiting for an officer.
        Provided = "provided", "handed in, waiting for us", "fourni, en attente de notre examen";
        Accepted = "accepted", "accepted", "accepté";
        Refused = "refused", "refused", "refusé";
    }
}

codes! {
    /// Why the law or the contract asks for it.
    pub enum LegalBasis {
        /// Identifying the client: L561-5 and R561-5-1 of the monetary and financial code.
        ClientIdentification = "l561_5_cmf", "The law obliges us to identify our clients (L561-5 of the monetary and financial code).", "La loi nous oblige à identifier nos clients (L561-5 du code monétaire et financier).";
        /// Beneficial owners: L561-2-2 and R561-1 of the same code.
        BeneficialOwners = "l561_2_2_cmf", "The law obliges us to know the beneficial owners (L561-2-2 of the monetary and financial code).", "La loi nous oblige à connaître les bénéficiaires effectifs (L561-2-2 du code monétaire et financier).";
        /// Knowing the business relationship: L561-5-1 of the same code.
        BusinessRelationship = "l561_5_1_cmf", "The law obliges us to know the purpose of the relationship (L561-5-1 of the monetary and financial code).", "La loi nous oblige à connaître l'objet de la relation d'affaires (L561-5-1 du code monétaire et financier).";
        /// Needed to perform the contract.
        Contract = "contract", "Needed to perform the contract.", "Nécessaire à l'exécution du contrat.";
    }
}

impl Requirement {
    /// A stable name: `identity_document.per_0190…`.
    pub fn id(&self) -> String {
        match self.person {
            Some(person) => format!("{}.{person}", self.kind),
            None => self.kind.to_string(),
        }
    }

    pub fn is_satisfied(&self) -> bool {
        match self.status {
            RequirementStatus::Provided | RequirementStatus::Accepted => true,
            RequirementStatus::Missing | RequirementStatus::Refused => false,
        }
    }
}

pub fn are_satisfied(state: &State, at: DateTime<Utc>) -> bool {
    requirements(state, at).iter().all(Requirement::is_satisfied)
}

/// Everything the file needs at that moment, in the order in which a merchant would give it.
pub fn requirements(state: &State, at: DateTime<Utc>) -> Vec<Requirement> {
    let today = paris_date(at);
    let rules = rules_on(today);
    let Some(basics) = &state.account.basics else { return vec![] };
    let mut list = company(state);
    list.extend(people(state, today));
    if basics.legal_form.has_capital() {
        list.extend(ownership(state, rules));
    }
    list.push(fact(
        RequirementKind::PayoutAccount,
        state.file.payout_account.is_some(),
        LegalBasis::Contract,
    ));
    list.push(fact(
        RequirementKind::Services,
        !state.services.services.is_empty(),
        LegalBasis::BusinessRelationship,
    ));
    list.extend(documents(state, basics.legal_form, rules, today));
    list
}

fn company(state: &State) -> Vec<Requirement> {
    let has_number = state.account.basics.as_ref().is_some_and(|basics| {
        // A forgotten company had a number; only a known one can lack it.
        basics.identity.known().is_none_or(|identity| identity.siren.is_some())
    });
    vec![
        fact(RequirementKind::CompanyNumber, has_number, LegalBasis::ClientIdentification),
        fact(
            RequirementKind::CompanyDetails,
            state.file.company.is_some() && siret_fits(state),
            LegalBasis::ClientIdentification,
        ),
    ]
}

/// The SIREN may have been corrected after the SIRET was given.
fn siret_fits(state: &State) -> bool {
    let basics = state.account.basics.as_ref();
    let siren = basics
        .and_then(|basics| basics.identity.known())
        .and_then(|identity| identity.siren.as_ref());
    let company = state.file.company.as_ref().and_then(|company| company.known());
    match (siren, company) {
        (Some(siren), Some(company)) => company.siret.siren() == *siren,
        (None, _) | (_, None) => true,
    }
}

fn people(state: &State, today: NaiveDate) -> Vec<Requirement> {
    let signers = state.file.signers();
    let mut list = vec![fact(
        RequirementKind::Representative,
        !signers.is_empty(),
        LegalBasis::ClientIdentification,
    )];
    for (id, person) in &state.file.people {
        let is_minor = person
            .details
            .known()
            .is_some_and(|details| age_in_years(details.birth_date, today) < 18);
        if signers.contains(id) && is_minor {
            list.push(Requirement {
                person: Some(*id),
                ..fact(RequirementKind::RepresentativeOfAge, false, LegalBasis::Contract)
            });
        }
    }
    list
}

fn ownership(state: &State, rules: &RuleSet) -> Vec<Requirement> {
    let declared = state.file.ownership.as_ref();
    let mut list =
        vec![fact(RequirementKind::Ownership, declared.is_some(), LegalBasis::BeneficialOwners)];
    // Nobody over the threshold: the representatives are the beneficial owners by default. Who was
    // over it before the shares were forgotten, nobody can say any more.
    for holding in declared.and_then(|holdings| holdings.known()).into_iter().flatten() {
        let is_owner =
            holding.has_control || rules.beneficial_owner.is_reached_by(holding.largest());
        if is_owner {
            let is_recorded = state
                .file
                .people
                .get(&holding.person)
                .is_some_and(|person| person.roles.contains(&PersonRole::BeneficialOwner));
            list.push(Requirement {
                person: Some(holding.person),
                ..fact(RequirementKind::BeneficialOwner, is_recorded, LegalBasis::BeneficialOwners)
            });
        }
    }
    list
}

fn documents(
    state: &State,
    form: LegalForm,
    rules: &RuleSet,
    today: NaiveDate,
) -> Vec<Requirement> {
    let mut list = vec![
        document(
            state,
            today,
            RequirementKind::RegistrationExtract,
            DocumentKind::RegistrationExtract,
            None,
            LegalBasis::ClientIdentification,
        ),
        document(
            state,
            today,
            RequirementKind::BankDetails,
            DocumentKind::BankDetails,
            None,
            LegalBasis::Contract,
        ),
    ];
    if rules.needs_articles_of_association(form) {
        list.push(document(
            state,
            today,
            RequirementKind::ArticlesOfAssociation,
            DocumentKind::ArticlesOfAssociation,
            None,
            LegalBasis::ClientIdentification,
        ));
    }
    for id in state.file.people.keys() {
        list.push(document(
            state,
            today,
            RequirementKind::IdentityDocument,
            DocumentKind::IdentityDocument,
            Some(*id),
            LegalBasis::ClientIdentification,
        ));
    }
    for id in state.file.people_with(&[PersonRole::Delegate]) {
        list.push(document(
            state,
            today,
            RequirementKind::PowerOfAttorney,
            DocumentKind::PowerOfAttorney,
            Some(id),
            LegalBasis::ClientIdentification,
        ));
    }
    list
}

fn fact(kind: RequirementKind, is_given: bool, legal_basis: LegalBasis) -> Requirement {
    let status = if is_given { RequirementStatus::Accepted } else { RequirementStatus::Missing };
    Requirement { kind, person: None, status, refusal: None, legal_basis }
}

/// The best document of a kind decides: one accepted is enough, one waiting is better than one
/// refused.
fn document(
    state: &State,
    today: NaiveDate,
    kind: RequirementKind,
    document_kind: DocumentKind,
    person: Option<PersonId>,
    legal_basis: LegalBasis,
) -> Requirement {
    let mut status = RequirementStatus::Missing;
    let mut refusal = None;
    let is_in_date = |document: &Document| {
        // What is not known of forgotten papers was looked at when they were handed in.
        state.file.valid_until(document).is_none_or(|end| end >= today)
    };
    let current = state.file.current_documents(document_kind, person);
    for (_, document) in current.filter(|(_, document)| is_in_date(document)) {
        let this = match document.status {
            DocumentStatus::Accepted => RequirementStatus::Accepted,
            DocumentStatus::Submitted => RequirementStatus::Provided,
            DocumentStatus::Refused => RequirementStatus::Refused,
            DocumentStatus::Superseded | DocumentStatus::Withdrawn => continue,
        };
        if rank(this) > rank(status) {
            status = this;
            refusal = document.refusal;
        }
    }
    Requirement { kind, person, status, refusal, legal_basis }
}

fn rank(status: RequirementStatus) -> u8 {
    match status {
        RequirementStatus::Missing => 0,
        RequirementStatus::Refused => 1,
        RequirementStatus::Provided => 2,
        RequirementStatus::Accepted => 3,
    }
}
