//! Looks: recorded before anything is shown, each case of a session in a stream of its own.

use super::{Call, Error};
use crate::app::App;
use chrono::{DateTime, TimeDelta, Utc};
use domain::looks::{Command, Look, Month, Refusal, Statement, Thing};
use domain::{Actor, Channel, CommandId, Id, MerchantId, Occasion, StaffId};
use projections::models::audit_trail::{Filter, search};
use store::aggregate::looks_subject;
use store::chance;
use store::vault::{Key, Session, VaultError, mac};
use store::{ExecuteError, Keys, Looks, LooksKey, Reader, Request, Store};
use uuid::Uuid;

/// A member of staff in one of their sessions.
#[derive(Clone, Copy)]
pub struct Onlooker<'a> {
    pub staff: StaffId,
    pub session: &'a Session,
}

impl Onlooker<'_> {
    /// The stream of a case in their session; `None` where nothing was recorded in that month yet. Only
    /// the key of the month leads from a session to it, so that nothing does once that is destroyed.
    fn case(self, store: &Store, merchant: MerchantId) -> Result<Option<LooksKey>, VaultError> {
        let month = month_of(store, self.session.created_at)?;
        let Key::Known(key) = store.vault.key(looks_subject(month))? else { return Ok(None) };
        let (session, merchant) = (self.session.id.uuid(), merchant.uuid());
        let [case @ .., _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _] =
            mac(&key, &[session.as_bytes(), merchant.as_bytes()]);
        Ok(Some(LooksKey::Case(month, Uuid::from_bytes(case))))
    }
}

/// Under whose key a look is sealed: that of its month, or of the next that was not forgotten, where a
/// clock that was wrong has had it forgotten too early.
fn month_of(store: &Store, at: DateTime<Utc>) -> Result<Month, VaultError> {
    let mut month = Month::of(at);
    while store.vault.key(looks_subject(month))? == Key::Destroyed {
        month = month.next();
    }
    Ok(month)
}

/// States for what they look at a merchant's data from now on.
pub async fn state_purpose(
    app: &App,
    call: &Call,
    onlooker: Onlooker<'_>,
    statement: Statement,
) -> Result<(), Error> {
    let month = month_of(&app.store, onlooker.session.created_at)?;
    of_month(&app.store, month, Command::OpenMonth, call.at).await?;
    let case = onlooker.case(&app.store, statement.merchant)?;
    let case = case.ok_or_else(|| Error::KeyLost(format!("the key of looks in {month}")))?;
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
    let case = onlooker.case(&app.store, merchant)?.ok_or(Refusal::PurposeNeeded)?;
    let request = unlinked(app, call);
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
    let month = month_of(store, at)?;
    of_month(store, month, Command::OpenMonth, at).await?;
    let occasion = Occasion::new(Actor::Undisclosed, Channel::Terminal, at);
    let request = Request::new(CommandId::from_uuid(reveal));
    let (case, command) = (LooksKey::Case(month, reveal), Command::Reveal(look));
    store.execute::<Looks>(case, command, &occasion, &request).await?;
    Ok(())
}

/// Forgets who looked in the months that are over and of which nothing may be known any more. A clock that
/// is wrong for less than a day has nothing forgotten: the ledger has to have seen that time a day before.
pub async fn forget_old(app: &App) -> Result<(), Error> {
    let (now, kept) = (app.clock.now(), app.config.looks_kept_months);
    let models = app.projections.models();
    let is_old = |month: &Month, at| month.months_until(Month::of(at)) >= kept;
    let old: Vec<Month> =
        models.looks.months().into_iter().filter(|month| is_old(month, now)).collect();
    if old.is_empty() {
        return Ok(());
    }
    let filter = Filter { until: Some(now - TimeDelta::days(1)), ..Filter::default() };
    let reader = Reader::new(app.store.ledger.as_ref(), Keys::None);
    let (seen, _) = search(reader, &models.audit_trail, &filter, None, 1).await?;
    let Some(seen) = seen.first().map(|seen| seen.metadata.recorded_at) else { return Ok(()) };
    for month in old.into_iter().filter(|month| is_old(month, seen)) {
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
