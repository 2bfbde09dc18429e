//! The client file: company, people, ownership, bank account, documents.

use super::account::load;
use crate::app::App;
use crate::auth::sessions::PortalUser;
use crate::call::{Call, Json, MomentQuery, Query, Versioned, id};
use crate::documents::upload;
use crate::error::{Fields, Problem};
use axum::extract::{Multipart, Path, State};
use axum::response::Response;
use chrono::{DateTime, NaiveDate, Utc};
use domain::client_file::{
    Command, CompanyDetails, Document, Ownership, PayoutAccount, PersonDetails, PersonRole,
};
use domain::merchant::State as MerchantState;
use domain::values::{
    Address, Country, Email, FreeText, Iban, Invalid, Language, LegalName, Mobile, PersonName,
    Share, Siret, VatNumber,
};
use domain::{Coded, DocumentId, MerchantId, PersonId};
use projections::onboarding::file_status;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use store::documents::{blob_id, subject_of};
use store::{AsOf, Executed, Merchant};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(read_client_file))
        .routes(routes!(record_company))
        .routes(routes!(add_person))
        .routes(routes!(change_person, remove_person))
        .routes(routes!(declare_ownership))
        .routes(routes!(record_payout_account))
        .routes(routes!(submit_document))
        .routes(routes!(withdraw_document))
        .routes(routes!(download_document))
        .routes(routes!(withdraw_client_file))
}

#[derive(Serialize, ToSchema)]
pub(super) struct ClientFile {
    /// Always `client_file`.
    object: &'static str,
    /// `not_started`, `draft`, `ready_to_sign`, `submitted`, `in_review`, `awaiting_documents`,
    /// `expired`, `approved`, `rejected` or `withdrawn`; treat others as unknown.
    status: &'static str,
    /// Grows with every change of what we examine.
    version: u32,
    company: Option<CompanyBody>,
    people: Vec<PersonView>,
    ownership: Option<Vec<OwnershipBody>>,
    payout_account: Option<PayoutAccountView>,
    documents: Vec<DocumentView>,
}

#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AddressBody {
    #[schema(example = "12 rue des Lilas")]
    street: String,
    #[schema(example = "75011")]
    postal_code: String,
    #[schema(example = "Paris")]
    city: String,
    #[schema(example = "FR")]
    country: String,
}

#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CompanyBody {
    #[schema(example = "73282932000074")]
    siret: String,
    #[schema(example = "FR44732829320")]
    vat_number: Option<String>,
    address: AddressBody,
    #[schema(example = "2019-03-04")]
    registered_on: NaiveDate,
    #[schema(example = "https://example.com")]
    website: Option<String>,
}

#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PersonBody {
    #[schema(example = "Marie")]
    first_name: String,
    #[schema(example = "Exemple")]
    last_name: String,
    #[schema(example = "1980-05-17")]
    birth_date: NaiveDate,
    #[schema(example = "Lyon")]
    birth_place: String,
    #[schema(example = "FR")]
    nationality: String,
    address: AddressBody,
    /// The invitation to sign is sent to it.
    #[schema(example = "marie@example.com")]
    email: String,
    /// The signing code is sent to it.
    #[schema(example = "+33612345678")]
    mobile: String,
    /// Of `representative`, `delegate` and `beneficial_owner`.
    #[schema(example = json!(["representative", "beneficial_owner"]))]
    roles: Vec<String>,
}

#[derive(Serialize, ToSchema)]
struct PersonView {
    /// Always `person`.
    object: &'static str,
    id: String,
    roles: Vec<&'static str>,
    /// `null` once forgotten.
    details: Option<PersonBody>,
}

#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct OwnershipBody {
    #[schema(example = "per_01900000000070008000000000000000")]
    person: String,
    /// Percent, exact, with at most four decimals.
    #[schema(example = "50.5")]
    capital: String,
    #[schema(example = "50.5")]
    votes: String,
    /// Control by other means.
    #[serde(default)]
    has_control: bool,
}

