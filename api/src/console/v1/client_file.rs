//! The client file, where staff fill it in the merchant's place.

use super::{card_after, look, require};
use crate::app::App;
use crate::http::upload::{DocumentForm, Upload};
use crate::http::{At, Problem, StaffMember, Versioned};
use crate::use_cases::{Call, client_file};
use axum::extract::State;
use domain::looks::Thing;
use domain::staff::Role;
use domain::{Channel, Id, MerchantId, Occasion};
use projections::views::console::card::Card;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(submit_document))
}

/// Hand in a document that the merchant sent by mail, on their behalf
#[utoipa::path(post, operation_id = "submit_document", path = "/merchants/{merchant}/documents", tag = "client_file",
    request_body(content = DocumentForm, content_type = "multipart/form-data"),
    responses((status = 200, body = Card)))]
async fn submit_document(
    State(app): State<App>,
    staff: StaffMember,
    mut call: Call,
    At(merchant): At<MerchantId>,
    upload: Upload,
) -> Result<Versioned<Card>, Problem> {
    require(&staff, &call, &[Role::Support, Role::Analyst, Role::Officer])?;
    look(&app, &staff, &call, merchant, Thing::Card).await?;
    let received = upload.read(&app, staff.id.uuid(), &mut call).await?;
    let by = Occasion { channel: Channel::SupportEmail, ..call.by_staff(&staff) };
    let (handed, behalf) = (received.form, Some(merchant.uuid()));
    let done = client_file::submit_document(&app, &call, &by, merchant, handed, behalf).await?;
    Ok(card_after(merchant, &done, &call))
}
