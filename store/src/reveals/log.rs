//! Looks that no server could record: a line for each in a file beside the vault, each chained to the one
//! before it.
//!
//! ```text
//! number ␠ SHA-256 of the line before, in hexadecimal (zeros before the first) ␠ the look, sealed, in hexadecimal
//! ```
//!
//! A line is on disk before anything is shown. One that a power cut tore belongs to a look that never
//! came about.

use super::RevealError;
use crate::chance::Chance;
use crate::codec;
use crate::files;
use crate::installation::{InstallationError, Lock};
use crate::seal;
use crate::vault::{Vault, VaultError};
use domain::looks::Look;
use sha2::{Digest, Sha256};
use std::fs::OpenOptions;
use std::io::{self, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use uuid::Uuid;

pub const REVEALS_FILE: &str = "reveals.log";
/// The secret that seals lines.
const SECRET: &str = "reveals";

/// A look that was noted.
pub struct Noted {
    /// Follows from the line.
    pub id: Uuid,
    pub look: Look,
    hash: [u8; 32],
}

domain::hidden!(Noted);

impl Noted {
    fn of(line: &str, look: Look) -> Self {
        let hash = hash(line);
        Self { id: Uuid::new_v5(&Uuid::NAMESPACE_OID, &hash), look, hash }
    }
}

/// Writes down that somebody looks, or says why they must not. The directory is locked meanwhile: no
/// server starts in it.
pub fn note(
    directory: &Path,
    vault: &Vault,
    look: &Look,
    chance: &dyn Chance,
) -> Result<(), RevealError> {
    let path = directory.join(REVEALS_FILE);
    let unwritten = |error| RevealError::Unwritten(path.clone(), error);
    let _lock = lock(directory)?;
    let lines = Lines::read(&path)?;
    let noted = lines.open(&path, vault)?;
    let number = noted.len() as u64 + 1;
    let previous = noted.last().map_or([0; 32], |last| last.hash);
    let plain = codec::look_bytes(look).map_err(|error| unwritten(io::Error::other(error)))?;
    let key = vault.secret(SECRET)?;
    let sealed = seal::seal(&key, &place(number, &previous), &plain, chance)
        .map_err(|error| unwritten(io::Error::other(error)))?;
    // One that stands there whole lacks its end alone.
    let (kept, end) = if noted.len() > lines.whole.len() {
        (lines.bytes + lines.torn.len() as u64, "\n")
    } else {
        (lines.bytes, "")
    };
    let line = format!("{end}{number} {} {}\n", hex::encode(previous), hex::encode(sealed));
    let mut options = OpenOptions::new();
    let mut file = options
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(&path)
        .map_err(unwritten)?;
    // What a power cut has torn is written over.
    file.set_len(kept).map_err(unwritten)?;
    file.seek(SeekFrom::End(0)).map_err(unwritten)?;
    file.write_all(line.as_bytes()).map_err(unwritten)?;
    file.sync_all().map_err(unwritten)?;
    files::flush_folder_of(&path).map_err(unwritten)
}

/// What was noted since the last start, in order.
pub fn noted(directory: &Path, vault: &Vault) -> Result<Vec<Noted>, RevealError> {
    let path = directory.join(REVEALS_FILE);
    Lines::read(&path)?.open(&path, vault)
}

/// Removes what was taken in.
pub fn clear(directory: &Path) -> Result<(), RevealError> {
    let path = directory.join(REVEALS_FILE);
    match std::fs::remove_file(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        removed => removed
            .and_then(|()| files::flush_folder_of(&path))
            .map_err(|error| RevealError::Unwritten(path, error)),
    }
}

fn lock(directory: &Path) -> Result<Lock, RevealError> {
    Lock::take(directory).map_err(|error| {
        if let InstallationError::InUse(path) = error {
            return RevealError::InUse(path);
        }
        RevealError::Unwritten(directory.to_owned(), io::Error::other(error))
    })
}

/// The lines of the file.
struct Lines {
    whole: Vec<String>,
    /// How many bytes those are.
    bytes: u64,
    /// What stands behind the last end of a line.
    torn: String,
}

impl Lines {
    fn read(path: &Path) -> Result<Self, RevealError> {
        let unread = |error| RevealError::Unread(path.to_owned(), error);
        let bytes = match std::fs::metadata(path) {
            Ok(file) if file.is_file() => std::fs::read(path).map_err(unread)?,
            Ok(_) => return Err(unread(io::Error::other("it is no file"))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => vec![],
            Err(error) => return Err(unread(error)),
        };
        let end = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |last| last + 1);
        let (whole, torn) = bytes.split_at(end);
        let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
        let lines = text(whole).lines().map(str::to_owned).collect();
        Ok(Self { whole: lines, bytes: end as u64, torn: text(torn) })
    }

    /// Each must continue the one before it, and open.
    fn open(&self, path: &Path, vault: &Vault) -> Result<Vec<Noted>, RevealError> {
        let mut previous = [0; 32];
        let mut noted = vec![];
        for (line, number) in self.whole.iter().zip(1..) {
            let look = read(line, number, &previous, vault)?;
            let path = || path.to_owned();
            let look = look.ok_or_else(|| RevealError::Altered { path: path(), line: number })?;
            noted.push(Noted::of(line, look));
            previous = hash(line);
        }
        // A look that was torn never came about; one that lacks its end alone may have.
        let number = noted.len() as u64 + 1;
        if let Some(look) = read(&self.torn, number, &previous, vault)? {
            noted.push(Noted::of(&self.torn, look));
        }
        Ok(noted)
    }
}

fn read(
    line: &str,
    number: u64,
    previous: &[u8; 32],
    vault: &Vault,
) -> Result<Option<Look>, VaultError> {
    let key = vault.secret(SECRET)?;
    let read = || {
        let rest = line.strip_prefix(&format!("{number} {} ", hex::encode(previous)))?;
        let sealed = hex::decode(rest).ok()?;
        let plain = seal::open(&key, &place(number, previous), &sealed).ok()?;
        codec::look_of(&plain)
    };
    Ok(read())
}

fn place(number: u64, previous: &[u8; 32]) -> Vec<u8> {
    [REVEALS_FILE.as_bytes(), &number.to_be_bytes(), previous].concat()
}

fn hash(line: &str) -> [u8; 32] {
    Sha256::digest(line.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::SeededChance;
    use crate::codec::samples::{id, text, time};
    use crate::seal::DataKey;
    use domain::looks::{Looker, Purpose, Thing};
    use std::sync::Arc;

    fn look(number: i64) -> Look {
        Look {
            at: time(number),
            looker: Looker::Account(text("operator (uid 1000)")),
            merchant: (number > 1).then(|| id(7)),
            thing: Thing::Replay,
            purpose: Purpose::Technical,
            reference: text("ticket 12"),
        }
    }

    fn vault(directory: &Path) -> Vault {
        Vault::open(directory, DataKey::new([1; 32]), Arc::new(SeededChance::new(1))).unwrap()
    }

    fn note_some(directory: &Path, vault: &Vault) -> std::path::PathBuf {
        for number in 1..=3 {
            note(directory, vault, &look(number), &SeededChance::new(number as u64)).unwrap();
        }
        directory.join(REVEALS_FILE)
    }

    #[tokio::test]
    async fn what_was_noted_is_taken_in_in_order_and_stands_nowhere_in_clear() {
        let directory = tempfile::tempdir().unwrap();
        let vault = vault(directory.path());
        assert!(noted(directory.path(), &vault).unwrap().is_empty());
        let file = note_some(directory.path(), &vault);
        let found = noted(directory.path(), &vault).unwrap();
        let looks: Vec<Look> = found.iter().map(|noted| noted.look.clone()).collect();
        assert_eq!(looks, [look(1), look(2), look(3)]);
        assert!(found[0].id != found[1].id);
        assert!(!std::fs::read_to_string(&file).unwrap().contains("operator"));
        clear(directory.path()).unwrap();
        assert!(noted(directory.path(), &vault).unwrap().is_empty());
        clear(directory.path()).unwrap();
    }

    #[tokio::test]
    async fn whatever_is_altered_left_out_or_moved_is_noticed() {
        let directory = tempfile::tempdir().unwrap();
        let vault = vault(directory.path());
        let file = note_some(directory.path(), &vault);
        let sound = std::fs::read_to_string(&file).unwrap();
        let lines: Vec<&str> = sound.lines().collect();
        let check = |text: String, line: Option<u64>| {
            std::fs::write(&file, text).unwrap();
            match (noted(directory.path(), &vault), line) {
                (Err(RevealError::Altered { line: found, .. }), Some(line)) => {
                    assert_eq!(found, line);
                }
                (Ok(_), None) => {}
                (other, _) => panic!("{:?} for {line:?}", other.map(|noted| noted.len())),
            }
        };
        check(format!("{}\n{}\n", lines[1], lines[2]), Some(1));
        check(format!("{}\n{}\n", lines[0], lines[2]), Some(2));
        check(format!("{}\n{}\n{}\n", lines[1], lines[0], lines[2]), Some(1));
        for at in (0..sound.len() - 1).step_by(7) {
            let mut bytes = sound.clone().into_bytes();
            bytes[at] ^= 1;
            std::fs::write(&file, bytes).unwrap();
            assert!(noted(directory.path(), &vault).is_err(), "byte {at}");
        }
        // What lacks its end alone is whole.
        check(sound[..sound.len() - 1].to_owned(), None);
        assert_eq!(noted(directory.path(), &vault).unwrap().len(), 3);
        note(directory.path(), &vault, &look(8), &SeededChance::new(8)).unwrap();
        assert_eq!(noted(directory.path(), &vault).unwrap().len(), 4);
        // What a power cut tore was never shown, and is written over.
        check(sound[..sound.len() - 9].to_owned(), None);
        assert_eq!(noted(directory.path(), &vault).unwrap().len(), 2);
        note(directory.path(), &vault, &look(9), &SeededChance::new(9)).unwrap();
        assert_eq!(noted(directory.path(), &vault).unwrap()[2].look, look(9));
    }

    #[tokio::test]
    async fn nobody_notes_where_a_server_works_or_nothing_can_be_written() {
        let directory = tempfile::tempdir().unwrap();
        let vault = vault(directory.path());
        let held = Lock::take(directory.path()).unwrap();
        let noted = note(directory.path(), &vault, &look(1), &SeededChance::new(1));
        assert!(matches!(noted, Err(RevealError::InUse(_))));
        drop(held);
        std::fs::create_dir(directory.path().join(REVEALS_FILE)).unwrap();
        let noted = note(directory.path(), &vault, &look(1), &SeededChance::new(1));
        assert!(matches!(noted, Err(RevealError::Unread(..) | RevealError::Unwritten(..))));
    }
}
