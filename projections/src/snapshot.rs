//! Snapshots of the read models: one file that grows by what has changed, thrown away whenever
//! anything about it is off.
//!
//! ```text
//! "GRFSNAP" ‖ version ‖ which events there are (8 bytes), then parts:
//! length (8 bytes) ‖ position (8 bytes) ‖ sealed postcard of that length
//! ```
//!
//! Sealed, because read models hold names in clear; the key lies in the vault. Each part is sealed
//! for its place: behind the one before it. So a part that was cut off, changed or moved ends the
//! snapshot before it. The last part says up to which record it reaches, so that a snapshot of
//! another ledger is recognised. Nothing is flushed: what a power cut leaves is as good as what it
//! opens to.

use crate::models::changes::Added;
use crate::models::looks::Entry;
use crate::models::staff::Member;
use crate::models::{Changed, OfMerchant, ReadModels};
use domain::looks::Month;
use domain::{MerchantId, StaffId};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::{HashMap, HashSet};
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};
use store::chance::Chance;
use store::ends::{End, Ends, StreamKey};
use store::files::{self, Readers};
use store::seal::{self, DataKey};
use store::{Mark, Position};

pub const SNAPSHOT_FILE: &str = "read_models.snapshot";
const MAGIC: &[u8; 7] = b"GRFSNAP";
/// Raise it whenever a model changes: older snapshots are then folded again.
const VERSION: u8 = 10;
const HEADER_BYTES: usize = 16;
/// A program that knows other events folds them itself: an older one then meets what it does not know
/// before it serves anybody, and not behind a snapshot that a newer one has left.
static HEADER: LazyLock<[u8; HEADER_BYTES]> = LazyLock::new(|| {
    let mut events = Sha256::new();
    for shape in store::codec::shapes() {
        events.update(format!("{} {}\n", shape.event_type, shape.version));
    }
    let mut header = [0; HEADER_BYTES];
    let bytes = MAGIC.iter().chain([&VERSION]).copied().chain(events.finalize());
    header.iter_mut().zip(bytes).for_each(|(place, byte)| *place = byte);
    header
});
/// What stands before each sealed part.
const PLACE_BYTES: usize = 16;
/// Parts are made one when they take so many times what the first took, and this.
const GROWTH: u64 = 2;
const GROWTH_BYTES: u64 = 4 * 1024 * 1024;

/// What changed since the part before, up to a record.
#[derive(Serialize, Deserialize)]
struct Part {
    mark: Mark,
    changed: Vec<Changed>,
}

/// A snapshot that is written on.
pub struct Snapshot {
    path: PathBuf,
    key: DataKey,
    link: Link,
    bytes: u64,
    /// What the first part takes.
    first_bytes: u64,
}

/// What a part is sealed for: the salt of the one before it.
type Link = [u8; 32];

impl Snapshot {
    /// Opens the snapshot in `directory`, and answers what is in it.
    pub fn open(directory: &Path, key: &DataKey) -> (Self, Option<Restored>) {
        let path = directory.join(SNAPSHOT_FILE);
        let found = read_parts(&path, key);
        let snapshot = Self {
            path,
            key: key.clone(),
            link: found.link,
            bytes: found.bytes,
            first_bytes: found.first_bytes,
        };
        (snapshot, found.restored(key))
    }

    /// Begins anew: what is there is worth nothing.
    pub fn begin(&mut self) {
        (self.link, self.bytes, self.first_bytes) = ([0; 32], 0, 0);
    }

    pub fn remove(&mut self) -> io::Result<()> {
        self.begin();
        match std::fs::remove_file(&self.path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            Ok(()) | Err(_) => Ok(()),
        }
    }

    /// Writes on what has changed up to a mark, or gives it back.
    pub fn write(
        &mut self,
        changed: Vec<Changed>,
        mark: Mark,
        chance: &dyn Chance,
    ) -> Result<(), (Vec<Changed>, io::Error)> {
        let part = Part { mark, changed };
        if let Err(error) = self.write_part(&part, chance) {
            return Err((part.changed, error));
        }
        // What is forgotten stands in the parts before, too.
        let forgets = part.changed.iter().any(|one| one.added.forgotten().next().is_some());
        if (forgets || self.bytes > GROWTH * self.first_bytes + GROWTH_BYTES)
            && let Err(error) = self.make_one(chance)
        {
            tracing::warn!(%error, "the parts of the snapshot were not made one");
        }
        Ok(())
    }

    fn write_part(&mut self, part: &Part, chance: &dyn Chance) -> io::Result<()> {
        let part = self.sealed(part, chance)?;
        let mut file =
            OpenOptions::new().write(true).create(true).truncate(false).open(&self.path)?;
        if self.bytes == 0 {
            file.write_all(HEADER.as_slice())?;
            self.bytes = HEADER_BYTES as u64;
        }
        // Whatever lies behind was cut off while it was written.
        file.set_len(self.bytes)?;
        file.seek(SeekFrom::End(0))?;
        file.write_all(&part)?;
        self.count(&part);
        Ok(())
    }

    /// Replaces all parts by one that says the same.
    fn make_one(&mut self, chance: &dyn Chance) -> io::Result<()> {
        let Some(whole) = read_parts(&self.path, &self.key).merged() else {
            return Err(io::Error::other("it cannot be read again"));
        };
        let mut one = Self {
            path: self.path.clone(),
            key: self.key.clone(),
            link: [0; 32],
            bytes: 0,
            first_bytes: 0,
        };
        let part = one.sealed(&whole, chance)?;
        files::replace(&self.path, &[HEADER.as_slice(), &part].concat(), Readers::Usual)?;
        one.bytes = HEADER_BYTES as u64;
        one.count(&part);
        *self = one;
        Ok(())
    }

