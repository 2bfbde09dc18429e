//! The audit trail, compared with looking through everything.

use crate::config;
use crate::lived::{Lived, merchant_id, steps};
use chrono::{DateTime, Utc};
use projections::ReadModels;
use projections::models::audit_trail::{Filter, actor_id, search, search_stream};
use proptest::prelude::*;
use proptest::sample::Index;
use store::aggregate::merchant_stream;
use store::recorded::Keys;
use store::{Reader, Recorded};

/// What is looked for, by places in what there is.
#[derive(Clone, Debug)]
struct Wanted {
    actor: Option<Index>,
    event_type: Option<(Index, usize)>,
    from: Option<Index>,
    until: Option<Index>,
}

fn wanted() -> impl Strategy<Value = Wanted> {
    let index = || prop::option::of(any::<Index>());
    let event_type = prop::option::of((any::<Index>(), 1..40usize));
    (index(), event_type, index(), index()).prop_map(|(actor, event_type, from, until)| Wanted {
        actor,
        event_type,
        from,
        until,
    })
}

impl Wanted {
    fn of(&self, records: &[Recorded]) -> Filter {
        let at = |index: &Index| &records[index.index(records.len())];
        let time = |index: &Index| at(index).metadata.recorded_at;
        Filter {
            actor: self.actor.as_ref().and_then(|one| actor_id(at(one).metadata.actor)),
            event_type: self
                .event_type
                .as_ref()
                .map(|(one, length)| at(one).event_type.chars().take(*length).collect()),
            from: self.from.as_ref().map(time),
            until: self.until.as_ref().map(time),
            is_without_looks: false,
        }
    }
}

/// Whatever fits, the newest first.
fn all<'a>(
    records: &'a [Recorded],
    filter: &'a Filter,
    before: Option<u64>,
) -> impl Iterator<Item = &'a Recorded> {
    let is_wanted = |at: DateTime<Utc>| {
        filter.from.is_none_or(|from| at >= from) && filter.until.is_none_or(|until| at < until)
    };
    records.iter().rev().filter(move |recorded| {
        before.is_none_or(|before| recorded.position.0 < before)
            && filter.actor.is_none_or(|wanted| actor_id(recorded.metadata.actor) == Some(wanted))
            && filter.event_type.iter().all(|start| recorded.event_type.starts_with(start.as_str()))
            && is_wanted(recorded.metadata.recorded_at)
    })
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn a_search_finds_what_looking_through_everything_finds(
        steps in steps(),
        filters in prop::collection::vec(wanted(), 1..12),
        before in prop::option::of(any::<Index>()),
        limit in 1..20usize,
    ) {
        let lived = Lived::through(&steps);
        let records = lived.records();
        let models = ReadModels::default();
        records.iter().for_each(|recorded| models.apply(recorded));
        let before = before.map(|index| index.index(records.len() + 1) as u64);
        let reader = Reader::new(lived.store.ledger.as_ref(), Keys::Of(lived.store.vault.as_ref()));
        for wanted in &filters {
            let filter = wanted.of(&records);
            let all: Vec<_> = all(&records, &filter, before).cloned().collect();
            let found = search(reader, &models.audit_trail, &filter, before, limit);
            let (found, has_more) = lived.block_on(found).unwrap();
            prop_assert_eq!(found.as_slice(), &all[..limit.min(all.len())]);
            prop_assert_eq!(has_more, all.len() > limit);
            let Some(row) = models.directory.row(merchant_id(false)) else { continue };
            let stream = merchant_stream(row.merchant);
            let theirs: Vec<_> = all.into_iter().filter(|one| one.stream == stream).collect();
            let found = search_stream(reader, stream, row.revision, &filter, before, limit);
            let (found, has_more) = lived.block_on(found).unwrap();
            prop_assert_eq!(found.as_slice(), &theirs[..limit.min(theirs.len())]);
            prop_assert_eq!(has_more, theirs.len() > limit);
        }
    }
}
