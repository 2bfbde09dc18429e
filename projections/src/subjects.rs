//! Whose keys there must be: everybody an event has introduced, and whom an event has forgotten.

use dashmap::DashMap;
use domain::Id;
use store::Recorded;
use store::subjects::{Fate, fate_of};
use uuid::Uuid;

#[derive(Default)]
pub struct Subjects {
    /// Whether each subject is forgotten.
    fates: DashMap<Uuid, bool>,
}

impl Subjects {
    pub fn apply(&self, recorded: &Recorded) {
        match fate_of(recorded) {
            Some(Fate::Introduced(subject)) => drop(self.fates.entry(subject.uuid()).or_default()),
            Some(Fate::Forgotten(subject)) => drop(self.fates.insert(subject.uuid(), true)),
            None => {}
        }
    }

    /// Everybody whose key must be there.
    pub fn known(&self) -> Vec<Uuid> {
        self.that_are(false)
    }

    /// Everybody whose key must be gone.
    pub fn forgotten(&self) -> Vec<Uuid> {
        self.that_are(true)
    }

    fn that_are(&self, forgotten: bool) -> Vec<Uuid> {
        let rows = self.fates.iter().filter(|row| *row.value() == forgotten);
        rows.map(|row| *row.key()).collect()
    }

    pub fn rows(&self) -> Vec<(Uuid, bool)> {
        let mut rows: Vec<_> = self.fates.iter().map(|row| (*row.key(), *row.value())).collect();
        rows.sort_unstable();
        rows
    }

    /// Whoever was forgotten stays so.
    pub fn restore(&self, rows: impl IntoIterator<Item = (Uuid, bool)>) {
        for (subject, is_forgotten) in rows {
            *self.fates.entry(subject).or_default() |= is_forgotten;
        }
    }

    pub fn has_all_of(&self, other: &Self) -> bool {
        other.fates.iter().all(|fate| self.fates.get(fate.key()).as_deref() == Some(fate.value()))
    }

    pub fn len(&self) -> usize {
        self.fates.len()
    }

    pub fn is_empty(&self) -> bool {
        self.fates.is_empty()
    }
}
