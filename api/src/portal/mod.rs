//! The portal's API (« Espace Client »).

mod read;
mod v1;

use crate::app::App;
use crate::auth::sessions::Audience;
use crate::http::{Declared, Door, MomentQuery, PortalUser, Problem, Revisions};
use domain::{MerchantId, access, merchant};
use store::{AsOf, Loaded, Merchant};
use utoipa_axum::router::OpenApiRouter;

pub fn router(app: &App) -> OpenApiRouter<App> {
    let declared = Declared { revisions: Revisions::Shown, ..Declared::of(Audience::Portal) };
    let door = Door::new(app, declared);
    OpenApiRouter::new().nest("/portal/v1", v1::router(&door))
}

/// A merchant that the user belongs to, as of a moment; a stranger finds nothing. Revisions are those
/// that merchants are shown.
async fn load(
    app: &App,
    user: &PortalUser,
    merchant: MerchantId,
    as_of: AsOf,
) -> Result<Loaded<merchant::State>, Problem> {
    let now = app.store.load::<Merchant>(merchant, AsOf::Now).await?;
    if now.state.role_of(user.id).is_none() {
        return Err(merchant::Refusal::from(access::Refusal::UnknownMerchant).into());
    }
    MomentQuery::check_has_been(as_of, app.clock.now())?;
    match as_of {
        AsOf::Now => Ok(now),
        AsOf::Revision(public) => {
            let shown = app.projections.models().public_revisions.revision(merchant, public.0);
            let revision = shown.ok_or_else(Problem::not_found)?;
            Ok(app.store.load::<Merchant>(merchant, AsOf::Revision(revision)).await?)
        }
        AsOf::Time(_) | AsOf::Position(_) => {
            Ok(app.store.load::<Merchant>(merchant, as_of).await?)
        }
    }
}
