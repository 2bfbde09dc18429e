//! The feed of what happens to an account: page by page with a cursor, or as it comes (server-sent events).
//! A cursor counts what the merchant may read, so that nothing is missed, nothing comes twice and no gap
//! tells of anything else.

use super::events::is_for_merchant;
use super::load;
use crate::app::App;
use crate::http::problem::Kind;
use crate::http::{At, PageQuery, PortalUser, Problem, Query, accept, sessions};
use crate::use_cases::Call;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use domain::merchant::State as MerchantState;
use domain::values::Language;
use domain::{MerchantId, SubjectId};
use futures::Stream;
use futures::stream::{iter, try_unfold};
use futures::{StreamExt, TryStreamExt};
use projections::history::{Asked, Order, page};
use projections::runner::Progress;
use projections::views::portal::events::{CloudEvent, EventView, Feed};
use std::sync::Arc;
use std::time::Duration;
use store::aggregate::merchant_stream;
use store::follower::stopped;
use store::{AsOf, Revision};
use tokio::sync::watch;
use tokio::time::{Instant, Interval, interval_at};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Events sent at a time.
const BATCH: usize = 100;
/// What comes within this time comes together: whoever follows is woken by every change of anybody.
const GATHER: Duration = Duration::from_millis(50);
/// How often the line is shown to be alive, and whether somebody may still follow is asked.
const ALIVE: Duration = Duration::from_secs(15);

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(follow_events))
}

/// Follow what happens to the account
///
/// With `Accept: text/event-stream` each event is sent as it happens, with the cursor as its id; a client
/// that connects again sends the last one as `Last-Event-ID`. Otherwise a page after `starting_after`, whose
/// `cursor` is for the next. Nothing is missed and nothing comes twice, also across restarts.
#[utoipa::path(get, operation_id = "follow_events", path = "/merchants/{merchant}/events/feed",
    tag = "registration",
    params(PageQuery, ("Last-Event-ID" = Option<String>, Header, description = "The id of the last event that came")),
    responses((status = 200, content((Feed = "application/json"), (String = "text/event-stream")))))]
async fn follow_events(
    State(app): State<App>,
    user: PortalUser,
    call: Call,
    At(merchant): At<MerchantId>,
    Query(query): Query<PageQuery>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let limit = query.limit()?;
    let last_id = match headers.get("last-event-id").map(HeaderValue::to_str) {
        Some(id) => Some(id.map_err(|_| Problem::unknown_cursor())?),
        None => None,
    };
    let query =
        PageQuery { starting_after: last_id.map(str::to_owned).or(query.starting_after), ..query };
    let mut reader = Reader {
        app: app.clone(),
        user,
        merchant,
        language: call.language,
        known: Arc::default(),
        shown: query.after()?,
        after: None,
    };
    reader.begin().await?;
    if accept::takes(&headers, header::ACCEPT, "text/event-stream") {
        return stream(reader);
    }
    let before = reader.shown;
    let (data, has_more) = reader.next(limit).await?;
    let cursor = reader.shown.or(before).map(|cursor| cursor.to_string());
    Ok(axum::Json(Feed { object: "feed", data, has_more, cursor }).into_response())
}

/// Somebody who reads on from where they are.
struct Reader {
    app: App,
    user: PortalUser,
    merchant: MerchantId,
    language: Language,
    /// As it was known when somebody last looked whether they may follow.
    known: Arc<MerchantState>,
    /// The last that was shown, as the merchant counts.
    shown: Option<u64>,
    /// Up to where the stream was looked at.
    after: Option<Revision>,
}

impl Reader {
    /// Finds where to begin. A cursor that nothing has yet is not of this ledger.
    async fn begin(&mut self) -> Result<(), Problem> {
        self.check().await?;
        let Some(shown) = self.shown else { return Ok(()) };
        // What was shown was in the ledger; the read models may be a moment behind it after a start.
        self.app.see(self.app.store.ledger.head().await?).await?;
        let models = self.app.projections.models();
        self.after = models.public_revisions.revision(self.merchant, shown);
        self.after.map(|_| ()).ok_or_else(Problem::unknown_cursor)
    }

    /// Whether whoever follows may still do so.
    async fn check(&mut self) -> Result<(), Problem> {
        sessions::check_still(&self.app, &self.user).await?;
        let loaded = load(&self.app, &self.user, self.merchant, AsOf::Now).await?;
        self.known = loaded.state;
        Ok(())
    }

