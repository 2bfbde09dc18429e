//! Personal access tokens: with which a program acts for somebody, as far as they say.

use crate::app::App;
use crate::http::{At, Fields, Json, List, PortalUser, Problem};
use crate::use_cases::{Call, user as use_case};
use axum::extract::State;
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use domain::TokenId;
use domain::user::{Command, Scope, Token};
use domain::values::FreeText;
use projections::views::portal::user::{TokenScope, TokenView};
use serde::Deserialize;
use std::collections::BTreeSet;
use store::{AsOf, User};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_access_tokens, issue_access_token))
        .routes(routes!(revoke_access_token))
}

/// List your tokens that work
#[utoipa::path(get, operation_id = "list_access_tokens", path = "/me/access-tokens", tag = "user",
    responses((status = 200, body = List<TokenView>)))]
async fn list_access_tokens(
    State(app): State<App>,
    user: PortalUser,
    call: Call,
) -> Result<List<TokenView>, Problem> {
    let state = app.store.load::<User>(user.id, AsOf::Now).await?.state;
    let working = state.tokens.iter().filter(|(_, token)| token.works(call.at));
    let views: Result<_, Problem> = working.map(|(id, token)| view(&app, *id, token)).collect();
    Ok(List::whole(views?))
}

fn view(app: &App, id: TokenId, token: &Token) -> Result<TokenView, Problem> {
    Ok(TokenView::of(id, token, app.store.vault.last_use(id)?))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewToken {
    /// By which you know it again.
    #[schema(example = "Nightly export")]
    name: String,
    /// What it is enough for; never more than you may do yourself.
    #[schema(value_type = Vec<TokenScope>)]
    scopes: Vec<String>,
    /// When it ceases to work: in one day to one year.
    expires_at: DateTime<Utc>,
}

/// Make a token for a program
///
/// Needs a strong authentication for `personal_access_tokens`. The value is shown once. Whatever ends your
/// sessions ends your tokens. What only you may do at the portal no token may: end the account, change the
/// bank account or contacts, make keys and tokens.
#[utoipa::path(post, operation_id = "issue_access_token", path = "/me/access-tokens", tag = "user",
    request_body = NewToken, responses((status = 201, body = TokenView)))]
async fn issue_access_token(
    State(app): State<App>,
    user: PortalUser,
    call: Call,
    Json(body): Json<NewToken>,
) -> Result<(StatusCode, axum::Json<TokenView>), Problem> {
    let mut fields = Fields::default();
    let name = fields.take("/name", FreeText::parse(&body.name));
    let scopes: Option<BTreeSet<Scope>> = body
        .scopes
        .iter()
        .enumerate()
        .map(|(index, code)| fields.code(format!("/scopes/{index}"), code))
        .collect();
    let (name, scopes) = fields.finish(name.zip(scopes))?;
    let asked = use_case::NewToken { name, scopes, expires_at: body.expires_at };
    let by = call.by(&user);
    let made = use_case::issue_token(&app, &call, &by, user.id, asked).await?;
    let hint = made.value.is_none().then(|| {
        call.language.of(
            "This token was shown once, when it was made. If you did not receive it, revoke it and \
             make another.",
            "Ce jeton a été affiché une seule fois, à sa création. Si vous ne l'avez pas reçu, \
             révoquez-le et créez-en un autre.",
        )
    });
    let shown = view(&app, made.id, &made.token)?;
    Ok((StatusCode::CREATED, axum::Json(TokenView { value: made.value, hint, ..shown })))
}

/// Revoke a token at once
#[utoipa::path(delete, operation_id = "revoke_access_token", path = "/me/access-tokens/{token}",
    tag = "user", responses((status = 204)))]
async fn revoke_access_token(
    State(app): State<App>,
    user: PortalUser,
    call: Call,
    At(token): At<TokenId>,
) -> Result<StatusCode, Problem> {
    let command = Command::RevokeToken { token };
    app.execute::<User>(user.id, command, &call.by(&user), &call.request()).await?;
    Ok(StatusCode::NO_CONTENT)
}