#[derive(Serialize, ToSchema)]
struct PayoutAccountView {
    iban_last_four: Option<String>,
    holder: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub(super) struct DocumentView {
    /// Always `document`.
    object: &'static str,
    id: String,
    kind: &'static str,
    person: Option<String>,
    media_type: &'static str,
    size: u64,
    issued_on: Option<NaiveDate>,
    expires_on: Option<NaiveDate>,
    answers: Option<String>,
    /// `submitted`, `accepted`, `refused`, `superseded` or `withdrawn`.
    status: &'static str,
    refusal: Option<&'static str>,
    refusal_detail: Option<&'static str>,
    /// What the officer wrote about it.
    refusal_text: Option<String>,
}

fn address_view(address: &Address) -> AddressBody {
    AddressBody {
        street: address.street.clone(),
        postal_code: address.postal_code.as_str().to_owned(),
        city: address.city.clone(),
        country: address.country.to_string(),
    }
}

pub(super) fn document_view(document: &Document, language: Language) -> DocumentView {
    let submitted = &document.submitted;
    DocumentView {
        object: "document",
        id: submitted.id.to_string(),
        kind: submitted.kind.code(),
        person: submitted.person.map(|person| person.to_string()),
        media_type: submitted.media_type.code(),
        size: submitted.size,
        issued_on: submitted.issued_on,
        expires_on: submitted.expires_on,
        answers: submitted.answers.map(|item| item.to_string()),
        status: document.status.code(),
        refusal: document.refusal.map(Coded::code),
        refusal_detail: document.refusal.map(|refusal| match language {
            Language::French => refusal.french(),
            Language::English => refusal.english(),
        }),
        refusal_text: document.refusal_text.as_ref().map(|text| text.as_str().to_owned()),
    }
}

fn person_view(id: &PersonId, person: &domain::client_file::Person) -> PersonView {
    PersonView {
        object: "person",
        id: id.to_string(),
        roles: person.roles.iter().map(|role| role.code()).collect(),
        details: person.details.known().map(|details| PersonBody {
            first_name: details.first_name.as_str().to_owned(),
            last_name: details.last_name.as_str().to_owned(),
            birth_date: details.birth_date,
            birth_place: details.birth_place.clone(),
            nationality: details.nationality.to_string(),
            address: address_view(&details.address),
            email: details.email.as_str().to_owned(),
            mobile: details.mobile.as_str().to_owned(),
            roles: person.roles.iter().map(|role| role.code().to_owned()).collect(),
        }),
    }
}

pub(super) fn view(state: &MerchantState, at: DateTime<Utc>, language: Language) -> ClientFile {
    let company = state.file.company.as_ref().and_then(|company| company.known());
    let payout = state.file.payout_account.as_ref();
    ClientFile {
        object: "client_file",
        status: file_status(state, at),
        version: state.file.version,
        company: company.map(|details| CompanyBody {
            siret: details.siret.as_str().to_owned(),
            vat_number: details.vat_number.as_ref().map(|vat| vat.as_str().to_owned()),
            address: address_view(&details.address),
            registered_on: details.registered_on,
            website: details.website.clone(),
        }),
        people: state.file.people.iter().map(|(id, person)| person_view(id, person)).collect(),
        ownership: state.file.ownership.as_ref().map(|holdings| {
            holdings
                .iter()
                .map(|holding| OwnershipBody {
                    person: holding.person.to_string(),
                    capital: holding.capital.to_string(),
                    votes: holding.votes.to_string(),
                    has_control: holding.has_control,
                })
                .collect()
        }),
        payout_account: payout.map(|account| PayoutAccountView {
            iban_last_four: account.known().map(|known| known.iban.last_four().to_owned()),
            holder: account.known().map(|known| known.holder.as_str().to_owned()),
        }),
        documents: state
            .file
            .documents
            .values()
            .map(|document| document_view(document, language))
            .collect(),
    }
}

/// Carries out a command on the file and answers the file.
async fn change(
    app: &App,
    user: &PortalUser,
    call: &Call,
    merchant: &str,
    command: Command,
) -> Result<Versioned<ClientFile>, Problem> {
    let done = execute(app, user, call, id(merchant)?, command).await?;
    Ok(Versioned::ok(done.revision, view(&done.state, call.at, call.language)))
}

async fn execute(
    app: &App,
    user: &PortalUser,
    call: &Call,
    merchant: MerchantId,
    command: Command,
) -> Result<Executed<MerchantState>, Problem> {
    app.execute::<Merchant>(merchant, command.into(), &call.by(user), &call.request()).await
}

/// Read the client file
#[utoipa::path(get, path = "/merchants/{merchant}/client-file", tag = "client_file",
    params(MomentQuery), responses((status = 200, body = ClientFile)))]
