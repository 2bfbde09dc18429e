//! The client file, to the merchant. What is sent and what is shown have the same shape where they say the
//! same.

use crate::views::ids::{DocumentId, ItemId, PersonId};
use crate::views::lists::{
    ClientFileStatus, DocumentKind, DocumentRefusal, DocumentStatus, MediaType, PersonRole,
};
use crate::views::onboarding::file_status;
use chrono::{DateTime, NaiveDate, Utc};
use domain::client_file::{self, CompanyDetails, Document, Person, PersonDetails};
use domain::merchant::State;
use domain::values::Language;
use domain::{Personal, Worded};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Serialize, ToSchema)]
pub struct ClientFile {
    /// Always `client_file`.
    pub object: &'static str,
    pub status: ClientFileStatus,
    /// Grows with every change of what we examine.
    #[schema(example = 12)]
    pub version: u32,
    /// The company, once it was recorded.
    pub company: Option<Company>,
    /// Representatives, delegates and beneficial owners.
    pub people: Vec<PersonView>,
    /// Who holds the capital and the votes, once it was declared.
    pub ownership: Option<Vec<Holding>>,
    /// The account that payouts go to, once it was recorded.
    pub payout_account: Option<PayoutAccountView>,
    /// Everything that was handed in.
    pub documents: Vec<DocumentView>,
}

#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Company {
    /// The fourteen digits of the establishment.
    #[schema(example = "73282932000074")]
    pub siret: String,
    /// Of the same company as the SIRET.
    #[schema(example = "FR44732829320")]
    pub vat_number: Option<String>,
    pub address: Address,
    /// The day on which the company was registered.
    #[schema(example = "2019-03-04", format = Date)]
    pub registered_on: String,
    /// Where the company sells, if it does so on the web.
    #[schema(example = "https://example.com")]
    pub website: Option<String>,
}

/// A postal address.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Address {
    /// Number and street.
    #[schema(example = "12 rue des Lilas")]
    pub street: String,
    /// Empty or left out where there are none.
    #[schema(example = "75011")]
    #[serde(default)]
    pub postal_code: String,
    /// Town or city.
    #[schema(example = "Paris")]
    pub city: String,
    /// ISO 3166-1, two letters.
    #[schema(example = "FR")]
    pub country: String,
}

#[derive(Serialize, ToSchema)]
#[schema(as = Person)]
pub struct PersonView {
    /// Always `person`.
    pub object: &'static str,
    pub id: PersonId,
    /// What they are for the company.
    pub roles: Vec<PersonRole>,
    /// Who they are; `null` once forgotten.
    pub details: Option<PersonBody>,
}

/// A representative, a delegate or a beneficial owner.
#[derive(Serialize, Deserialize, ToSchema)]
#[schema(as = PersonDetails)]
#[serde(deny_unknown_fields)]
pub struct PersonBody {
    /// Empty for whoever has one name only.
    #[schema(example = "Marie")]
    #[serde(default)]
    pub first_name: String,
    /// As on the identity document.
    #[schema(example = "Exemple")]
    pub last_name: String,
    /// As on the identity document.
    #[schema(example = "1980-05-17", format = Date)]
    pub birth_date: String,
    /// As on the identity document.
    #[schema(example = "Lyon")]
    pub birth_place: String,
    /// The code of a country, or `XXA` for a stateless person, `XXB` or `XXC` for a refugee.
    #[schema(example = "FR")]
    pub nationality: String,
    pub address: Address,
    /// The invitation to sign is sent to it.
    #[schema(example = "marie@example.com")]
    pub email: String,
    /// The signing code is sent to it.
    #[schema(example = "+33612345678")]
    pub mobile: String,
    /// What they are for the company.
    #[schema(value_type = Vec<PersonRole>)]
    pub roles: Vec<String>,
}

/// What one person holds of the company.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Holding {
    /// Who.
    #[schema(value_type = PersonId)]
    pub person: String,
    /// Of the capital: percent, exact, with at most four decimals.
    #[schema(example = "50.5")]
    pub capital: String,
    /// Of the votes: percent, exact, with at most four decimals.
    #[schema(example = "50.5")]
    pub votes: String,
    /// Control by other means.
    #[serde(default)]
    pub has_control: bool,
}

/// The account that payouts go to.
#[derive(Serialize, ToSchema)]
#[schema(as = DeclaredAccount)]
pub struct PayoutAccountView {
    /// The end of its IBAN.
    #[schema(example = "0189")]
    pub iban_last_four: Option<String>,
    /// The holder of the account.
    #[schema(example = "Atelier du Lac")]
    pub holder: Option<String>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = Document)]
