//! Who I am: name, mobile, one-time codes.

use crate::app::App;
use crate::http::problem::FieldProblem;
use crate::http::{Door, Fault, Fields, Json, PortalUser, Problem};
use crate::portal::load;
use crate::use_cases::{Call, freezes, user as use_case};
use axum::extract::State;
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use domain::strong_authentication::Action;
use domain::user::{CodePurpose, Command, Profile, State as UserState};
use domain::values::{Invalid, Mobile, PersonName};
use domain::{BankAccountChangeId, Id, MerchantId};
use projections::views::portal::user::Me;
use projections::views::{ids, lists};
use serde::{Deserialize, Serialize};
use store::{AsOf, User};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub fn router(door: &Door) -> OpenApiRouter<App> {
    let usual = OpenApiRouter::new()
        .routes(routes!(read_me))
        .routes(routes!(record_profile))
        .routes(routes!(send_mobile_code))
        .routes(routes!(verify_mobile))
        .routes(routes!(start_strong_authentication));
    let proving = OpenApiRouter::new().routes(routes!(confirm_strong_authentication));
    door.before(usual).merge(door.proving().before(proving))
}

pub async fn view(
    app: &App,
    user: &PortalUser,
    state: &UserState,
    at: DateTime<Utc>,
) -> Result<Me, Problem> {
    let memberships = app.projections.models().sign_in.of(user.id);
    let are_contacts_frozen = freezes::are_frozen(app, state, at).await?;
    Ok(Me::of(user.id, state, &memberships, are_contacts_frozen, at))
}

/// Read who you are and for whom you act
#[utoipa::path(get, operation_id = "read_me", path = "/me", tag = "user", responses((status = 200, body = Me)))]
async fn read_me(
    State(app): State<App>,
    user: PortalUser,
    call: Call,
) -> Result<axum::Json<Me>, Problem> {
    let state = app.store.load::<User>(user.id, AsOf::Now).await?.state;
    Ok(axum::Json(view(&app, &user, &state, call.at).await?))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ProfileBody {
    /// Empty for whoever has one name only.
    #[schema(example = "Marie")]
    #[serde(default)]
    first_name: String,
    /// As on an identity document.
    #[schema(example = "Exemple")]
    last_name: String,
    /// One-time codes are sent to it.
    #[schema(example = "+33612345678")]
    mobile: String,
}

/// Give your name and mobile number
#[utoipa::path(put, operation_id = "record_profile", path = "/me/profile", tag = "user", request_body = ProfileBody,
    responses((status = 200, body = Me)))]
async fn record_profile(
    State(app): State<App>,
    user: PortalUser,
    call: Call,
    Json(body): Json<ProfileBody>,
) -> Result<axum::Json<Me>, Problem> {
    let mut fields = Fields::default();
    let first_name = fields.take("/first_name", PersonName::parse_first(&body.first_name));
    let last_name = fields.take("/last_name", PersonName::parse(&body.last_name));
    let mobile = fields.take("/mobile", Mobile::parse(&body.mobile));
    let profile =
        (|| Some(Profile { first_name: first_name?, last_name: last_name?, mobile: mobile? }))();
    let command = Command::RecordProfile { profile: fields.finish(profile)? };
    let done = app.execute::<User>(user.id, command, &call.by(&user), &call.request()).await?;
    Ok(axum::Json(view(&app, &user, &done.state, call.at).await?))
}

#[derive(Serialize, ToSchema)]
struct CodeSent {
    /// Always `code_sent`.
    object: &'static str,
    /// The number, masked.
    #[schema(example = "+33 •••• 78")]
    mobile: String,
    /// Until when the code works.
    expires_at: DateTime<Utc>,
}

async fn send_code(
    app: &App,
    user: &PortalUser,
    call: &Call,
    purpose: CodePurpose,
) -> Result<(StatusCode, axum::Json<CodeSent>), Problem> {
    let done = use_case::send_code(app, call, &call.by(user), user.id, purpose).await?;
    let mobile = done.state.profile.as_ref().and_then(|profile| profile.known());
    let sent = CodeSent {
        object: "code_sent",
        mobile: mobile.map(|profile| profile.mobile.masked()).unwrap_or_default(),
        expires_at: done.state.challenge.map_or(call.at, |challenge| challenge.expires_at),
    };
    Ok((StatusCode::CREATED, axum::Json(sent)))
}

