//! Everything in the order of the ledger, page by page: while one is looked at, the next is read.

use crate::ledger::{Ledger, Pending, Position, ReadError, StoredRecord};
use futures::poll;
use std::task::Poll;

/// Records read at a time: some 2 MB, and enough that handing pages over costs little.
const PAGE: usize = 4_096;

type Page = Result<Vec<StoredRecord>, ReadError>;

pub struct Scan<'a> {
    ledger: &'a dyn Ledger,
    after: Option<Position>,
    page: usize,
    next: Option<Next<'a>>,
}

enum Next<'a> {
    Ready(Page),
    Reading(Pending<'a, Page>),
}

impl<'a> Scan<'a> {
    /// Everything after `after` (exclusive).
    pub fn new(ledger: &'a dyn Ledger, after: Option<Position>) -> Self {
        Self::in_pages(ledger, after, PAGE)
    }

    /// The same, up to `page` records at a time.
    pub fn in_pages(ledger: &'a dyn Ledger, after: Option<Position>, page: usize) -> Self {
        Self { ledger, after, page, next: None }
    }

    /// `None` after the last page, for now.
    pub async fn next(&mut self) -> Result<Option<Vec<StoredRecord>>, ReadError> {
        let page = match self.next.take() {
            None => self.ledger.read_all(self.after, self.page).await?,
            Some(Next::Ready(page)) => page?,
            Some(Next::Reading(page)) => page.await?,
        };
        let Some(last) = page.last().map(|last| last.position) else { return Ok(None) };
        self.after = Some(last);
        // Asked once, an engine reads on by itself while the caller is busy.
        let mut reading = self.ledger.read_all(self.after, self.page);
        self.next = Some(match poll!(&mut reading) {
            Poll::Ready(page) => Next::Ready(page),
            Poll::Pending => Next::Reading(reading),
        });
        Ok(Some(page))
    }
}
