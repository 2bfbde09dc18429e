//! A ledger of any size: invented merchants, each with the life of one of a few who lived it through
//! real requests.
//!
//! The few live on a server of their own. Their records are taken apart: the envelope, the facts,
//! the personal data in clear, and where in them an id stands. Each merchant of the crowd gets new
//! ids in these places, new keys in the vault, and records that are sealed, chained and appended
//! like any others. Nothing of them can be told from what requests would have written, but that
//! many share a name and a minute.

use crate::{START, World};
use api::demo::life::Stage;
use chrono::{DateTime, Utc};
use domain::{Id, MerchantId, SessionId, SubjectId, UserId};
use futures::{StreamExt, TryStreamExt, stream};
use serde::{Deserialize, Serialize};
use std::path::Path;
use std::sync::Arc;
use store::aggregate::{MERCHANT, USER, id_of, merchant_stream};
use store::chance::{Chance, SystemChance};
use store::installation::{Installation, Lock};
use store::ledger::{ExpectedRevision, NewRecord, StreamId};
use store::record::{self, Envelope, SealedSet};
use store::recorded::place;
use store::vault::{Key, MAILER, Session, Vault};
use store::{
    Aggregate, AsOf, Ledger, Location, Mark, Merchant, Revision, StoredRecord, User, seal,
};
use uuid::Uuid;

/// How far the few have come whom the crowd is made of.
const STAGES: [Stage; 4] = [Stage::Live, Stage::AwaitingDocuments, Stage::Test, Stage::Submitted];
/// Merchants made side by side, so that they share flushes.
const SIDE_BY_SIDE: usize = 128;

/// What was made.
#[derive(Clone, Serialize, Deserialize)]
pub struct Crowd {
    pub events: u64,
    pub merchants: u64,
    /// The first of them, each with a session of its owner that lasts for an hour.
    pub signed_in: Vec<(String, String)>,
}

impl Crowd {
    /// Owners who try the service and fill their file.
    pub fn in_test(&self) -> impl Iterator<Item = &(String, String)> {
        self.at(Stage::Test)
    }

    /// Owners whose file is with the officers.
    pub fn in_review(&self) -> impl Iterator<Item = &(String, String)> {
        self.at(Stage::AwaitingDocuments)
    }

    fn at(&self, stage: Stage) -> impl Iterator<Item = &(String, String)> {
        let place = STAGES.iter().position(|known| *known == stage).unwrap_or_default();
        self.signed_in.iter().skip(place).step_by(STAGES.len())
    }
}

/// What was made, beside the ledger, so that it is made once.
const CROWD_FILE: &str = "crowd.json";

/// The crowd in `directory`, made there unless it was before.
pub async fn filled(directory: &Path, events: u64, sessions: u64) -> Crowd {
    let file = directory.join(CROWD_FILE);
    if let Ok(known) = std::fs::read(&file) {
        return serde_json::from_slice(&known).unwrap();
    }
    let crowd = fill(directory, events, sessions).await;
    std::fs::write(&file, serde_json::to_vec(&crowd).unwrap()).unwrap();
    crowd
}

/// Fills `directory` with as many events, or a few more, and signs some of the owners in.
pub async fn fill(directory: &Path, events: u64, sessions: u64) -> Crowd {
    let lives = lives().await;
    let lock = Lock::take(directory).unwrap();
    let location = Location::Directory(directory.to_owned());
    let chance: Arc<dyn Chance> = Arc::new(SystemChance);
    let installation =
        Installation::open(lock, &location, None, Arc::clone(&chance)).await.unwrap();
    let (ledger, vault) = (Arc::clone(&installation.ledger), Arc::clone(&installation.vault));
    let per_round: u64 = lives.iter().map(Life::events).sum();
    let rounds = events.div_ceil(per_round).max(1);
    let merchants = rounds * lives.len() as u64;
    let lives = Arc::new(lives);
    let of = |number: u64| (number % STAGES.len() as u64) as usize;
    stream::iter(0..merchants)
        .map(|number| {
            let (lives, chance) = (Arc::clone(&lives), Arc::clone(&chance));
            let (ledger, vault) = (Arc::clone(&ledger), Arc::clone(&vault));
            let live = async move {
                lives[of(number)].live(number, ledger.as_ref(), &vault, chance.as_ref()).await;
            };
            tokio::spawn(live)
        })
        .buffer_unordered(SIDE_BY_SIDE)
        .try_collect::<()>()
        .await
        .unwrap();
    let mut signed_in = vec![];
    for number in 0..sessions.min(merchants) {
        let life = &lives[of(number)];
        let token = format!("session-of-{number}");
        vault.put_session(&token, &life.session(number)).await.unwrap();
        signed_in.push((life.merchant(number).to_string(), token));
    }
    // Whatever their lives owed to anybody was sent then.
    let head = Mark::of_head(ledger.as_ref()).await.unwrap();
    vault.note_progress(MAILER, head.map(|mark| mark.position), head).await.unwrap();
    ledger.close().await;
    vault.close().await.unwrap();
    Crowd { events: rounds * per_round, merchants, signed_in }
}

