//! Whose keys there must be: everybody an event has introduced, and whom an event has forgotten.

use crate::wire;
use dashmap::DashMap;
use domain::SubjectId;
use serde::{Deserialize, Serialize};
use store::Recorded;
use store::subjects::{Fate, fate_of};

/// A subject, and whether an event has forgotten it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Fated {
    #[serde(with = "wire::id")]
    subject: SubjectId,
    is_forgotten: bool,
}

impl From<Fate> for Fated {
    fn from(fate: Fate) -> Self {
        match fate {
            Fate::Introduced(subject) => Self { subject, is_forgotten: false },
            Fate::Forgotten(subject) => Self { subject, is_forgotten: true },
        }
    }
}

#[derive(Default)]
pub struct Subjects {
    /// Whether each subject is forgotten.
    fates: DashMap<SubjectId, bool>,
}

impl Subjects {
    pub fn apply(&self, recorded: &Recorded) {
        match fate_of(recorded) {
            Some(Fate::Introduced(subject)) => drop(self.fates.entry(subject).or_default()),
            Some(Fate::Forgotten(subject)) => drop(self.fates.insert(subject, true)),
            None => {}
        }
    }

    /// Everybody whose key must be there.
    pub fn known(&self) -> Vec<SubjectId> {
        self.that_are(false)
    }

    /// Everybody whose key must be gone.
    pub fn forgotten(&self) -> Vec<SubjectId> {
        self.that_are(true)
    }

    fn that_are(&self, forgotten: bool) -> Vec<SubjectId> {
        let rows = self.fates.iter().filter(|row| *row.value() == forgotten);
        rows.map(|row| *row.key()).collect()
    }

    pub fn rows(&self) -> Vec<Fated> {
        let fated = |subject, is_forgotten| Fated { subject, is_forgotten };
        let mut rows: Vec<_> =
            self.fates.iter().map(|row| fated(*row.key(), *row.value())).collect();
        rows.sort_unstable();
        rows
    }

    /// Whoever was forgotten stays so.
    pub fn restore(&self, rows: impl IntoIterator<Item = Fated>) {
        for Fated { subject, is_forgotten } in rows {
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
