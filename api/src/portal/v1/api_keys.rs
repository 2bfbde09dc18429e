//! « Développeurs »: API keys.

use crate::app::App;
use crate::http::{
    At, Fields, Json, List, MomentQuery, PortalUser, Problem, Query, Versioned, Within,
};
use crate::portal::load;
use crate::use_cases::Call;
use crate::use_cases::api_keys::{self as use_case, NewKey};
use axum::extract::State;
use chrono::{DateTime, Utc};
use domain::api_keys::{Command, Key, Mode, RevocationReason};
use domain::values::{FreeText, Language};
use domain::{ApiKeyId, Coded, MerchantId};
use projections::views::portal::api_keys::ApiKeyView;
use serde::Deserialize;
use store::{AsOf, Merchant};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_api_keys, issue_api_key))
        .routes(routes!(rotate_api_key))
        .routes(routes!(revoke_api_key))
}

fn view(
    app: &App,
    key: &Key,
    at: DateTime<Utc>,
    value: Option<String>,
) -> Result<ApiKeyView, Problem> {
    let test_value = || (key.mode == Mode::Test).then(|| app.keys.test(key.key.id));
    let last_used_at = app.store.vault.last_use(key.key.id)?;
    Ok(ApiKeyView::of(key, at, last_used_at, value.or_else(test_value)))
}

/// List the keys
#[utoipa::path(get, operation_id = "list_api_keys", path = "/merchants/{merchant}/api-keys", tag = "api_keys",
    params(MomentQuery), responses((status = 200, body = List<ApiKeyView>)))]
async fn list_api_keys(
    State(app): State<App>,
    user: PortalUser,
    call: Call,
    At(merchant): At<MerchantId>,
    Query(moment): Query<MomentQuery>,
) -> Result<Versioned<List<ApiKeyView>>, Problem> {
    let loaded = load(&app, &user, merchant, moment.moment()?).await?;
    let at = moment.judged_at(loaded.recorded_at, call.at);
    let keys = loaded.state.keys.keys.values().map(|key| view(&app, key, at, None));
    let keys = keys.collect::<Result<_, _>>()?;
    Ok(Versioned::ok(loaded.revision, List::whole(keys)).secret())
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewKeyBody {
    /// Whether real money is to move with it.
    livemode: bool,
    /// By which you know it again; that of its mode unless told.
    #[schema(example = "Web shop")]
    name: Option<String>,
}

/// Issue a key; a live key needs a strong authentication and a live account
#[utoipa::path(post, operation_id = "issue_api_key", path = "/merchants/{merchant}/api-keys", tag = "api_keys",
    request_body = NewKeyBody, responses((status = 201, body = ApiKeyView)))]
async fn issue_api_key(
    State(app): State<App>,
    user: PortalUser,
    call: Call,
    At(merchant): At<MerchantId>,
    Json(body): Json<NewKeyBody>,
) -> Result<Versioned<ApiKeyView>, Problem> {
    let mut fields = Fields::default();
    let mode = if body.livemode { Mode::Live } else { Mode::Test };
    let name = fields.take("/name", FreeText::parse(body.name.as_deref().unwrap_or(mode.code())));
    let name = fields.finish(name)?;
    let new = use_case::issue(&app, &call, &call.by(&user), merchant, mode, name).await?;
    answer_new(&app, &call, new)
}

/// Shows the new key, unless its value is known to whoever got an earlier answer.
fn answer_new(app: &App, call: &Call, new: NewKey) -> Result<Versioned<ApiKeyView>, Problem> {
    let view = view(app, &new.key, call.at, new.value)?;
    let hint = view.value.is_none().then(|| shown_before(call.language));
    Ok(Versioned::created(new.revision, ApiKeyView { hint, ..view }))
}

fn shown_before(language: Language) -> &'static str {
    language.of(
        "This key was shown once, when it was made. If you did not receive it, revoke it and \
             issue another.",
        "Cette clé a été affichée une seule fois, à sa création. Si vous ne l'avez pas reçue, \
             révoquez-la et créez-en une autre.",
    )
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RotationBody {
    /// How long the old key goes on working: 0 to 7 days.
    #[schema(minimum = 0, maximum = 7, example = 2)]
    overlap_days: u8,
}

/// Replace a key by a new one
#[utoipa::path(post, operation_id = "rotate_api_key", path = "/merchants/{merchant}/api-keys/{key}/rotation", tag = "api_keys",
    request_body = RotationBody, responses((status = 201, body = ApiKeyView)))]
async fn rotate_api_key(
    State(app): State<App>,
    user: PortalUser,
    call: Call,
    Within(merchant, key): Within<MerchantId, ApiKeyId>,
    Json(body): Json<RotationBody>,
) -> Result<Versioned<ApiKeyView>, Problem> {
    let known = load(&app, &user, merchant, AsOf::Now).await?.state;
    let from = known.keys.keys.get(&key).ok_or_else(Problem::not_found)?;
    let by = call.by(&user);
    let new = use_case::rotate(&app, &call, &by, merchant, from, body.overlap_days).await?;
    answer_new(&app, &call, new)
}

/// Revoke a key at once
#[utoipa::path(delete, operation_id = "revoke_api_key", path = "/merchants/{merchant}/api-keys/{key}", tag = "api_keys",
    responses((status = 200, body = ApiKeyView)))]
async fn revoke_api_key(
    State(app): State<App>,
    user: PortalUser,
    call: Call,
    Within(merchant, key): Within<MerchantId, ApiKeyId>,
) -> Result<Versioned<ApiKeyView>, Problem> {
    let command = Command::Revoke { key, reason: RevocationReason::ByMember };
    let done =
        app.execute::<Merchant>(merchant, command.into(), &call.by(&user), &call.request()).await?;
    let known = done.state.keys.keys.get(&key).ok_or_else(Problem::not_found)?;
    Ok(Versioned::ok(done.revision, view(&app, known, call.at, None)?))
}
