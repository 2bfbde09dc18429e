//! The company, and the bank account that payouts go to.

use super::address::address;
use super::change;
use crate::app::App;
use crate::http::{At, Fields, Json, PortalUser, Problem, Versioned};
use crate::use_cases::Call;
use axum::extract::State;
use domain::MerchantId;
use domain::client_file::{Command, CompanyDetails, PayoutAccount};
use domain::values::{Iban, LegalName, Siret, VatNumber, parse_date, parse_website};
use projections::views::portal::client_file::{ClientFile, Company};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(record_company)).routes(routes!(record_payout_account))
}

/// Record the company
#[utoipa::path(put, operation_id = "record_company", path = "/merchants/{merchant}/company", tag = "client_file",
    request_body = Company, responses((status = 200, body = ClientFile)))]
async fn record_company(
    State(app): State<App>,
    user: PortalUser,
    call: Call,
    At(merchant): At<MerchantId>,
    Json(body): Json<Company>,
) -> Result<Versioned<ClientFile>, Problem> {
    let mut fields = Fields::default();
    let siret = fields.take("/siret", Siret::parse(&body.siret));
    let siren = siret.as_ref().map(Siret::siren);
    let vat_number = fields.take_optional("/vat_number", body.vat_number.as_ref(), |text| {
        let number = VatNumber::parse(text)?;
        siren.as_ref().map_or(Ok(number.clone()), |siren| number.given_to(siren))
    });
    let address = address(&mut fields, "/address", &body.address);
    let registered_on = fields.take("/registered_on", parse_date(&body.registered_on));
    let website = fields.take_optional("/website", body.website.as_ref(), parse_website);
    let details = (|| {
        Some(CompanyDetails {
            siret: siret?,
            vat_number,
            address: address?,
            registered_on: registered_on?,
            website,
        })
    })();
    let command = Command::RecordCompany { details: fields.finish(details)? };
    change(&app, &user, &call, merchant, command).await
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PayoutAccountBody {
    /// As it is printed; spaces make no difference.
    #[schema(example = "FR7630006000011234567890189")]
    iban: String,
    /// The holder of the account.
    #[schema(example = "Atelier du Lac")]
    holder: String,
}

/// Record the bank account that payouts go to
#[utoipa::path(put, operation_id = "record_payout_account", path = "/merchants/{merchant}/payout-account", tag = "client_file",
    request_body = PayoutAccountBody, responses((status = 200, body = ClientFile)))]
async fn record_payout_account(
    State(app): State<App>,
    user: PortalUser,
    call: Call,
    At(merchant): At<MerchantId>,
    Json(body): Json<PayoutAccountBody>,
) -> Result<Versioned<ClientFile>, Problem> {
    let mut fields = Fields::default();
    let iban = fields.take("/iban", Iban::parse(&body.iban));
    let holder = fields.take("/holder", LegalName::parse(&body.holder));
    let account = fields.finish((|| Some(PayoutAccount { iban: iban?, holder: holder? }))())?;
    change(&app, &user, &call, merchant, Command::RecordPayoutAccount { account }).await
}
