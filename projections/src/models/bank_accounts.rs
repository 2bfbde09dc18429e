//! Bank accounts across merchants: the changes that wait for us, and which merchants gave the same IBAN.
//!
//! IBANs are kept under a key of the installation, so that whoever reads the memory or the snapshot
//! learns none; those of a merchant who is forgotten are dropped.

use crate::wire;
use chrono::{DateTime, Utc};
use dashmap::DashMap;
use domain::bank_account::{self, Stage};
use domain::client_file::{self, PayoutAccount};
use domain::merchant::Event;
use domain::values::Iban;
use domain::{BankAccountChangeId, MerchantId, Personal, StaffId, registration};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, PoisonError, RwLock};
use store::Recorded;
use store::seal::DataKey;
use store::subjects::{Fate, fate_of};
use store::vault::mac;

/// An IBAN under the installation's key.
type KeyedIban = [u8; 16];

/// What is kept of a merchant.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfAccounts {
    /// Every IBAN that the merchant gave.
    ibans: BTreeSet<KeyedIban>,
    /// The change that waits for us.
    waiting: Option<Waiting>,
}

/// A change that its owner has confirmed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiting {
    #[serde(with = "wire::id")]
    pub merchant: MerchantId,
    #[serde(with = "wire::id")]
    pub change: BankAccountChangeId,
    #[serde(with = "wire::code")]
    pub stage: Stage,
    pub confirmed_at: DateTime<Utc>,
    /// When we want to have looked at it.
    pub target_at: DateTime<Utc>,
    #[serde(with = "wire::optional_id")]
    pub verified_by: Option<StaffId>,
}

pub struct BankAccounts {
    key: DataKey,
    rows: DashMap<MerchantId, Arc<OfAccounts>>,
    inner: RwLock<Inner>,
}

#[derive(Default)]
struct Inner {
    holders: BTreeMap<KeyedIban, BTreeSet<MerchantId>>,
    /// The soonest target first.
    waiting: BTreeSet<(DateTime<Utc>, MerchantId)>,
}

impl BankAccounts {
    pub fn new(key: DataKey) -> Self {
        Self { key, rows: DashMap::new(), inner: RwLock::default() }
    }

    pub fn apply(&self, merchant: MerchantId, recorded: &Recorded, event: &Event) {
        let before = self.of(merchant);
        let mut row = before.as_deref().cloned().unwrap_or_default();
        match event {
            Event::ClientFile(client_file::Event::PayoutAccountRecorded { account }) => {
                self.note(&mut row, account);
            }
            Event::BankAccount(event) => {
                if let bank_account::Event::ChangeRequested { account, .. } = event {
                    self.note(&mut row, account);
                }
                row.follow(merchant, recorded.metadata.recorded_at, event);
            }
            Event::Registration(registration::Event::AccountClosed { .. }) => row.waiting = None,
            Event::Registration(_)
            | Event::ClientFile(_)
            | Event::Contract(_)
            | Event::Review(_)
            | Event::Services(_)
            | Event::ApiKeys(_)
            | Event::Messages(_) => {}
        }
        if fate_of(recorded) == Some(Fate::Forgotten(merchant.into())) {
            row.ibans.clear();
        }
        if before.as_deref().cloned().unwrap_or_default() != row {
            let row = (row != OfAccounts::default()).then(|| Arc::new(row));
            self.replace(merchant, row);
        }
    }

    fn note(&self, row: &mut OfAccounts, account: &Personal<PayoutAccount>) {
        row.ibans.extend(account.known().map(|account| self.keyed(&account.iban)));
    }

    fn keyed(&self, iban: &Iban) -> KeyedIban {
        let hash = mac(&self.key, &[b"iban", iban.as_str().as_bytes()]);
        hash.first_chunk().copied().unwrap_or_default()
    }

    pub fn of(&self, merchant: MerchantId) -> Option<Arc<OfAccounts>> {
        self.rows.get(&merchant).map(|row| Arc::clone(&row))
    }

    /// Takes what is kept of a merchant as it is elsewhere.
    pub fn replace(&self, merchant: MerchantId, row: Option<Arc<OfAccounts>>) {
        let mut inner = self.inner.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(before) = self.of(merchant) {
            inner.remove(merchant, &before);
        }
        match row {
            Some(row) => {
                inner.insert(merchant, &row);
                self.rows.insert(merchant, row);
            }
            None => drop(self.rows.remove(&merchant)),
        }
    }

    /// The other merchants that gave an IBAN which this one gave, too.
    pub fn sharing_with(&self, merchant: MerchantId) -> BTreeSet<MerchantId> {
        let Some(row) = self.of(merchant) else { return BTreeSet::new() };
        let inner = self.inner.read().unwrap_or_else(PoisonError::into_inner);
        let holders = row.ibans.iter().filter_map(|iban| inner.holders.get(iban));
        holders.flatten().copied().filter(|other| *other != merchant).collect()
    }