/// Something in a life that each merchant has of their own.
#[derive(Clone, PartialEq)]
enum Own {
    Id(Uuid),
    Hash([u8; 32]),
}

impl Own {
    fn bytes(&self) -> &[u8] {
        match self {
            Self::Id(id) => id.as_bytes(),
            Self::Hash(hash) => hash,
        }
    }

    /// What stands in its place in the life of another merchant: ids in the order of their making.
    fn of(&self, number: u64, index: usize) -> Vec<u8> {
        let mixed =
            |part: u64| mix(number.wrapping_mul(64).wrapping_add(index as u64) ^ (part << 56));
        match self {
            Self::Id(_) => {
                let high = (number << 16) | index as u64;
                Uuid::from_u64_pair(high, mixed(0)).as_bytes().to_vec()
            }
            Self::Hash(_) => (0..4).flat_map(|part| mixed(part).to_be_bytes()).collect(),
        }
    }
}

/// SplitMix64.
fn mix(number: u64) -> u64 {
    let mut z = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// Bytes, and where in them something stands that each merchant has of their own.
struct Text {
    bytes: Vec<u8>,
    owned: Vec<(usize, usize)>,
}

impl Text {
    fn new(bytes: &[u8], owns: &[Own]) -> Self {
        let places = |(index, own): (usize, &Own)| {
            let wanted = own.bytes().to_vec();
            let starts = bytes.windows(wanted.len()).enumerate();
            let places: Vec<_> =
                starts.filter(|(_, part)| *part == wanted).map(|(at, _)| (at, index)).collect();
            places
        };
        Self { bytes: bytes.to_vec(), owned: owns.iter().enumerate().flat_map(places).collect() }
    }

    fn of(&self, number: u64, owns: &[Own]) -> Vec<u8> {
        let mut bytes = self.bytes.clone();
        for (at, index) in &self.owned {
            let own = owns[*index].of(number, *index);
            bytes[*at..*at + own.len()].copy_from_slice(&own);
        }
        bytes
    }
}

struct Life {
    owns: Vec<Own>,
    merchant: usize,
    user: usize,
    generation: u32,
    streams: Vec<Stream>,
}

struct Stream {
    category: String,
    /// `None` for the claim of an address.
    key: Option<usize>,
    events: Vec<Event>,
}

struct Event {
    record: Vec<u8>,
    facts: Text,
    actor: Option<Text>,
    sealed: Vec<(usize, Text)>,
}

/// Lets the few live.
async fn lives() -> Vec<Life> {
    let world = World::embedded().await;
    let mut lives = vec![];
    for (index, stage) in STAGES.into_iter().enumerate() {
        let life = world.life(index);
        life.live_until(stage).await.unwrap();
        let merchant = newest_merchant(&world);
        lives.push(Life::of(&world, merchant).await);
    }
    world.server.stop().await;
    lives
}

fn newest_merchant(world: &World) -> MerchantId {
    let rows = world.server.app.projections.models().directory.rows();
    rows.last().unwrap().merchant
}

impl Life {
    async fn of(world: &World, merchant: MerchantId) -> Self {
        let store = &world.server.app.store;
        let state = store.load::<Merchant>(merchant, AsOf::Now).await.unwrap().state;
        let user = state.account.owner.unwrap();
        let of_user = store.load::<User>(user, AsOf::Now).await.unwrap().state;
        let mut owns = vec![Own::Id(merchant.uuid()), Own::Id(user.uuid())];
        owns.extend(state.file.people.keys().map(|id| Own::Id(id.uuid())));
        owns.extend(state.file.documents.keys().map(|id| Own::Id(id.uuid())));
        owns.extend(state.contract.presented.iter().map(|p| Own::Id(p.contract.uuid())));
        owns.extend(state.contract.filed.iter().map(|filed| Own::Id(filed.document.uuid())));
        owns.extend(state.review.items.keys().map(|id| Own::Id(id.uuid())));
        owns.extend(state.keys.keys.keys().map(|id| Own::Id(id.uuid())));
        owns.extend(state.keys.keys.values().map(|key| Own::Hash(key.key.hash)));
        let email = of_user.email.as_ref().unwrap().known().unwrap();
        let claim = <store::EmailClaim as Aggregate>::stream(world.server.app.email_key(email));
        let mut streams = vec![];
        for stream in [claim, StreamId::new(USER, user.uuid()), merchant_stream(merchant)] {
            let records = store.ledger.read_stream(&stream, Revision(0), 10_000).await.unwrap();
            streams.push(Stream::of(&stream, &records, &owns, &store.vault));
        }
        Self { owns, merchant: 0, user: 1, generation: of_user.session_generation, streams }
    }

    fn events(&self) -> u64 {
        self.streams.iter().map(|stream| stream.events.len() as u64).sum()
    }

    fn id(&self, number: u64, index: usize) -> Uuid {
        Uuid::from_slice(&self.owns[index].of(number, index)).unwrap()
    }

    fn merchant(&self, number: u64) -> MerchantId {
        MerchantId::from_uuid(self.id(number, self.merchant))
    }

    fn session(&self, number: u64) -> Session {
        // By the clock of the server that will be asked.
        let now: DateTime<Utc> = START.parse().unwrap();
        Session {
            id: SessionId::from_u128(u128::from(number) + 1),
            subject: UserId::from_uuid(self.id(number, self.user)).into(),
            audience: api::auth::sessions::Audience::Portal.code().to_owned(),
            generation: self.generation,
            created_at: now,
            last_seen_at: now,
            proof: None,
            device: String::new(),
        }
    }

    async fn live(&self, number: u64, ledger: &dyn Ledger, vault: &Vault, chance: &dyn Chance) {
        for stream in &self.streams {
            let name = stream.name(number, self);
            let mut records = vec![];
            let mut previous = [0; 32];
            for event in &stream.events {
                let record = event.of(number, &name, previous, self, vault, chance).await;
                previous = record::leaf_hash(&record.bytes);
                records.push(record);
            }
            ledger.append(&name, ExpectedRevision::NoStream, &records).await.unwrap();
        }
    }
}

impl Stream {
    fn of(stream: &StreamId, records: &[StoredRecord], owns: &[Own], vault: &Vault) -> Self {
        let key = id_of::<MerchantId>(stream, MERCHANT)
            .map(Id::uuid)
            .or_else(|| id_of::<UserId>(stream, USER).map(Id::uuid))
            .map(|id| index_of(id, owns));
        let events = records.iter().map(|stored| Event::of_record(stored, owns, vault)).collect();
        Self { category: stream.category().to_owned(), key, events }
    }

    fn name(&self, number: u64, life: &Life) -> StreamId {
        match self.key {
            Some(index) => StreamId::new(&self.category, life.id(number, index)),
            None => {
                let hash: String =
                    (0..4).map(|part| format!("{:016x}", mix(number ^ (part << 60)))).collect();
                StreamId::new(&self.category, hash)
            }
        }
    }
}

fn index_of(id: Uuid, owns: &[Own]) -> usize {
    owns.iter().position(|own| *own == Own::Id(id)).expect("an id that is known")
}

impl Event {
    fn of_record(stored: &StoredRecord, owns: &[Own], vault: &Vault) -> Self {
        let envelope = record::decode(&stored.bytes).unwrap();
        let sealed = envelope
            .sealed
            .iter()
            .map(|set| {
                let subject = Uuid::from_bytes(set.subject);
                let key = match vault.key(SubjectId::from_uuid(subject)).unwrap() {
                    Key::Known(key) => key,
                    missing @ (Key::Destroyed | Key::Missing) => panic!("{missing:?}"),
                };
                let place = place(envelope.stream, envelope.event_id, set.set, set.subject);
                let plain = seal::open(&key, &place, set.blob).unwrap();
                (index_of(subject, owns), Text::new(&plain, owns))
            })
            .collect();
        Self {
            record: stored.bytes.to_vec(),
            facts: Text::new(envelope.facts, owns),
            actor: envelope.actor_id.map(|id| Text::new(&id, owns)),
            sealed,
        }
    }

    async fn of(
        &self,
        number: u64,
        stream: &StreamId,
        previous: [u8; 32],
        life: &Life,
        vault: &Vault,
        chance: &dyn Chance,
    ) -> NewRecord {
        let envelope = record::decode(&self.record).unwrap();
        let event_id = Uuid::from_u64_pair(
            mix(number ^ (envelope.revision << 48)),
            mix(Uuid::from_bytes(envelope.event_id).as_u64_pair().0 ^ number),
        );
        let mut blobs = vec![];
        for ((subject, plain), set) in self.sealed.iter().zip(&envelope.sealed) {
            let subject = life.id(number, *subject);
            let key = match vault.introduce(SubjectId::from_uuid(subject)).await.unwrap() {
                Key::Known(key) => key,
                missing @ (Key::Destroyed | Key::Missing) => panic!("{missing:?}"),
            };
            let bytes = subject.into_bytes();
            let place = place(stream.as_str(), event_id.into_bytes(), set.set, bytes);
            let plain = plain.of(number, &life.owns);
            blobs.push((set.set, bytes, seal::seal(&key, &place, &plain, chance).unwrap()));
        }
        let facts = self.facts.of(number, &life.owns);
        let actor = self.actor.as_ref().map(|actor| actor.of(number, &life.owns));
        let new = Envelope {
            event_id: event_id.into_bytes(),
            stream: stream.as_str(),
            actor_id: actor.map(|id| id.try_into().unwrap()),
            command_id: event_id.into_bytes(),
            correlation_id: event_id.into_bytes(),
            previous,
            facts: &facts,
            sealed: blobs
                .iter()
                .map(|(set, subject, blob)| SealedSet { set, subject: *subject, blob })
                .collect(),
            ..envelope
        };
        NewRecord { event_id, bytes: record::encode(&new).unwrap() }
    }
}
