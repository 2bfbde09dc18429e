//! Looks: recorded before anything is shown, each case of a session in a stream of its own.

use super::{Call, Error};
use crate::app::App;
use chrono::{DateTime, Utc};
use domain::looks::{Command, Look, Month, Refusal, Statement, Thing};
use domain::{Actor, Channel, CommandId, Id, MerchantId, Occasion, StaffId};
use store::aggregate::looks_subject;
use store::chance;
use store::vault::Session;
use store::{ExecuteError, Looks, LooksKey, Request, Store};
use uuid::Uuid;

/// A member of staff in one of their sessions.
#[derive(Clone, Copy)]
pub struct Onlooker<'a> {
    pub staff: StaffId,
    pub session: &'a Session,
}

impl Onlooker<'_> {
    fn month(self) -> Month {
        Month::of(self.session.created_at)
    }

    /// Whose name stands nowhere else: it is forgotten with the month.
    fn case(self, merchant: MerchantId) -> LooksKey {
        let case = Uuid::new_v5(&self.session.id.uuid(), merchant.uuid().as_bytes());
        LooksKey::Case(self.month(), case)
    }
}

/// States for what they look at a merchant's data from now on.
pub async fn state_purpose(
    app: &App,
    call: &Call,
    onlooker: Onlooker<'_>,
    statement: Statement,
) -> Result<(), Error> {
    let (month, case) = (onlooker.month(), onlooker.case(statement.merchant));
    of_month(&app.store, month, Command::OpenMonth, call.at).await?;
    let (command, occasion) = (Command::StatePurpose(statement), undisclosed(call.at));
    app.execute::<Looks>(case, command, &occasion, &unlinked(app, call)).await?;
    Ok(())
}

/// Records that they look, or says that nobody knows for what. Nothing is shown before.
pub async fn record(
    app: &App,
    call: &Call,
    onlooker: Onlooker<'_>,
    merchant: MerchantId,
    thing: Thing,
) -> Result<(), Error> {
    let command = Command::Look { staff: onlooker.staff, thing };
    let (case, request) = (onlooker.case(merchant), unlinked(app, call));
    app.step::<Looks>(case, command, &undisclosed(call.at), &request).await?;
    Ok(())
}

/// Records what `replay` is about to show, or has shown while no server ran: in a stream of its own,
/// whose id says that it is the same.
pub async fn record_reveal(
    store: &Store,
    look: Look,
    reveal: Uuid,
    at: DateTime<Utc>,
) -> Result<(), ExecuteError<Refusal>> {
    let month = Month::of(at);
    of_month(store, month, Command::OpenMonth, at).await?;
    let occasion = Occasion::new(Actor::Undisclosed, Channel::Terminal, at);
    let request = Request::new(CommandId::from_uuid(reveal));
    let (case, command) = (LooksKey::Case(month, reveal), Command::Reveal(look));
    store.execute::<Looks>(case, command, &occasion, &request).await?;
    Ok(())
}

/// Forgets who looked in the months that are over and of which nothing may be known any more.
pub async fn forget_old(app: &App) -> Result<(), Error> {
    let now = app.clock.now();
    for month in app.projections.models().looks.months() {
        if month.months_until(Month::of(now)) < app.config.looks_kept_months {
            continue;
        }
        // The key first: once the event is there, nobody comes back for it.
        app.store.forget(looks_subject(month)).await?;
        of_month(&app.store, month, Command::ForgetMonth, now).await?;
        tracing::info!(%month, "who looked is forgotten");
    }
    Ok(())
}

/// Opens a month, so that there is a key for its looks, or closes it for good.
async fn of_month(
    store: &Store,
    month: Month,
    command: Command,
    at: DateTime<Utc>,
) -> Result<(), ExecuteError<Refusal>> {
    let name = format!("looks/{month}/{}", matches!(command, Command::ForgetMonth));
    let id = Uuid::new_v5(&looks_subject(month).uuid(), name.as_bytes());
    let request = Request::new(CommandId::from_uuid(id));
    let occasion = Occasion::by_system(at);
    store.execute::<Looks>(LooksKey::Month(month), command, &occasion, &request).await?;
    Ok(())
}

/// A request of its own: by the ids of the one that it belongs to, which names them elsewhere, nobody
/// must find them again. Whoever asks twice looks once, as the rules say.
fn unlinked(app: &App, call: &Call) -> Request {
    Request::new(chance::id(app.store.chance.as_ref(), call.at))
}

/// Who it is lies in what is sealed.
fn undisclosed(at: DateTime<Utc>) -> Occasion {
    Occasion::new(Actor::Undisclosed, Channel::Console, at)
}
