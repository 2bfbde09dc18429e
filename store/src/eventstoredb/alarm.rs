//! Waking readers up when somebody else appended.
//!
//! The server's subscription says that there is something new; what it is, pages of `$all` say. A
//! subscription that falls silent costs time, never a record: every now and then we look without
//! having been called, and when there was something, the subscription is taken for dead.
//!
//! What is known of the client's subscription and absorbed here: when the server ends it cleanly,
//! the client asks the ended stream again and again without ever yielding, so that no timeout and
//! no abort can stop it. The one place in that loop where anybody else's code runs is its warning
//! to the log; there, on a thread of its own, it is unwound ([`Trap`]).

use super::Shared;
use super::settings::Settings;
use crate::ledger::ReadError;
use eventstore::{
    Client, StreamPosition, SubscribeToAllOptions, SubscriptionEvent, SubscriptionFilter,
};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::Notify;
use tokio::sync::oneshot::{self, error::TryRecvError};
use tracing::subscriber::{Interest, Subscriber};
use tracing::{Dispatch, Event, Metadata, dispatcher, span};

/// How long we wait to be called before we look ourselves.
const WATCHDOG: Duration = Duration::from_millis(500);
/// Pause before the subscription is made anew; it doubles while none comes to stand.
const RENEW: Duration = Duration::from_millis(100);
const RENEW_MAX: Duration = Duration::from_secs(5);

/// Follows `$all` for as long as the engine lives.
pub async fn run(shared: Arc<Shared>) {
    let bell = Bell::hang(&shared.settings);
    let mut is_troubled = false;
    loop {
        let was_called = tokio::time::timeout(WATCHDOG, bell.rung.notified()).await.is_ok();
        let before = shared.order().head();
        let outcome = shared.catch_up(Some(shared.settings.patience())).await;
        if !was_called && shared.order().head() > before && bell.stands.load(Ordering::SeqCst) {
            bell.renew.notify_waiters();
        }
        match outcome {
            Ok(_) => {
                if is_troubled {
                    tracing::info!("the ledger can be followed again");
                }
                is_troubled = false;
            }
            Err(ReadError::Damaged { position, reason }) => {
                tracing::error!(%position, %reason, "the ledger is damaged; nothing after is read");
                // Readers find out when they come to that place.
                shared.wake.send_replace(shared.order().head());
                return;
            }
            Err(error) => {
                if !is_troubled {
                    tracing::warn!(%error, "the ledger cannot be followed for now");
                }
                is_troubled = true;
            }
        }
    }
}

/// The subscription, on its own thread.
struct Bell {
    rung: Arc<Notify>,
    renew: Arc<Notify>,
    /// Whether the server confirmed the subscription.
    stands: Arc<AtomicBool>,
    /// Dropped, it ends the thread.
    _end: oneshot::Sender<()>,
}

impl Bell {
    fn hang(settings: &Settings) -> Self {
        let (end, mut ended) = oneshot::channel();
        let (rung, renew) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let stands = Arc::new(AtomicBool::new(false));
        let bell = Self {
            rung: Arc::clone(&rung),
            renew: Arc::clone(&renew),
            stands: Arc::clone(&stands),
            _end: end,
        };
        let settings = settings.clone();
        let listen = move || {
            let trap = Dispatch::new(Trap(dispatcher::get_default(Clone::clone)));
            dispatcher::with_default(&trap, || {
                let mut pause = RENEW;
                while let Err(TryRecvError::Empty) = ended.try_recv() {
                    listen_once(&settings, &rung, &renew, &stands, &mut ended, pause);
                    let stood = stands.swap(false, Ordering::SeqCst);
                    pause = if stood { RENEW } else { (pause * 2).min(RENEW_MAX) };
                }
            });
        };
        let thread = std::thread::Builder::new().name("eventstoredb-alarm".to_owned());
        if let Err(error) = thread.spawn(listen) {
            tracing::warn!(%error, "no subscription: what others append is seen a little later");
        }
        bell
    }
}

