//! What happened to one merchant, page by page, in either order. A page costs what it shows and what it
//! has to look past, whatever the length of the stream.

use store::{ReadError, Reader, Recorded, Revision, StreamId};

/// Records looked at for one page, about. Where so many in a row are not asked for, the page is short and
/// there is another.
const LOOKED_AT_MAX: u64 = 2_000;
/// Read at a time.
const CHUNK: u64 = 256;

domain::codes! {
    pub enum Order {
        OldestFirst = "oldest_first", "the oldest first", "du plus ancien au plus récent";
        NewestFirst = "newest_first", "the newest first", "du plus récent au plus ancien";
    }
}

/// Where a page begins and what stands on it.
#[derive(Clone, Debug)]
pub struct Asked {
    pub order: Order,
    /// The last revision that was shown before; none at the beginning.
    pub after: Option<Revision>,
    pub limit: usize,
}

#[derive(Debug, Default)]
pub struct Page {
    pub events: Vec<Recorded>,
    /// The last revision that was looked at, if there is more.
    pub next: Option<Revision>,
}

/// A page of a stream up to its revision `last`, of what is asked for. Only what `can_be_named` is the end of
/// a page: whoever reads on has to say where.
pub async fn page(
    reader: Reader<'_>,
    stream: &StreamId,
    last: Revision,
    asked: &Asked,
    can_be_named: impl Fn(&Recorded) -> bool,
    is_asked_for: impl Fn(&Recorded) -> bool,
) -> Result<Page, ReadError> {
    let mut page = Page::default();
    let (mut looked_at, mut is_named) = (0, true);
    let mut after = asked.after;
    while let Some((from, count)) = next(asked.order, after, last) {
        let mut chunk = reader.some_of(stream, from, count as usize).await?;
        if chunk.is_empty() {
            break;
        }
        if asked.order == Order::NewestFirst {
            chunk.reverse();
        }
        for recorded in chunk {
            // Not one more than fits: whether there is another is seen when it is asked for.
            let is_enough = page.events.len() == asked.limit || looked_at >= LOOKED_AT_MAX;
            if is_enough && is_named {
                page.next = after;
                return Ok(page);
            }
            looked_at += 1;
            (after, is_named) = (Some(recorded.revision), can_be_named(&recorded));
            page.events
                .extend(Some(recorded).filter(|recorded| is_named && is_asked_for(recorded)));
        }
    }
    Ok(page)
}

/// What to read next: from where, how many.
fn next(order: Order, after: Option<Revision>, last: Revision) -> Option<(Revision, u64)> {
    match order {
        Order::OldestFirst => {
            let from = after.map_or(0, |after| after.0.saturating_add(1));
            (from <= last.0).then(|| (Revision(from), CHUNK.min(last.0 - from + 1)))
        }
        Order::NewestFirst => {
            let end = after.map_or(last.0 + 1, |after| after.0.min(last.0 + 1));
            let from = end.saturating_sub(CHUNK);
            (end > 0).then(|| (Revision(from), end - from))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_chunk_ends_at_the_end() {
        let (oldest, newest) = (Order::OldestFirst, Order::NewestFirst);
        let at = |revision| Some(Revision(revision));
        assert_eq!(next(oldest, None, Revision(2)), Some((Revision(0), 3)));
        assert_eq!(next(oldest, at(1), Revision(2)), Some((Revision(2), 1)));
        assert_eq!(next(oldest, at(2), Revision(2)), None);
        assert_eq!(next(oldest, at(u64::MAX), Revision(2)), None);
        assert_eq!(next(oldest, at(9), Revision(1_000)), Some((Revision(10), 256)));
        assert_eq!(next(newest, None, Revision(2)), Some((Revision(0), 3)));
        assert_eq!(next(newest, at(2), Revision(2)), Some((Revision(0), 2)));
        assert_eq!(next(newest, at(0), Revision(2)), None);
        assert_eq!(next(newest, at(99), Revision(2)), Some((Revision(0), 3)));
        assert_eq!(next(newest, None, Revision(1_000)), Some((Revision(745), 256)));
    }
}