/// Send a code to your mobile
#[utoipa::path(post, operation_id = "send_mobile_code", path = "/me/mobile-codes", tag = "user",
    responses((status = 201, body = CodeSent)))]
async fn send_mobile_code(
    State(app): State<App>,
    user: PortalUser,
    call: Call,
) -> Result<(StatusCode, axum::Json<CodeSent>), Problem> {
    send_code(&app, &user, &call, CodePurpose::MobileVerification).await
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CodeBody {
    /// The six digits of the SMS.
    #[schema(example = "123456")]
    pub code: String,
}

/// Verify your mobile with the code
#[utoipa::path(post, operation_id = "verify_mobile", path = "/me/mobile-verification", tag = "user", request_body = CodeBody,
    responses((status = 200, body = Me)))]
async fn verify_mobile(
    State(app): State<App>,
    user: PortalUser,
    call: Call,
    Json(body): Json<CodeBody>,
) -> Result<axum::Json<Me>, Problem> {
    let by = call.by(&user);
    let state = use_case::verify_mobile(&app, &call, &by, user.id, &body.code).await?;
    Ok(axum::Json(view(&app, &user, &state, call.at).await?))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ActionBody {
    /// What it is for.
    #[schema(value_type = lists::Action)]
    action: String,
    /// To confirm the change of a bank account: whose. The code says the end of the IBAN.
    #[schema(value_type = Option<ids::MerchantId>)]
    merchant: Option<String>,
    /// To confirm the change of a bank account: which.
    #[schema(value_type = Option<ids::BankAccountChangeId>)]
    change: Option<String>,
}

impl ActionBody {
    fn parse(&self) -> Result<Action, Problem> {
        let mut fields = Fields::default();
        let merchant = fields.take_optional("/merchant", self.merchant.as_ref(), |text| {
            MerchantId::parse(text).ok_or(Invalid::Id)
        });
        let change = fields.take_optional("/change", self.change.as_ref(), |text| {
            BankAccountChangeId::parse(text).ok_or(Invalid::Id)
        });
        let kind = fields.code("/action", &self.action);
        let kind = fields.finish(kind)?;
        let is_whole = merchant.is_some() == change.is_some();
        let action = Action::from_parts(kind, merchant.zip(change)).filter(|_| is_whole);
        action.ok_or_else(|| {
            Problem::invalid_fields(vec![FieldProblem::new("/change", Fault::ActionIncomplete)])
        })
    }
}

/// Start a strong authentication for one action
///
/// Sensitive requests need one for them, at most five minutes old. A code is sent to your mobile, and
/// says what it is for.
#[utoipa::path(post, operation_id = "start_strong_authentication", path = "/strong-authentications", tag = "user", request_body = ActionBody,
    responses((status = 201, body = CodeSent)))]
async fn start_strong_authentication(
    State(app): State<App>,
    user: PortalUser,
    call: Call,
    Json(body): Json<ActionBody>,
) -> Result<(StatusCode, axum::Json<CodeSent>), Problem> {
    let action = body.parse()?;
    if let Some((merchant, change)) = action.change() {
        let state = load(&app, &user, merchant, AsOf::Now).await?.state;
        state.bank_account.newest(change).ok_or_else(Problem::not_found)?;
    }
    let purpose = CodePurpose::StrongAuthentication { action: Some(action) };
    send_code(&app, &user, &call, purpose).await
}

/// Complete a strong authentication with the code
#[utoipa::path(post, operation_id = "confirm_strong_authentication", path = "/strong-authentications/confirmation", tag = "user",
    request_body = CodeBody, responses((status = 204)))]
async fn confirm_strong_authentication(
    State(app): State<App>,
    user: PortalUser,
    call: Call,
    Json(body): Json<CodeBody>,
) -> Result<StatusCode, Problem> {
    let (by, session) = (call.by(&user), user.session()?.id);
    use_case::authenticate_strongly(&app, &call, &by, user.id, session, &body.code).await?;
    Ok(StatusCode::NO_CONTENT)
}