/// One subscription, with a client and a runtime that end with it, and the pause after it.
fn listen_once(
    settings: &Settings,
    rung: &Arc<Notify>,
    renew: &Notify,
    stands: &Arc<AtomicBool>,
    ended: &mut oneshot::Receiver<()>,
    pause: Duration,
) {
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            tracing::warn!(%error, "no subscription for now");
            std::thread::sleep(pause);
            return;
        }
    };
    // One that never comes to stand is given up like one that stood and fell silent.
    let patience = settings.discovery() + settings.patience();
    let never_stands = async {
        tokio::time::sleep(patience).await;
        if stands.load(Ordering::SeqCst) {
            std::future::pending::<()>().await;
        }
    };
    runtime.block_on(async {
        let listening = subscribe(settings.clone(), Arc::clone(rung), Arc::clone(stands));
        tokio::select! {
            outcome = tokio::spawn(listening) => match outcome {
                Ok(Ok(())) => {}
                Ok(Err(error)) => tracing::debug!(%error, "the subscription ended"),
                Err(_) => tracing::debug!("the server ended the subscription"),
            },
            () = renew.notified() => tracing::debug!("the subscription was silent"),
            () = never_stands => tracing::debug!("the subscription was not confirmed"),
            _ = &mut *ended => return,
        }
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            _ = ended => {}
        }
    });
}

async fn subscribe(
    settings: Settings,
    rung: Arc<Notify>,
    stands: Arc<AtomicBool>,
) -> Result<(), eventstore::Error> {
    let client = Client::new(settings.client().clone())?;
    let ours = SubscriptionFilter::on_stream_name().add_prefix(format!("{}.", settings.ledger()));
    let credentials = settings.credentials().into_iter();
    let options = credentials
        .fold(SubscribeToAllOptions::default(), SubscribeToAllOptions::authenticated)
        .position(StreamPosition::End)
        .filter(ours);
    let mut subscription = client.subscribe_to_all(&options).await;
    loop {
        match subscription.next_subscription_event().await? {
            // Whatever came between two subscriptions is looked for once this one stands.
            SubscriptionEvent::EventAppeared(_) | SubscriptionEvent::Confirmed(_) => {
                stands.store(true, Ordering::SeqCst);
                rung.notify_one();
            }
            SubscriptionEvent::Checkpoint(_)
            | SubscriptionEvent::FirstStreamPosition(_)
            | SubscriptionEvent::LastStreamPosition(_)
            | SubscriptionEvent::LastAllPosition(_)
            | SubscriptionEvent::CaughtUp
            | SubscriptionEvent::FellBehind => {}
        }
    }
}

/// Passes everything on to the log, but for the client's warning from its endless loop: that one
/// unwinds the task it comes from. Only the alarm's thread has it.
struct Trap(Dispatch);

/// What `eventstore` 4.0.0 writes each time around.
const ENDLESS: &str = "Received an unknown subscription message";

impl Subscriber for Trap {
    fn register_callsite(&self, metadata: &'static Metadata<'static>) -> Interest {
        if is_clients(metadata) { Interest::always() } else { self.0.register_callsite(metadata) }
    }

    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        is_clients(metadata) || self.0.enabled(metadata)
    }

    fn new_span(&self, attributes: &span::Attributes<'_>) -> span::Id {
        self.0.new_span(attributes)
    }

    fn record(&self, span: &span::Id, values: &span::Record<'_>) {
        self.0.record(span, values);
    }

    fn record_follows_from(&self, span: &span::Id, follows: &span::Id) {
        self.0.record_follows_from(span, follows);
    }

    fn event(&self, event: &Event<'_>) {
        if is_clients(event.metadata()) {
            let mut found = Found(false);
            event.record(&mut found);
            if found.0 {
                // Not a panic: nothing is wrong, and nothing is printed.
                std::panic::resume_unwind(Box::new(ENDLESS));
            }
        }
        if self.0.enabled(event.metadata()) {
            self.0.event(event);
        }
    }

    fn enter(&self, span: &span::Id) {
        self.0.enter(span);
    }

    fn exit(&self, span: &span::Id) {
        self.0.exit(span);
    }

    fn clone_span(&self, id: &span::Id) -> span::Id {
        self.0.clone_span(id)
    }

    fn try_close(&self, id: span::Id) -> bool {
        self.0.try_close(id)
    }
}

fn is_clients(metadata: &Metadata<'_>) -> bool {
    *metadata.level() == tracing::Level::WARN && metadata.target() == "eventstore::commands"
}

/// Whether an event is the one from the endless loop.
struct Found(bool);

impl tracing::field::Visit for Found {
    fn record_debug(&mut self, field: &tracing::field::Field, value: &dyn std::fmt::Debug) {
        if field.name() == "message" {
            self.0 |= format!("{value:?}") == ENDLESS;
        }
    }
}
