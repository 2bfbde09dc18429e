//! Staff accounts: who works here, invitations, roles, and how they sign in.

mod invitations;
mod sessions;

use crate::app::App;
use crate::http::{At, Door, Fields, Json, List, Problem, StaffMember};
use crate::use_cases::Call;
use crate::use_cases::staff::{NewMember, invite};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use domain::StaffId;
use domain::staff::{Command, Profile, Role, Roles};
use domain::values::{Email, PersonName};
use projections::views::console::lists::StaffRole;
use projections::views::console::staff::StaffView;
use projections::views::lists;
use serde::Deserialize;
use store::Staff;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub fn router(door: &Door) -> OpenApiRouter<App> {
    let usual = OpenApiRouter::new()
        .routes(routes!(read_me))
        .routes(routes!(list_staff, invite_staff))
        .routes(routes!(change_roles))
        .routes(routes!(disable_staff));
    door.before(usual)
        .merge(door.guessable().before(invitations::router()))
        .merge(sessions::router(door))
}

fn find(app: &App, staff: StaffId) -> Result<axum::Json<StaffView>, Problem> {
    let member = app.projections.models().staff.member(staff).ok_or_else(Problem::not_found)?;
    Ok(axum::Json(StaffView::of(&member)))
}

/// Read who you are
#[utoipa::path(get, operation_id = "read_me", path = "/me", tag = "staff", responses((status = 200, body = StaffView)))]
async fn read_me(
    State(app): State<App>,
    staff: StaffMember,
) -> Result<axum::Json<StaffView>, Problem> {
    find(&app, staff.id)
}

/// List the staff
#[utoipa::path(get, operation_id = "list_staff", path = "/staff", tag = "staff",
    responses((status = 200, body = List<StaffView>)))]
async fn list_staff(
    State(app): State<App>,
    _staff: StaffMember,
) -> Result<List<StaffView>, Problem> {
    let members = app.projections.models().staff.members();
    Ok(List::whole(members.iter().map(|member| StaffView::of(member)).collect()))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewStaff {
    /// With which they will sign in.
    #[schema(example = "clara@example.com")]
    email: String,
    /// Empty for whoever has one name only.
    #[schema(example = "Clara")]
    #[serde(default)]
    first_name: String,
    /// As on an identity document.
    #[schema(example = "Modèle")]
    last_name: String,
    /// In which we write to them.
    #[schema(value_type = lists::Language)]
    language: String,
    /// What they may do.
    #[schema(value_type = Vec<StaffRole>)]
    roles: Vec<String>,
}

fn roles(fields: &mut Fields, codes: &[String]) -> Option<Roles> {
    codes
        .iter()
        .enumerate()
        .map(|(index, code)| fields.code::<Role>(format!("/roles/{index}"), code))
        .collect()
}

/// Invite a member of staff
#[utoipa::path(post, operation_id = "invite_staff", path = "/staff", tag = "staff", request_body = NewStaff,
    responses((status = 201, body = StaffView)))]
async fn invite_staff(
    State(app): State<App>,
    staff: StaffMember,
    call: Call,
    Json(body): Json<NewStaff>,
) -> Result<Response, Problem> {
    let mut fields = Fields::default();
    let email = fields.take("/email", Email::parse(&body.email));
    let first_name = fields.take("/first_name", PersonName::parse_first(&body.first_name));
    let last_name = fields.take("/last_name", PersonName::parse(&body.last_name));
    let language = fields.code("/language", &body.language);
    let roles = roles(&mut fields, &body.roles);
    let invitation = (|| {
        Some(NewMember {
            id: call.derive("staff"),
            profile: Profile { email: email?, first_name: first_name?, last_name: last_name? },
            language: language?,
            roles: roles?,
            link: call.derive("invitation"),
        })
    })();
    let invitation = fields.finish(invitation)?;
    let id = invitation.id;
    invite(&app, &call.by_staff(&staff), &call.request(), invitation).await?;
    Ok((StatusCode::CREATED, find(&app, id)?).into_response())
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RolesBody {
    /// What they may do from now on.
    #[schema(value_type = Vec<StaffRole>)]
    roles: Vec<String>,
}

/// Change a member's roles; their sessions end
#[utoipa::path(put, operation_id = "change_roles", path = "/staff/{staff}/roles", tag = "staff", request_body = RolesBody,
    responses((status = 200, body = StaffView)))]
async fn change_roles(
    State(app): State<App>,
    staff: StaffMember,
    call: Call,
    At(member): At<StaffId>,
    Json(body): Json<RolesBody>,
) -> Result<axum::Json<StaffView>, Problem> {
    let mut fields = Fields::default();
    let roles = roles(&mut fields, &body.roles);
    let command = Command::ChangeRoles { roles: fields.finish(roles)? };
    app.execute::<Staff>(member, command, &call.by_staff(&staff), &call.request()).await?;
    find(&app, member)
}

/// Disable a member's account; their sessions end
#[utoipa::path(delete, operation_id = "disable_staff", path = "/staff/{staff}", tag = "staff",
    responses((status = 200, body = StaffView)))]
async fn disable_staff(
    State(app): State<App>,
    staff: StaffMember,
    call: Call,
    At(member): At<StaffId>,
) -> Result<axum::Json<StaffView>, Problem> {
    let occasion = call.by_staff(&staff);
    app.execute::<Staff>(member, Command::Disable, &occasion, &call.request()).await?;
    find(&app, member)
}