    fn sealed(&self, part: &Part, chance: &dyn Chance) -> io::Result<Vec<u8>> {
        let plain = store::postcard_bytes(part).map_err(io::Error::other)?;
        let position = part.mark.position;
        let sealed = seal::seal(&self.key, &context(&self.link, position), &plain, chance)
            .map_err(io::Error::other)?;
        let length = (sealed.len() as u64).to_be_bytes();
        Ok([length.as_slice(), &position.0.to_be_bytes(), &sealed].concat())
    }

    fn count(&mut self, part: &[u8]) {
        if self.first_bytes == 0 {
            self.first_bytes = part.len() as u64;
        }
        self.bytes += part.len() as u64;
        self.link = link_of(part.get(PLACE_BYTES..).unwrap_or_default());
    }
}

/// What a snapshot holds.
pub struct Restored {
    pub models: ReadModels,
    /// Where each stream ended.
    pub ends: Ends,
    /// Up to where.
    pub mark: Mark,
}

/// What the snapshot in `directory` holds; `None` if there is none that can be used.
pub fn read(directory: &Path, key: &DataKey) -> Option<Restored> {
    read_parts(&directory.join(SNAPSHOT_FILE), key).restored(key)
}

/// Whether there is one at all.
pub fn is_there(directory: &Path) -> bool {
    directory.join(SNAPSHOT_FILE).exists()
}

/// The parts of a file up to where they can be used.
struct Parts {
    parts: Vec<Part>,
    link: Link,
    bytes: u64,
    first_bytes: u64,
}

fn read_parts(path: &Path, key: &DataKey) -> Parts {
    let mut found = Parts { parts: vec![], link: [0; 32], bytes: 0, first_bytes: 0 };
    let Ok(mut file) = File::open(path) else { return found };
    let mut header = [0; HEADER_BYTES];
    if file.read_exact(&mut header).is_err() || header != *HEADER {
        return found;
    }
    found.bytes = HEADER_BYTES as u64;
    let mut left = file.metadata().map_or(0, |file| file.len()).saturating_sub(found.bytes);
    while let Some((part, link, bytes)) = read_part(&mut file, left, key, &found.link) {
        found.parts.push(part);
        found.link = link;
        found.bytes += bytes;
        left -= bytes;
        if found.first_bytes == 0 {
            found.first_bytes = bytes;
        }
    }
    found
}

fn read_part(file: &mut File, left: u64, key: &DataKey, link: &Link) -> Option<(Part, Link, u64)> {
    let mut place = [0; PLACE_BYTES];
    file.read_exact(&mut place).ok()?;
    let (length, position) = place.split_first_chunk::<8>()?;
    let length = u64::from_be_bytes(*length);
    let bytes = length.checked_add(PLACE_BYTES as u64).filter(|bytes| *bytes <= left)?;
    let position = Position(u64::from_be_bytes(position.try_into().ok()?));
    let mut sealed = vec![0; usize::try_from(length).ok()?];
    file.read_exact(&mut sealed).ok()?;
    let plain = seal::open(key, &context(link, position), &sealed).ok()?;
    let part: Part = store::from_postcard_bytes(&plain)?;
    Some((part, link_of(&sealed), bytes))
}

impl Parts {
    fn restored(self, key: &DataKey) -> Option<Restored> {
        let mark = self.parts.last()?.mark;
        let (models, ends) = (ReadModels::keyed(key), Ends::default());
        for changed in self.parts.into_iter().flat_map(|part| part.changed) {
            models.restore(changed, &ends);
        }
        // Each record leaves a trace: where one is missing, so is what else it changed.
        let is_complete = models.audit_trail.records() == mark.position.0 + 1;
        is_complete.then_some(Restored { models, ends, mark })
    }

    /// What all of them say together: of each row the newest.
    fn merged(self) -> Option<Part> {
        let mark = self.parts.last()?.mark;
        let mut merchants: HashMap<MerchantId, OfMerchant> = HashMap::new();
        let mut staff: HashMap<StaffId, Arc<Member>> = HashMap::new();
        let mut ends: HashMap<StreamKey, End> = HashMap::new();
        let mut changed = vec![];
        let all = self.parts.iter().flat_map(|part| &part.changed);
        let forgotten: HashSet<Month> = all.flat_map(|one| one.added.forgotten()).collect();
        for one in self.parts.into_iter().flat_map(|part| part.changed) {
            merchants.extend(one.merchants.into_iter().map(|row| (row.merchant, row)));
            staff.extend(one.staff.into_iter().map(|member| (member.id, member)));
            ends.extend(one.ends);
            let (merchants, staff, ends) = Default::default();
            let mut added = one.added;
            added.looks.retain(|look| {
                matches!(look, Entry::Forgotten(_)) || !forgotten.contains(&look.month())
            });
            changed.push(Changed { merchants, staff, ends, added });
        }
        changed.push(Changed {
            merchants: merchants.into_values().collect(),
            staff: staff.into_values().collect(),
            ends: ends.into_iter().collect(),
            added: Added::default(),
        });
        Some(Part { mark, changed })
    }
}

fn context(link: &Link, position: Position) -> Vec<u8> {
    [MAGIC.as_slice(), link, &position.0.to_be_bytes()].concat()
}

/// What is sealed begins with its salt.
fn link_of(sealed: &[u8]) -> Link {
    sealed.first_chunk().copied().unwrap_or_default()
}