async fn read_client_file(
    State(app): State<App>,
    user: PortalUser,
    call: Call,
    Path(merchant): Path<String>,
    Query(moment): Query<MomentQuery>,
) -> Result<Versioned<ClientFile>, Problem> {
    let loaded = load(&app, &user, id(&merchant)?, moment.moment()?).await?;
    let file = view(&loaded.state, moment.time(call.at), call.language);
    Ok(Versioned::ok(loaded.revision, file))
}

fn address(fields: &mut Fields, pointer: &str, body: &AddressBody) -> Option<Address> {
    let country = fields.take(format!("{pointer}/country"), Country::parse(&body.country))?;
    let parsed = Address::parse(&body.street, &body.postal_code, &body.city, country);
    let at = match parsed {
        Err(Invalid::PostalCode) => format!("{pointer}/postal_code"),
        Ok(_) | Err(_) => format!("{pointer}/street"),
    };
    fields.take(at, parsed)
}

/// Record the company
#[utoipa::path(put, path = "/merchants/{merchant}/company", tag = "client_file",
    request_body = CompanyBody, responses((status = 200, body = ClientFile)))]
async fn record_company(
    State(app): State<App>,
    user: PortalUser,
    call: Call,
    Path(merchant): Path<String>,
    Json(body): Json<CompanyBody>,
) -> Result<Versioned<ClientFile>, Problem> {
    let mut fields = Fields::default();
    let siret = fields.take("/siret", Siret::parse(&body.siret));
    let vat_number =
        fields.take_optional("/vat_number", body.vat_number.as_ref(), VatNumber::parse);
    let address = address(&mut fields, "/address", &body.address);
    let website = fields.take_optional("/website", body.website.as_ref(), website);
    let details = (|| {
        Some(CompanyDetails {
            siret: siret?,
            vat_number,
            address: address?,
            registered_on: body.registered_on,
            website,
        })
    })();
    let command = Command::RecordCompany { details: fields.finish(details)? };
    change(&app, &user, &call, &merchant, command).await
}

/// A public address that starts with https://.
fn website(text: &str) -> Result<String, Invalid> {
    let text = FreeText::parse(text)?;
    let host = text.as_str().strip_prefix("https://").and_then(|rest| rest.split('/').next());
    let is_public = host.is_some_and(|host| {
        host.contains('.')
            && host.chars().any(char::is_alphabetic)
            && !host.contains(char::is_whitespace)
    });
    if is_public && text.as_str().len() <= 200 {
        Ok(text.as_str().to_owned())
    } else {
        Err(Invalid::Text)
    }
}

fn person(body: &PersonBody) -> Result<(PersonDetails, BTreeSet<PersonRole>), Problem> {
    let mut fields = Fields::default();
    let first_name = fields.take("/first_name", PersonName::parse(&body.first_name));
    let last_name = fields.take("/last_name", PersonName::parse(&body.last_name));
    let birth_place = fields.take("/birth_place", LegalName::parse(&body.birth_place));
    let nationality = fields.take("/nationality", Country::parse(&body.nationality));
    let address = address(&mut fields, "/address", &body.address);
    let email = fields.take("/email", Email::parse(&body.email));
    let mobile = fields.take("/mobile", Mobile::parse(&body.mobile));
    let roles: Option<BTreeSet<PersonRole>> = body
        .roles
        .iter()
        .enumerate()
        .map(|(index, code)| fields.code(format!("/roles/{index}"), code))
        .collect();
    let parsed = (|| {
        let details = PersonDetails {
            first_name: first_name?,
            last_name: last_name?,
            birth_date: body.birth_date,
            birth_place: birth_place?.as_str().to_owned(),
            nationality: nationality?,
            address: address?,
            email: email?,
            mobile: mobile?,
        };
        Some((details, roles?))
    })();
    fields.finish(parsed)
}

