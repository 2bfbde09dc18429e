//! The company's basics, which open test mode.

use crate::app::App;
use crate::http::{At, Fields, Json, PortalUser, Problem, Versioned};
use crate::use_cases::{Call, registration as use_case};
use axum::extract::State;
use domain::MerchantId;
use domain::calendar::paris_date;
use domain::registration::{CompanyBasics, CompanyIdentity};
use domain::values::{Activity, Country, LegalName, Siren};
use projections::views::lists::LegalForm;
use projections::views::portal::registration::Account;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(record_company_basics))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CompanyBasicsBody {
    /// As the register writes it.
    #[schema(example = "Atelier du Lac")]
    legal_name: String,
    /// Leave it out while the company is being registered.
    #[schema(example = "732829320")]
    siren: Option<String>,
    #[schema(value_type = LegalForm)]
    legal_form: String,
    /// ISO 3166-1, two letters.
    #[schema(example = "FR")]
    country: String,
    /// NAF code.
    #[schema(example = "62.01Z")]
    activity: String,
}

#[derive(Serialize, ToSchema)]
struct CompanyBasicsAnswer {
    /// Always `company_basics`.
    object: &'static str,
    /// The account as it is now.
    merchant: Account,
    /// Your first test key. It is also under `GET …/api-keys`.
    #[schema(example = "stest_2vKxTzq8WmRn4bYc7HsDfLpA")]
    test_key: Option<String>,
}

/// Give the company basics; the first time opens test mode and makes the first test key
#[utoipa::path(put, operation_id = "record_company_basics", path = "/merchants/{merchant}/company-basics", tag = "registration",
    request_body = CompanyBasicsBody, responses((status = 200, body = CompanyBasicsAnswer)))]
async fn record_company_basics(
    State(app): State<App>,
    user: PortalUser,
    call: Call,
    At(merchant): At<MerchantId>,
    Json(body): Json<CompanyBasicsBody>,
) -> Result<Versioned<CompanyBasicsAnswer>, Problem> {
    let mut fields = Fields::default();
    let legal_name = fields.take("/legal_name", LegalName::parse(&body.legal_name));
    let siren = fields.take_optional("/siren", body.siren.as_ref(), Siren::parse);
    let legal_form = fields.code("/legal_form", &body.legal_form);
    let country = fields.take("/country", Country::parse(&body.country));
    let activity = fields.take("/activity", Activity::parse(&body.activity, paris_date(call.at)));
    let basics = (|| {
        Some(CompanyBasics {
            identity: CompanyIdentity { legal_name: legal_name?, siren }.into(),
            legal_form: legal_form?,
            country: country?,
            activity: activity?,
        })
    })();
    let basics = fields.finish(basics)?;
    let by = call.by(&user);
    let recorded =
        use_case::record_company_basics(&app, &call, &by, merchant, user.id, basics).await?;
    let answer = CompanyBasicsAnswer {
        object: "company_basics",
        merchant: Account::of(merchant, &recorded.done.state, call.at, call.language),
        test_key: recorded.test_key,
    };
    Ok(Versioned::ok(recorded.done.revision, answer))
}
