//! The people of a company, and who owns it.

use super::address::address;
use super::{change, execute};
use crate::app::App;
use crate::http::{At, Fields, Json, PortalUser, Problem, Versioned, Within};
use crate::portal::load;
use crate::use_cases::Call;
use axum::extract::State;
use domain::client_file::{Command, Ownership, PersonDetails, PersonRole};
use domain::values::{
    Email, Invalid, LegalName, Mobile, Nationality, PersonName, Share, parse_date,
};
use domain::{Id, MerchantId, PersonId};
use projections::views::portal::client_file::{ClientFile, Holding, PersonBody, PersonView};
use serde::Deserialize;
use std::collections::BTreeSet;
use store::AsOf;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(add_person))
        .routes(routes!(change_person, remove_person))
        .routes(routes!(declare_ownership))
}

fn person(body: &PersonBody) -> Result<(PersonDetails, BTreeSet<PersonRole>), Problem> {
    let mut fields = Fields::default();
    let first_name = fields.take("/first_name", PersonName::parse_first(&body.first_name));
    let last_name = fields.take("/last_name", PersonName::parse(&body.last_name));
    let birth_place = fields.take("/birth_place", LegalName::parse(&body.birth_place));
    let birth_date = fields.take("/birth_date", parse_date(&body.birth_date));
    let nationality = fields.take("/nationality", Nationality::parse(&body.nationality));
    let address = address(&mut fields, "/address", &body.address);
    let email = fields.take("/email", Email::parse(&body.email));
    let home = address.as_ref().map(|address| address.country);
    let mobile = fields.take("/mobile", Mobile::parse_near(&body.mobile, home));
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
            birth_date: birth_date?,
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
#[utoipa::path(post, operation_id = "add_person", path = "/merchants/{merchant}/people", tag = "client_file",
    request_body = PersonBody, responses((status = 201, body = PersonView)))]
async fn add_person(
    State(app): State<App>,
    user: PortalUser,
    call: Call,
    At(merchant): At<MerchantId>,
    Json(body): Json<PersonBody>,
) -> Result<Versioned<PersonView>, Problem> {
    let (details, roles) = person(&body)?;
    let person: PersonId = call.derive("person");
    let command = Command::RecordPerson { person, details, roles };
    let done = execute(&app, &user, &call, merchant, command).await?;
    let known = done.state.file.people.get(&person).ok_or_else(Problem::not_found)?;
    Ok(Versioned::created(done.revision, PersonView::of(person, known)))
}

/// Correct a person
#[utoipa::path(put, operation_id = "change_person", path = "/merchants/{merchant}/people/{person}", tag = "client_file",
    request_body = PersonBody, responses((status = 200, body = ClientFile)))]
async fn change_person(
    State(app): State<App>,
    user: PortalUser,
    call: Call,
    Within(merchant, person_id): Within<MerchantId, PersonId>,
    Json(body): Json<PersonBody>,
) -> Result<Versioned<ClientFile>, Problem> {
    let known = load(&app, &user, merchant, AsOf::Now).await?.state;
    if !known.file.people.contains_key(&person_id) {
        return Err(Problem::not_found());
    }
    let (details, roles) = person(&body)?;
    let command = Command::RecordPerson { person: person_id, details, roles };
    change(&app, &user, &call, merchant, command).await
}

/// Remove a person, and their documents with them
#[utoipa::path(delete, operation_id = "remove_person", path = "/merchants/{merchant}/people/{person}", tag = "client_file",
    responses((status = 200, body = ClientFile)))]
async fn remove_person(
    State(app): State<App>,
    user: PortalUser,
    call: Call,
    Within(merchant, person): Within<MerchantId, PersonId>,
) -> Result<Versioned<ClientFile>, Problem> {
    let command = Command::RemovePerson { person };
    change(&app, &user, &call, merchant, command).await
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct OwnershipDeclaration {
    /// Who holds how much: all of it together is 100 %.
    holdings: Vec<Holding>,
}

/// Declare who owns the company
#[utoipa::path(put, operation_id = "declare_ownership", path = "/merchants/{merchant}/ownership", tag = "client_file",
    request_body = OwnershipDeclaration, responses((status = 200, body = ClientFile)))]
async fn declare_ownership(
    State(app): State<App>,
    user: PortalUser,
    call: Call,
    At(merchant): At<MerchantId>,
    Json(body): Json<OwnershipDeclaration>,
) -> Result<Versioned<ClientFile>, Problem> {
    let mut fields = Fields::default();
    let holdings: Option<Vec<Ownership>> = body
        .holdings
        .iter()
        .enumerate()
        .map(|(index, holding)| {
            let at = |field: &str| format!("/holdings/{index}/{field}");
            let person = PersonId::parse(&holding.person).ok_or(Invalid::Id);
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
    change(&app, &user, &call, merchant, command).await
}