/// Add a representative, a delegate or a beneficial owner
#[utoipa::path(post, path = "/merchants/{merchant}/people", tag = "client_file",
    request_body = PersonBody, responses((status = 201, body = PersonView)))]
async fn add_person(
    State(app): State<App>,
    user: PortalUser,
    call: Call,
    Path(merchant): Path<String>,
    Json(body): Json<PersonBody>,
) -> Result<Versioned<PersonView>, Problem> {
    let (details, roles) = person(&body)?;
    let person: PersonId = call.derive("person");
    let command = Command::RecordPerson { person, details, roles };
    let done = execute(&app, &user, &call, id(&merchant)?, command).await?;
    let known = done.state.file.people.get(&person).ok_or_else(Problem::not_found)?;
    Ok(Versioned::created(done.revision, person_view(&person, known)))
}

/// Correct a person
#[utoipa::path(put, path = "/merchants/{merchant}/people/{person}", tag = "client_file",
    request_body = PersonBody, responses((status = 200, body = ClientFile)))]
async fn change_person(
    State(app): State<App>,
    user: PortalUser,
    call: Call,
    Path((merchant, who)): Path<(String, String)>,
    Json(body): Json<PersonBody>,
) -> Result<Versioned<ClientFile>, Problem> {
    let person_id: PersonId = id(&who)?;
    let known = load(&app, &user, id(&merchant)?, AsOf::Now).await?.state;
    if !known.file.people.contains_key(&person_id) {
        return Err(Problem::not_found());
    }
    let (details, roles) = person(&body)?;
    let command = Command::RecordPerson { person: person_id, details, roles };
    change(&app, &user, &call, &merchant, command).await
}

/// Remove a person, and their documents with them
#[utoipa::path(delete, path = "/merchants/{merchant}/people/{person}", tag = "client_file",
    responses((status = 200, body = ClientFile)))]
async fn remove_person(
    State(app): State<App>,
    user: PortalUser,
    call: Call,
    Path((merchant, person)): Path<(String, String)>,
) -> Result<Versioned<ClientFile>, Problem> {
    let command = Command::RemovePerson { person: id(&person)? };
    change(&app, &user, &call, &merchant, command).await
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct OwnershipDeclaration {
    holdings: Vec<OwnershipBody>,
}

/// Declare who owns the company
#[utoipa::path(put, path = "/merchants/{merchant}/ownership", tag = "client_file",
    request_body = OwnershipDeclaration, responses((status = 200, body = ClientFile)))]
async fn declare_ownership(
    State(app): State<App>,
    user: PortalUser,
    call: Call,
    Path(merchant): Path<String>,
    Json(body): Json<OwnershipDeclaration>,
) -> Result<Versioned<ClientFile>, Problem> {
    let mut fields = Fields::default();
    let holdings: Option<Vec<Ownership>> = body
        .holdings
        .iter()
        .enumerate()
        .map(|(index, holding)| {
            let at = |field: &str| format!("/holdings/{index}/{field}");
            let person = <PersonId as domain::Id>::parse(&holding.person).ok_or(Invalid::Id);
            let person = fields.take(at("person"), person);
            let capital = fields.take(at("capital"), Share::parse(&holding.capital));
            let votes = fields.take(at("votes"), Share::parse(&holding.votes));
            Some(Ownership {
                person: person?,
                capital: capital?,
                votes: votes?,
                has_control: holding.has_control,
            })
        })
        .collect();
    let command = Command::DeclareOwnership { holdings: fields.finish(holdings)? };
    change(&app, &user, &call, &merchant, command).await
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PayoutAccountBody {
    #[schema(example = "FR7630006000011234567890189")]
    iban: String,
    #[schema(example = "Atelier du Lac")]
    holder: String,
}

/// Record the bank account that payouts go to
#[utoipa::path(put, path = "/merchants/{merchant}/payout-account", tag = "client_file",
    request_body = PayoutAccountBody, responses((status = 200, body = ClientFile)))]
