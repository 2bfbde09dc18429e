//! Who looked: where the looks of each merchant and of each member of staff are found. Positions only;
//! who looked at what lies sealed in the ledger, and is forgotten with its month.

use super::positions::Positions;
use crate::wire;
use domain::looks::{Event, Look, Looker, Month, Thing};
use domain::{DocumentId, MerchantId, StaffId};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use store::aggregate::month_of;
use store::{Position, ReadError, Reader, Recorded};

/// What the record of an event adds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Entry {
    Opened(#[serde(with = "wire::month")] Month),
    Looked {
        #[serde(with = "wire::month")]
        month: Month,
        position: u64,
        #[serde(with = "wire::optional_id")]
        merchant: Option<MerchantId>,
        #[serde(with = "wire::optional_id")]
        staff: Option<StaffId>,
        #[serde(with = "wire::optional_id")]
        document: Option<DocumentId>,
    },
    Forgotten(#[serde(with = "wire::month")] Month),
}

impl Entry {
    pub fn month(&self) -> Month {
        match self {
            Self::Opened(month) | Self::Forgotten(month) | Self::Looked { month, .. } => *month,
        }
    }
}

/// What an event adds; nothing once who looked is forgotten.
pub fn added(recorded: &Recorded, event: &Event) -> Option<Entry> {
    let month = month_of(&recorded.stream)?;
    match event {
        Event::MonthOpened => Some(Entry::Opened(month)),
        Event::MonthForgotten => Some(Entry::Forgotten(month)),
        Event::PurposeStated { .. } => None,
        Event::Looked { look } => {
            let look = look.known()?;
            let staff = match look.looker {
                Looker::Staff(staff) => Some(staff),
                Looker::Account(_) => None,
            };
            let document = match look.thing {
                Thing::Document(document) => Some(document),
                Thing::Card | Thing::Contract | Thing::Rib(_) | Thing::Replay => None,
            };
            let (position, merchant) = (recorded.position.0, look.merchant);
            Some(Entry::Looked { month, position, merchant, staff, document })
        }
    }
}

/// Whose looks are asked for.
#[derive(Clone, Copy, Debug, Default)]
pub struct Filter {
    /// Looks at everybody's are among them.
    pub merchant: Option<MerchantId>,
    pub staff: Option<StaffId>,
    pub document: Option<DocumentId>,
}

/// Whose looks are found together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Of {
    Everybody,
    /// At the data of all merchants.
    AllMerchants,
    Merchant(MerchantId),
    Staff(StaffId),
    Document(DocumentId),
}

type OfMonth = HashMap<Of, Positions>;

#[derive(Default)]
pub struct Looks {
    /// `None` once a month is forgotten.
    months: RwLock<BTreeMap<Month, Option<OfMonth>>>,
}

impl Looks {
    pub fn apply(&self, recorded: &Recorded, event: &Event) {
        self.restore(added(recorded, event));
    }

    pub fn restore(&self, entries: impl IntoIterator<Item = Entry>) {
        let mut months = self.write();
        for entry in entries {
            let known = months.entry(entry.month()).or_insert_with(|| Some(OfMonth::default()));
            match (entry, known) {
                (Entry::Forgotten(_), known) => *known = None,
                (Entry::Looked { position, merchant, staff, document, .. }, Some(known)) => {
                    let at = merchant.map_or(Of::AllMerchants, Of::Merchant);
                    let by = staff.map(Of::Staff);
                    let of_document = document.map(Of::Document);
                    for of in [Of::Everybody, at].into_iter().chain(by).chain(of_document) {
                        known.entry(of).or_default().push(position);
                    }
                }
                (Entry::Opened(_), _) | (Entry::Looked { .. }, None) => {}
            }
        }
    }

    /// The months whose looks are known.
    pub fn months(&self) -> Vec<Month> {
        let months = self.read();
        months.iter().filter_map(|(month, known)| known.as_ref().map(|_| *month)).collect()
    }

    /// Up to `limit` positions below `before`, the last first, among which are all that a filter admits
    /// there.
    fn candidates(&self, filter: Filter, before: u64, limit: usize) -> Vec<u64> {
        let months = self.read();
        let mut found = vec![];
        // Of every month: a session that began in the one before may look in this one.
        for known in months.values().flatten() {
            for of in filter.looks_for() {
                let positions = known.get(&of).into_iter();
                found.extend(positions.flat_map(|all| all.before(before).take(limit)));
            }
        }
        found.sort_unstable_by(|one, other| other.cmp(one));
        found.truncate(limit);
        found
    }

