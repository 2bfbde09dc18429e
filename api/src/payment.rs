//! The payment API: whose key it is that asks.

use crate::app::App;
use crate::http::problem::Kind;
use crate::http::sessions::authorization;
use crate::http::{Declared, Door, Form, Problem};
use crate::use_cases::api_keys::find;
use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use domain::api_keys::Mode;
use projections::views::ids::MerchantId;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub fn router(app: &App) -> OpenApiRouter<App> {
    let declared = Declared { errors: Form::Payment, ..Declared::PUBLIC };
    Door::new(app, declared).before(OpenApiRouter::new().routes(routes!(ping)))
}

#[derive(Serialize, ToSchema)]
struct Ping {
    /// Always `ping`.
    object: &'static str,
    /// The name of the company.
    #[schema(example = "Atelier du Lac")]
    company: Option<String>,
    merchant: MerchantId,
    /// Whether real money moves with this key.
    live_mode: bool,
}

/// Say whose key this is
///
/// HTTP Basic: the key as the user name, no password.
#[utoipa::path(get, operation_id = "ping", path = "/v2/ping", tag = "payment",
    responses((status = 200, body = Ping)))]
async fn ping(State(app): State<App>, headers: HeaderMap) -> Result<Json<Ping>, Problem> {
    let wrong_key = || Problem::of(Kind::WrongApiKey);
    let value = basic_user(&headers).ok_or_else(wrong_key)?;
    let found = find(&app, &value).await?.filter(|found| found.is_active).ok_or_else(wrong_key)?;
    let basics = found.state.account.basics.as_ref();
    let identity = basics.and_then(|basics| basics.identity.known());
    Ok(Json(Ping {
        object: "ping",
        company: identity.map(|identity| identity.legal_name.as_str().to_owned()),
        merchant: found.merchant.into(),
        live_mode: found.mode == Mode::Live,
    }))
}

fn basic_user(headers: &HeaderMap) -> Option<String> {
    let decoded = STANDARD.decode(authorization(headers, "Basic")?).ok()?;
    let text = String::from_utf8(decoded).ok()?;
    text.split_once(':').map(|(user, _)| user.to_owned()).filter(|user| !user.is_empty())
}