pub struct DocumentView {
    /// Always `document`.
    pub object: &'static str,
    pub id: DocumentId,
    pub kind: DocumentKind,
    /// Whose document it is, where it is a person's.
    pub person: Option<PersonId>,
    pub media_type: MediaType,
    /// In bytes.
    #[schema(example = 183_022)]
    pub size: u64,
    /// The day on which it was made, as printed on it.
    pub issued_on: Option<NaiveDate>,
    /// The last day on which it is valid, as printed on it.
    pub expires_on: Option<NaiveDate>,
    /// The last day on which it is valid, which may be later than what is printed on it.
    pub valid_until: Option<NaiveDate>,
    /// Why it is later, if it is.
    #[schema(
        example = "French identity cards issued to adults from 2004 to 2013 are valid longer."
    )]
    pub valid_until_detail: Option<&'static str>,
    /// The item of a request for additional documents that it answers.
    pub answers: Option<ItemId>,
    pub status: DocumentStatus,
    /// Why it was refused, if it was.
    pub refusal: Option<DocumentRefusal>,
    /// The same in words.
    #[schema(example = "The document cannot be read.")]
    pub refusal_detail: Option<&'static str>,
    /// What the officer wrote about it.
    #[schema(example = "The lower half is cut off.")]
    pub refusal_text: Option<String>,
}

const PROLONGED: (&str, &str) = (
    "French identity cards issued to adults from 2004 to 2013 are valid for five years longer than is \
     printed on them (decree 2013-1188). This does not hold for passports.",
    "Les cartes d'identité françaises délivrées à des majeurs de 2004 à 2013 sont valables cinq ans de \
     plus que la date imprimée (décret 2013-1188). Cela ne vaut pas pour les passeports.",
);

impl ClientFile {
    pub fn of(state: &State, at: DateTime<Utc>, language: Language) -> Self {
        let file = &state.file;
        let ownership = file.ownership.as_ref().and_then(|holdings| holdings.known());
        let documents = file.documents.values();
        Self {
            object: "client_file",
            status: file_status(state, at).into(),
            version: file.version,
            company: file.company.as_ref().and_then(|company| company.known()).map(Company::of),
            people: file.people.iter().map(|(id, person)| PersonView::of(*id, person)).collect(),
            ownership: ownership.map(|holdings| holdings.iter().map(Holding::of).collect()),
            payout_account: file.payout_account.as_ref().map(PayoutAccountView::of),
            documents: documents
                .map(|document| DocumentView::of(state, document, language))
                .collect(),
        }
    }
}

impl Company {
    fn of(details: &CompanyDetails) -> Self {
        Self {
            siret: details.siret.as_str().to_owned(),
            vat_number: details.vat_number.as_ref().map(|vat| vat.as_str().to_owned()),
            address: Address::of(&details.address),
            registered_on: details.registered_on.to_string(),
            website: details.website.clone(),
        }
    }
}

impl Address {
    fn of(address: &domain::values::Address) -> Self {
        Self {
            street: address.street.clone(),
            postal_code: address.postal_code.as_str().to_owned(),
            city: address.city.clone(),
            country: address.country.to_string(),
        }
    }
}

impl PersonView {
    pub fn of(id: domain::PersonId, person: &Person) -> Self {
        let details = person.details.known();
        Self {
            object: "person",
            id: id.into(),
            roles: person.roles.iter().map(|role| (*role).into()).collect(),
            details: details.map(|details| PersonBody::of(person, details)),
        }
    }
}

impl PersonBody {
    fn of(person: &Person, details: &PersonDetails) -> Self {
        Self {
            first_name: details.first_name.as_str().to_owned(),
            last_name: details.last_name.as_str().to_owned(),
            birth_date: details.birth_date.to_string(),
            birth_place: details.birth_place.clone(),
            nationality: details.nationality.as_str().to_owned(),
            address: Address::of(&details.address),
            email: details.email.as_str().to_owned(),
            mobile: details.mobile.as_str().to_owned(),
            roles: person.roles.iter().map(ToString::to_string).collect(),
        }
    }
}

impl Holding {
    fn of(holding: &client_file::Ownership) -> Self {
        Self {
            person: holding.person.to_string(),
            capital: holding.capital.to_string(),
            votes: holding.votes.to_string(),
            has_control: holding.has_control,
        }
    }
}

impl PayoutAccountView {
    fn of(account: &Personal<client_file::PayoutAccount>) -> Self {
        let known = account.known();
        Self {
            iban_last_four: known.map(|known| known.iban.last_four().to_owned()),
            holder: known.map(|known| known.holder.as_str().to_owned()),
        }
    }
}

impl DocumentView {
    pub fn of(state: &State, document: &Document, language: Language) -> Self {
        let submitted = &document.submitted;
        let dates = document.dates.known().copied().unwrap_or_default();
        let is_prolonged = state.file.is_prolonged_card(document);
        Self {
            object: "document",
            id: submitted.id.into(),
            kind: submitted.kind.into(),
            person: submitted.person.map(Into::into),
            media_type: submitted.media_type.into(),
            size: submitted.size,
            issued_on: dates.issued_on,
            expires_on: dates.expires_on,
            valid_until: state.file.valid_until(document),
            valid_until_detail: is_prolonged.then_some(language.of(PROLONGED.0, PROLONGED.1)),
            answers: submitted.answers.map(Into::into),
            status: document.status.into(),
            refusal: document.refusal.map(Into::into),
            refusal_detail: document.refusal.map(|refusal| refusal.words(language)),
            refusal_text: document.refusal_text.as_ref().map(|text| text.as_str().to_owned()),
        }
    }
}