    pub fn is_same(&self, other: &Self) -> bool {
        *self.read() == *other.read()
    }

    fn read(&self) -> RwLockReadGuard<'_, BTreeMap<Month, Option<OfMonth>>> {
        self.months.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, BTreeMap<Month, Option<OfMonth>>> {
        self.months.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Filter {
    fn looks_for(self) -> Vec<Of> {
        match (self.document, self.merchant, self.staff) {
            (Some(document), _, _) => vec![Of::Document(document)],
            (None, Some(merchant), _) => vec![Of::Merchant(merchant), Of::AllMerchants],
            (None, None, Some(staff)) => vec![Of::Staff(staff)],
            (None, None, None) => vec![Of::Everybody],
        }
    }

    fn admits(self, look: &Look) -> bool {
        let by = |staff| look.looker == Looker::Staff(staff);
        let at = |merchant| look.merchant.is_none_or(|known| known == merchant);
        self.staff.is_none_or(by) && self.merchant.is_none_or(at)
    }
}

/// Up to `limit` looks below a position, the newest first, and whether there are more.
pub async fn search(
    reader: Reader<'_>,
    looks: &Looks,
    filter: Filter,
    before: Option<u64>,
    limit: usize,
) -> Result<(Vec<(Recorded, Look)>, bool), ReadError> {
    let (mut found, mut before) = (vec![], before.unwrap_or(u64::MAX));
    loop {
        let candidates = looks.candidates(filter, before, limit + 1);
        for position in &candidates {
            let Some(recorded) = reader.at(Position(*position)).await? else { continue };
            let Some(look) = look_of(&recorded).filter(|look| filter.admits(look)) else {
                continue;
            };
            found.push((recorded, look));
            if found.len() > limit {
                found.truncate(limit);
                return Ok((found, true));
            }
        }
        match candidates.last() {
            Some(last) if candidates.len() > limit => before = *last,
            Some(_) | None => return Ok((found, false)),
        }
    }
}

/// `None` where it cannot be known any more.
fn look_of(recorded: &Recorded) -> Option<Look> {
    match &recorded.event {
        domain::Event::Looks(Event::Looked { look }) => look.known().cloned(),
        domain::Event::Looks(_)
        | domain::Event::Merchant(_)
        | domain::Event::User(_)
        | domain::Event::Staff(_)
        | domain::Event::EmailClaim(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLARA: StaffId = StaffId::from_u128(1);
    const MARC: StaffId = StaffId::from_u128(2);
    const ONE: MerchantId = MerchantId::from_u128(3);
    const TWO: MerchantId = MerchantId::from_u128(4);
    const PASSPORT: DocumentId = DocumentId::from_u128(5);

    fn month(text: &str) -> Month {
        Month::parse(text).unwrap()
    }

    fn looked(month: Month, position: u64, merchant: Option<MerchantId>, staff: StaffId) -> Entry {
        let document = merchant.filter(|merchant| *merchant == TWO).map(|_| PASSPORT);
        Entry::Looked { month, position, merchant, staff: Some(staff), document }
    }

    #[test]
    fn looks_are_found_by_whom_and_at_whom_until_their_month_is_forgotten() {
        let looks = Looks::default();
        let (may, june) = (month("202605"), month("202606"));
        looks.restore([
            Entry::Opened(may),
            looked(may, 1, Some(ONE), CLARA),
            looked(may, 2, Some(TWO), CLARA),
            Entry::Opened(june),
            looked(june, 4, None, MARC),
            looked(may, 5, Some(ONE), MARC),
        ]);
        let find = |merchant, staff, before, limit| {
            looks.candidates(Filter { merchant, staff, document: None }, before, limit)
        };
        assert_eq!(find(None, None, u64::MAX, 3), [5, 4, 2]);
        assert_eq!(find(Some(ONE), None, u64::MAX, 9), [5, 4, 1]);
        assert_eq!(find(Some(TWO), None, 4, 9), [2]);
        assert_eq!(find(None, Some(CLARA), u64::MAX, 9), [2, 1]);
        let passport = Filter { document: Some(PASSPORT), ..Filter::default() };
        assert_eq!(looks.candidates(passport, u64::MAX, 9), [2]);
        looks.restore([Entry::Forgotten(may), looked(may, 9, Some(ONE), CLARA)]);
        assert_eq!(looks.months(), [june]);
        assert_eq!(find(None, None, u64::MAX, 9), [4]);
    }
}
