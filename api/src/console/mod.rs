//! The officers' API (console).

mod v1;

use crate::app::App;
use crate::auth::sessions::Audience;
use crate::http::{Declared, Door, MomentQuery, Problem, StaffMember, Versioned, parameter};
use crate::use_cases::Call;
use crate::use_cases::looks::{self, Onlooker};
use chrono::{DateTime, Utc};
use domain::looks::Thing;
use domain::merchant::State;
use domain::staff::Role;
use domain::values::Invalid;
use domain::{Id, MerchantId, access, merchant};
use projections::ReadModels;
use projections::models::directory::Row;
use projections::models::then::then;
use projections::views::console::card::Card;
use serde::Deserialize;
use store::{AsOf, Executed, Loaded, Merchant, Revision};
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;

pub fn router(app: &App) -> OpenApiRouter<App> {
    let door = Door::new(app, Declared::of(Audience::Console));
    OpenApiRouter::new().nest("/console/v1", v1::router(&door))
}

/// Whoever sees people's data. Engineers and administrators do not.
const SEES_PEOPLE: &[Role] = &[Role::Support, Role::Analyst, Role::Officer, Role::Auditor];

fn require(staff: &StaffMember, call: &Call, roles: &[Role]) -> Result<(), Problem> {
    access::staff(&call.by_staff(staff), roles)
        .map(|_| ())
        .map_err(|refusal| merchant::Refusal::from(refusal).into())
}

async fn load(app: &App, merchant: MerchantId, as_of: AsOf) -> Result<Loaded<State>, Problem> {
    MomentQuery::check_has_been(as_of, app.clock.now())?;
    let loaded = app.store.load::<Merchant>(merchant, as_of).await?;
    let is_there = match as_of {
        AsOf::Revision(asked) => loaded.revision >= Some(asked),
        AsOf::Now | AsOf::Time(_) | AsOf::Position(_) => loaded.revision.is_some(),
    };
    if is_there { Ok(loaded) } else { Err(Problem::not_found()) }
}

/// Merchants of which a page as of a moment tells: their streams are read.
const MERCHANTS_AT_ONCE: usize = 100;

/// A moment at which a list is looked at, and where its page begins.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct ThenQuery {
    /// RFC 3339; the list as it was then. A page then holds what there was among some merchants, the oldest
    /// first: it may be empty and not the last.
    as_of: Option<DateTime<Utc>>,
    /// With `as_of`, the `next_cursor` of the page before.
    starting_after: Option<String>,
}

/// What lists said of some merchants at a moment, and the cursor of those that come next.
struct Then {
    models: ReadModels,
    at: DateTime<Utc>,
    next_cursor: Option<String>,
}

impl ThenQuery {
    /// `None`: now. Looks at so many merchants.
    async fn then(&self, app: &App, count: usize) -> Result<Option<Then>, Problem> {
        let Some(at) = self.as_of else {
            // A later page of then is not the list of now.
            return match self.starting_after {
                None => Ok(None),
                Some(_) => Err(Problem::malformed(
                    "starting_after goes with the as_of of the page before.",
                    "starting_after va avec le as_of de la page précédente.",
                )),
            };
        };
        MomentQuery::check_has_been(AsOf::Time(at), app.clock.now())?;
        let after = self.starting_after.as_deref();
        let after =
            parameter("starting_after", after, |text| MerchantId::parse(text).ok_or(Invalid::Id))?;
        let models = app.projections.models();
        let (rows, has_more) =
            models.directory.page(after, count, |row: &Row| row.created_at <= at);
        let merchants: Vec<MerchantId> = rows.iter().map(|row| row.merchant).collect();
        let models = then(app.store.reader(), &merchants, at).await?;
        let last = merchants.last().filter(|_| has_more);
        Ok(Some(Then { models, at, next_cursor: last.map(ToString::to_string) }))
    }
}

/// The whole of a merchant, for staff.
fn card(
    merchant: MerchantId,
    state: &State,
    revision: Option<Revision>,
    at: DateTime<Utc>,
) -> Versioned<Card> {
    Versioned::ok(revision, Card::of(merchant, state, at))
}

/// Records that somebody looks at a merchant's data: once it is there to be shown, and before any of it is.
async fn look(
    app: &App,
    staff: &StaffMember,
    call: &Call,
    merchant: MerchantId,
    thing: Thing,
) -> Result<(), Problem> {
    require(staff, call, SEES_PEOPLE)?;
    if app.projections.models().directory.row(merchant).is_none() {
        return Err(Problem::not_found());
    }
    Ok(looks::record(app, call, onlooker(staff), merchant, thing).await?)
}

fn onlooker(staff: &StaffMember) -> Onlooker<'_> {
    Onlooker { staff: staff.id, session: &staff.session }
}

/// Carries out a command and answers the merchant as it is then.
async fn act(
    app: &App,
    staff: &StaffMember,
    call: &Call,
    merchant: MerchantId,
    command: impl Into<merchant::Command>,
) -> Result<Versioned<Card>, Problem> {
    look(app, staff, call, merchant, Thing::Card).await?;
    let (occasion, request) = (call.by_staff(staff), call.request());
    let done = app.execute::<Merchant>(merchant, command.into(), &occasion, &request).await?;
    Ok(card_after(merchant, &done, call))
}

fn card_after(merchant: MerchantId, done: &Executed<State>, call: &Call) -> Versioned<Card> {
    card(merchant, &done.state, done.revision, call.at)
}