    /// Whether anything was recorded since. Whoever follows is woken by what happens to anybody.
    fn has_news(&self) -> bool {
        self.app.projections.models().public_revisions.last(self.merchant) > self.after
    }

    /// What came after what was shown, and whether there is more already.
    async fn next(&mut self, limit: usize) -> Result<(Vec<CloudEvent>, bool), Problem> {
        let models = self.app.projections.models();
        let revisions = &models.public_revisions;
        let Some(last) = revisions.last(self.merchant) else { return Ok((vec![], false)) };
        let asked = Asked { order: Order::OldestFirst, after: self.after, limit };
        let (reader, stream) = (self.app.store.reader(), merchant_stream(self.merchant));
        let found = page(reader, &stream, last, &asked, is_for_merchant, |_| true).await?;
        let mut events = vec![];
        for recorded in &found.events {
            let Some(public) = revisions.public(self.merchant, recorded.revision) else {
                // Not folded yet: it comes with the next.
                return Ok((events, false));
            };
            let view = EventView::of(recorded, public, &self.known, self.user.id, self.language);
            events.extend(view.map(|view| CloudEvent::of(self.merchant, view)));
            (self.shown, self.after) = (Some(public), Some(recorded.revision));
        }
        self.after = Some(found.next.unwrap_or(last)).max(self.after);
        Ok((events, found.next.is_some()))
    }
}

/// One who follows, until everything stops or they may no longer.
struct Following {
    reader: Reader,
    progress: watch::Receiver<Progress>,
    stopping: watch::Receiver<bool>,
    /// When to ask again whether they may.
    asking: Interval,
    has_more: bool,
}

fn stream(reader: Reader) -> Result<Response, Problem> {
    let app = reader.app.clone();
    let subject: SubjectId = reader.user.id.into();
    let place = app.feeds.take(subject).ok_or_else(|| Problem::of(Kind::TooManyFeeds).after(60))?;
    let following = Following {
        progress: app.projections.watch(),
        stopping: app.stopping.subscribe(),
        asking: interval_at(Instant::now() + ALIVE, ALIVE),
        has_more: true,
        reader,
    };
    let events =
        batches(following).map_ok(|batch| iter(batch).map(Ok::<_, axum::Error>)).try_flatten();
    // The place is given back with the line.
    let events = events.map(move |event| {
        let _ = &place;
        event
    });
    let mut response =
        Sse::new(events).keep_alive(KeepAlive::new().interval(ALIVE)).into_response();
    // Proxies that gather answers would keep them from coming.
    response.headers_mut().insert("x-accel-buffering", HeaderValue::from_static("no"));
    Ok(response)
}

fn batches(following: Following) -> impl Stream<Item = Result<Vec<Event>, axum::Error>> {
    try_unfold(following, async |mut following| {
        let Some(events) = following.next().await else { return Ok(None) };
        let events: Result<Vec<Event>, axum::Error> = events.iter().map(written).collect();
        Ok(Some((events?, following)))
    })
}

fn written(event: &CloudEvent) -> Result<Event, axum::Error> {
    let id = event.data.revision.to_string();
    Event::default().id(id).event(event.event_type).json_data(event)
}

impl Following {
    /// What comes next; `None` at the end of the line. Whoever is cut off connects again and reads on.
    async fn next(&mut self) -> Option<Vec<CloudEvent>> {
        loop {
            if !self.has_more {
                self.wait().await?;
            }
            self.progress.mark_unchanged();
            if !self.reader.has_news() {
                self.has_more = false;
                continue;
            }
            self.reader.check().await.ok()?;
            let (events, has_more) = self.reader.next(BATCH).await.ok()?;
            self.has_more = has_more;
            if !events.is_empty() {
                return Some(events);
            }
        }
    }

    /// Until something is new somewhere, and from time to time whether one may still follow.
    async fn wait(&mut self) -> Option<()> {
        loop {
            tokio::select! {
                changed = self.progress.changed() => {
                    changed.ok()?;
                    tokio::time::sleep(GATHER).await;
                    return Some(());
                }
                _ = self.asking.tick() => self.reader.check().await.ok()?,
                () = stopped(&mut self.stopping) => return None,
            }
        }
    }
}