    /// The changes that wait for us, the one with the soonest target first.
    pub fn waiting(&self) -> Vec<Waiting> {
        let inner = self.inner.read().unwrap_or_else(PoisonError::into_inner);
        inner.waiting.iter().filter_map(|(_, merchant)| self.of(*merchant)?.waiting).collect()
    }
}

impl Default for BankAccounts {
    fn default() -> Self {
        Self::new(DataKey::new([0; 32]))
    }
}

impl OfAccounts {
    pub fn waiting(&self) -> Option<Waiting> {
        self.waiting
    }

    fn follow(&mut self, merchant: MerchantId, at: DateTime<Utc>, event: &bank_account::Event) {
        use bank_account::Event;
        match event {
            Event::ChangeConfirmed { change, target_at } => {
                self.waiting = Some(Waiting {
                    merchant,
                    change: *change,
                    stage: Stage::Confirmed,
                    confirmed_at: at,
                    target_at: *target_at,
                    verified_by: None,
                });
            }
            Event::ChangeVerified { by, .. } => {
                if let Some(waiting) = &mut self.waiting {
                    waiting.stage = Stage::Verified;
                    waiting.verified_by = Some(*by);
                }
            }
            Event::ChangeRequested { .. }
            | Event::Changed { .. }
            | Event::ChangeRefused { .. }
            | Event::ChangeCancelled { .. }
            | Event::ChangeExpired { .. } => self.waiting = None,
        }
    }
}

impl Inner {
    fn insert(&mut self, merchant: MerchantId, row: &OfAccounts) {
        for iban in &row.ibans {
            self.holders.entry(*iban).or_default().insert(merchant);
        }
        self.waiting.extend(row.waiting.map(|waiting| (waiting.target_at, merchant)));
    }

    fn remove(&mut self, merchant: MerchantId, row: &OfAccounts) {
        for iban in &row.ibans {
            if let Some(holders) = self.holders.get_mut(iban) {
                holders.remove(&merchant);
                if holders.is_empty() {
                    self.holders.remove(iban);
                }
            }
        }
        if let Some(waiting) = row.waiting {
            self.waiting.remove(&(waiting.target_at, merchant));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeDelta;
    use domain::values::LegalName;
    use domain::{Actor, Channel, CommandId, EventId};
    use store::record::Metadata;
    use store::{Position, Revision, StreamId};

    fn at(minutes: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::minutes(minutes)
    }

    fn tell(models: &BankAccounts, merchant: u128, minutes: i64, event: impl Into<Event>) {
        let (id, event) = (MerchantId::from_u128(merchant), event.into());
        let recorded = Recorded {
            position: Position(0),
            stream: StreamId::new("merchant", domain::Id::uuid(id)),
            revision: Revision(0),
            metadata: Metadata {
                event_id: EventId::from_u128(1),
                recorded_at: at(minutes),
                actor: Actor::System,
                on_behalf_of: None,
                channel: Channel::Timer,
                command_id: CommandId::from_u128(1),
                correlation_id: uuid::Uuid::nil(),
                causation_id: None,
            },
            event_type: "x",
            event: domain::Event::Merchant(event.clone()),
            previous: [0; 32],
            leaf_hash: [0; 32],
        };
        models.apply(id, &recorded, &event);
    }

    fn gives(iban: &str) -> client_file::Event {
        let account =
            PayoutAccount { iban: Iban::recorded(iban), holder: LegalName::recorded("Atelier") };
        client_file::Event::PayoutAccountRecorded { account: account.into() }
    }

    #[test]
    fn whoever_is_forgotten_shares_nothing_any_more() {
        let models = BankAccounts::default();
        let (one, other) = (MerchantId::from_u128(1), MerchantId::from_u128(2));
        tell(&models, 1, 0, gives("FR7630006000011234567890189"));
        tell(&models, 2, 0, gives("FR7630006000011234567890189"));
        tell(&models, 3, 0, gives("DE89370400440532013000"));
        assert_eq!(models.sharing_with(one), [other].into());
        assert_eq!(models.sharing_with(MerchantId::from_u128(3)), BTreeSet::new());
        tell(&models, 2, 1, registration::Event::AccountLapsed);
        assert_eq!(models.sharing_with(one), BTreeSet::new());
        assert!(models.of(other).is_none(), "as if they had never given any");
    }

    #[test]
    fn a_change_of_whoever_has_left_waits_for_nobody() {
        let models = BankAccounts::default();
        let change = BankAccountChangeId::from_u128(7);
        let confirmed =
            |target| bank_account::Event::ChangeConfirmed { change, target_at: at(target) };
        tell(&models, 1, 0, confirmed(20));
        tell(&models, 2, 0, confirmed(10));
        let waiting = || models.waiting().iter().map(|one| one.target_at).collect::<Vec<_>>();
        assert_eq!(waiting(), [at(10), at(20)]);
        let reason = registration::ClosureReason::DeactivatedTooLong;
        tell(&models, 2, 1, registration::Event::AccountClosed { reason });
        assert_eq!(waiting(), [at(20)]);
    }
}