async fn record_payout_account(
    State(app): State<App>,
    user: PortalUser,
    call: Call,
    Path(merchant): Path<String>,
    Json(body): Json<PayoutAccountBody>,
) -> Result<Versioned<ClientFile>, Problem> {
    let mut fields = Fields::default();
    let iban = fields.take("/iban", Iban::parse(&body.iban));
    let holder = fields.take("/holder", LegalName::parse(&body.holder));
    let account = fields.finish((|| Some(PayoutAccount { iban: iban?, holder: holder? }))())?;
    change(&app, &user, &call, &merchant, Command::RecordPayoutAccount { account }).await
}

/// The form of an upload.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it only describes the form; the fields are read one by one")]
struct DocumentForm {
    /// `registration_extract`, `identity_document`, `bank_details`, `articles_of_association`,
    /// `power_of_attorney`, `proof_of_address`, `ownership_register` or `other`.
    kind: String,
    /// Whose document it is, where it is a person's.
    person: Option<String>,
    issued_on: Option<NaiveDate>,
    expires_on: Option<NaiveDate>,
    /// The item of a request for additional documents that it answers.
    answers: Option<String>,
    /// The document that it replaces.
    replaces: Option<String>,
    /// A PDF, JPEG or PNG of at most 10 MB, whatever its name.
    #[schema(format = Binary, content_media_type = "application/octet-stream")]
    file: String,
}

/// Hand in a document
#[utoipa::path(post, path = "/merchants/{merchant}/documents", tag = "client_file",
    request_body(content = DocumentForm, content_type = "multipart/form-data"),
    responses((status = 201, body = DocumentView)))]
async fn submit_document(
    State(app): State<App>,
    user: PortalUser,
    call: Call,
    Path(merchant): Path<String>,
    form: Result<Multipart, axum::extract::multipart::MultipartRejection>,
) -> Result<Versioned<DocumentView>, Problem> {
    let merchant: MerchantId = id(&merchant)?;
    load(&app, &user, merchant, AsOf::Now).await?;
    let form = upload::read(form).await?;
    let occasion = call.by(&user);
    let done = upload::submit(&app, &call, &occasion, merchant, form, None).await?;
    let document: DocumentId = call.derive("document");
    let known = done.state.file.documents.get(&document).ok_or_else(Problem::not_found)?;
    Ok(Versioned::created(done.revision, document_view(known, call.language)))
}

/// Take back a document that was not looked at yet
#[utoipa::path(delete, path = "/merchants/{merchant}/documents/{document}", tag = "client_file",
    responses((status = 200, body = ClientFile)))]
async fn withdraw_document(
    State(app): State<App>,
    user: PortalUser,
    call: Call,
    Path((merchant, document)): Path<(String, String)>,
) -> Result<Versioned<ClientFile>, Problem> {
    let command = Command::WithdrawDocument { document: id(&document)? };
    change(&app, &user, &call, &merchant, command).await
}

/// Download a document
#[utoipa::path(get, path = "/merchants/{merchant}/documents/{document}/content",
    tag = "client_file",
    responses((status = 200, content_type = "application/octet-stream", body = Vec<u8>)))]
async fn download_document(
    State(app): State<App>,
    user: PortalUser,
    Path((merchant, document)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let merchant: MerchantId = id(&merchant)?;
    let state = load(&app, &user, merchant, AsOf::Now).await?.state;
    content(&app, merchant, &state, &document).await
}

/// The bytes of a document, as an attachment.
pub(crate) async fn content(
    app: &App,
    merchant: MerchantId,
    state: &MerchantState,
    document: &str,
) -> Result<Response, Problem> {
    let document: DocumentId = id(document)?;
    let known = state.file.documents.get(&document).ok_or_else(Problem::not_found)?;
    let submitted = &known.submitted;
    let subject = subject_of(merchant, submitted.person);
    let bytes = app.documents.get(blob_id(document), subject, &submitted.sealed_sha256).await?;
    Ok(upload::attachment(bytes, submitted.media_type, &document.to_string()))
}

/// Withdraw the application; the account is closed
#[utoipa::path(post, path = "/merchants/{merchant}/client-file/withdrawal", tag = "client_file",
    responses((status = 200, body = ClientFile)))]
async fn withdraw_client_file(
    State(app): State<App>,
    user: PortalUser,
    call: Call,
    Path(merchant): Path<String>,
) -> Result<Versioned<ClientFile>, Problem> {
    change(&app, &user, &call, &merchant, Command::Withdraw).await
}
