//! Whoever follows the order of a ledger, from a checkpoint on and until a stop.

use crate::ledger::{Delivery, Ledger, Position, ReadError, Subscription};
use std::time::Duration;
use tokio::sync::watch;

/// Where somebody begins to follow, and how.
#[derive(Clone, Copy, Debug)]
pub struct From {
    /// The last position that they have seen.
    pub checkpoint: Option<Position>,
    /// Records at a time.
    pub page: usize,
    /// How long something new may wait for what comes after it.
    pub gather: Duration,
}

pub struct Follower<'a> {
    name: &'static str,
    subscription: Subscription<'a>,
    stop: watch::Receiver<bool>,
}

impl<'a> Follower<'a> {
    pub fn new(
        name: &'static str,
        ledger: &'a dyn Ledger,
        from: From,
        stop: watch::Receiver<bool>,
    ) -> Self {
        let subscription = Subscription::new(ledger, from.checkpoint, from.page);
        Self { name, subscription: subscription.gathering(from.gather), stop }
    }

    /// What lies up to `position` was seen meanwhile.
    pub fn skip_to(&mut self, position: Option<Position>) {
        self.subscription.skip_to(position);
    }

    /// What comes next, or the news that there is nothing for now; after that it waits. `None` once
    /// everything is asked to stop.
    pub async fn next(&mut self) -> Result<Option<Delivery>, ReadError> {
        tokio::select! {
            delivery = self.subscription.next() => match delivery {
                Ok(delivery) => Ok(Some(delivery)),
                Err(error) => {
                    tracing::error!(follower = self.name, %error, "it cannot follow any further");
                    Err(error)
                }
            },
            () = stopped(&mut self.stop) => Ok(None),
        }
    }
}

/// Ends when everything is asked to stop, or nobody is left to ask.
pub async fn stopped(stop: &mut watch::Receiver<bool>) {
    drop(stop.wait_for(|stopped| *stopped).await);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::{ExpectedRevision, StreamId};
    use crate::memory::MemoryLedger;
    use crate::suite::new_record;
    use uuid::Uuid;

    #[tokio::test]
    async fn it_begins_behind_its_checkpoint_and_ends_with_the_stop() {
        let ledger = MemoryLedger::default();
        let stream = StreamId::new("test", "a");
        let records: Vec<_> =
            (0..5).map(|n| new_record(&stream, n, Uuid::from_u128(n.into()), b"")).collect();
        ledger.append(&stream, ExpectedRevision::NoStream, &records).await.unwrap();
        let (stop, stopped) = watch::channel(false);
        let from = From { checkpoint: Some(Position(1)), page: 2, gather: Duration::ZERO };
        let mut follower = Follower::new("test", &ledger, from, stopped);
        let positions = |delivery: Option<Delivery>| match delivery {
            Some(Delivery::Records(records)) => {
                records.iter().map(|record| record.position.0).collect()
            }
            Some(Delivery::CaughtUp) | None => vec![],
        };
        assert_eq!(positions(follower.next().await.unwrap()), [2, 3]);
        follower.skip_to(Some(Position(4)));
        assert!(matches!(follower.next().await.unwrap(), Some(Delivery::CaughtUp)));
        stop.send_replace(true);
        assert!(follower.next().await.unwrap().is_none());
    }
}
