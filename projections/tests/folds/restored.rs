//! Folding from the middle: a snapshot of any moment and the rest make the whole.

use crate::config;
use crate::lived::{Lived, steps};
use projections::ReadModels;
use projections::models::changes::Changes;
use proptest::prelude::*;
use store::Recorded;
use store::ends::Ends;

fn folded(records: &[Recorded]) -> ReadModels {
    let models = ReadModels::default();
    records.iter().for_each(|recorded| models.apply(recorded));
    models
}

proptest! {
    #![proptest_config(config())]

    /// At each cut the changes since the last are saved, as snapshots are, and restored elsewhere.
    #[test]
    fn what_was_saved_at_any_moments_and_the_rest_are_the_whole(
        steps in steps(),
        mut cuts in prop::collection::vec(any::<prop::sample::Index>(), 1..4),
    ) {
        let records = Lived::through(&steps).records_for_models();
        cuts.sort_by_key(|cut| cut.index(records.len() + 1));
        let (running, restored) = (ReadModels::default(), ReadModels::default());
        let (running_ends, restored_ends) = (Ends::default(), Ends::default());
        let mut done = 0;
        for cut in cuts {
            let mut changes = Changes::default();
            let cut = cut.index(records.len() + 1);
            for recorded in &records[done..cut] {
                running_ends.take(recorded).unwrap();
                running.apply(recorded);
                changes.note(recorded);
            }
            restored.restore(running.changed(changes, &running_ends), &restored_ends);
            prop_assert!(restored_ends.is_same(&running_ends));
            prop_assert!(restored.is_same(&folded(&records[..cut])));
            done = cut;
        }
        records[done..].iter().for_each(|recorded| restored.apply(recorded));
        let whole = folded(&records);
        prop_assert!(restored.is_same(&whole));
        prop_assert_eq!(restored.contents(), whole.contents());
        prop_assert!(restored.has_all_of(&whole) && restored.is_as_large_as(&whole));
    }

    /// Merchants do not meet in the models: in whatever order theirs are folded, each has the same.
    #[test]
    fn merchants_are_folded_apart(steps in steps()) {
        let records = Lived::through(&steps).records_for_models();
        let whole = folded(&records);
        let (mut streams, alone) = (records.clone(), ReadModels::default());
        // What is only ever added may stand in another order: what is of a merchant may not.
        streams.sort_by_key(|recorded| recorded.stream.to_string());
        streams.iter().for_each(|recorded| alone.apply(recorded));
        for row in whole.directory.rows() {
            let merchant = row.merchant;
            prop_assert_eq!(alone.of_merchant(merchant), whole.of_merchant(merchant));
        }
    }
}
