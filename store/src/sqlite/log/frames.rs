//! The frames of a log, looked at as they lie in the file.
//!
//! SQLite reads a log up to the first frame whose checksum does not fit, and leaves out what follows without
//! a word: after a power cut that is the commit that was being written. A bit that flipped in an older frame
//! looks the same to it, and takes away what was flushed and acknowledged. Two things tell them apart: a
//! commit is written only once the one before it is flushed, so that nothing whole lies behind a torn one;
//! and what was torn is never a single bit away from what was written.
//!
//! The format: <https://www.sqlite.org/fileformat2.html#walformat>.

use std::fmt;
use std::io;
use std::path::Path;

const HEADER_BYTES: usize = 32;
const FRAME_HEADER_BYTES: usize = 24;
/// What stands before the checksum of the header.
const HEADER_SUMMED: usize = 24;
/// What of a frame's header goes into its checksum: the page, and how many there are after a commit.
const FRAME_SUMMED: usize = 8;
const MAGIC: u32 = 0x377f_0682;

/// What lies in a log beyond the part that SQLite reads.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LeftOut {
    /// Where in the file the first frame begins that does not fit.
    pub at: u64,
    /// Frames of this log from there on.
    pub frames: u64,
    /// Commits among them that are whole.
    pub commits: u64,
    /// Whether they were flushed: then they were acknowledged, and what broke the log came later.
    pub was_flushed: bool,
}

impl fmt::Display for LeftOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { frames, commits, .. } = self;
        write!(f, "{frames} pages from there on are left out, {commits} whole commits among them")
    }
}

/// What a log leaves out; `None` where it is whole, empty or not there.
pub fn left_out(log: &Path) -> io::Result<Option<LeftOut>> {
    match std::fs::read(log) {
        Ok(bytes) => Ok(Log::of(&bytes).and_then(|log| log.left_out())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

type Sum = (u32, u32);

struct Log<'a> {
    header: &'a [u8],
    frames: Vec<&'a [u8]>,
    order: Order,
}

impl<'a> Log<'a> {
    /// `None` where no frame was ever written.
    fn of(bytes: &'a [u8]) -> Option<Self> {
        let (header, frames) = bytes.split_at_checked(HEADER_BYTES)?;
        let page = word(header, 8)? as usize;
        // A size that no page has is part of what is damaged: ours all have this one.
        let page =
            if page.is_power_of_two() && (512..=65_536).contains(&page) { page } else { 8_192 };
        let frames: Vec<&[u8]> = frames.chunks_exact(FRAME_HEADER_BYTES + page).collect();
        let order = if word(header, 0)? & 1 == 1 { Order::Big } else { Order::Little };
        (!frames.is_empty()).then_some(Self { header, frames, order })
    }

    fn left_out(&self) -> Option<LeftOut> {
        let header_fits = self.order.header_fits(self.header);
        // Frames of an earlier log lie behind those of this one, with other salts.
        let salts = match header_fits {
            true => self.header.get(16..24)?,
            false => self.frames.first()?.get(8..16)?,
        };
        let mut before = stored(self.header, HEADER_SUMMED)?;
        let mut broken = None;
        for (index, frame) in self.frames.iter().enumerate() {
            if !header_fits || !self.order.fits(frame, salts, before) {
                broken = Some(index);
                break;
            }
            before = stored(frame, 16)?;
        }
        let broken = broken?;
        let rest = self.frames.get(broken..)?;
        let is_of_this_log = |frame: &&&[u8]| frame.get(8..16) == Some(salts);
        let later = || rest.iter().zip(rest.iter().skip(1));
        // Each says what it follows: so far as it is whole, it fits what the one before it says.
        let is_whole = |(before, frame): &(&&[u8], &&[u8])| {
            stored(before, 16).is_some_and(|before| self.order.fits(frame, salts, before))
        };
        let is_commit = |frame: &&[u8]| word(frame, 4).is_some_and(|pages| pages != 0);
        let commits = later().filter(is_whole).filter(|(_, frame)| is_commit(frame)).count() as u64;
        let first = rest.first()?;
        let is_first_a_commit = is_commit(first) && first.get(8..16) == Some(salts);
        let was_flushed = match header_fits {
            // A log's header is flushed before its first frame is written.
            false => commits > 0 || self.is_header_one_bit_away(),
            true => {
                commits > u64::from(!is_first_a_commit)
                    || self.is_one_bit_away(first, salts, before)
            }
        };
        let frames = rest.iter().filter(is_of_this_log).count() as u64;
        let is_anything_there = frames > 0 || was_flushed;
        let at = HEADER_BYTES + broken * first.len();
        is_anything_there.then_some(LeftOut { at: at as u64, frames, commits, was_flushed })
    }

    /// Whether a frame would fit if a single bit of it were another.
    fn is_one_bit_away(&self, frame: &[u8], salts: &[u8], before: Sum) -> bool {
        one_bit_away(&mut frame.to_vec(), |frame| self.order.fits(frame, salts, before))
    }

    fn is_header_one_bit_away(&self) -> bool {
        let orders = [Order::Little, Order::Big];
        let fits = |header: &[u8]| orders.iter().any(|order| order.header_fits(header));
        one_bit_away(&mut self.header.to_vec(), fits)
    }
}

/// How words are read into sums; the first bit of a log says it.
#[derive(Clone, Copy)]
enum Order {
    Little,
    Big,
}

impl Order {
    fn header_fits(self, header: &[u8]) -> bool {
        let summed = header.get(..HEADER_SUMMED).map(|summed| self.sum((0, 0), summed));
        let magic = match self {
            Self::Little => MAGIC,
            Self::Big => MAGIC | 1,
        };
        word(header, 0) == Some(magic)
            && summed.is_some()
            && summed == stored(header, HEADER_SUMMED)
    }

    /// Whether a frame is of the log with these salts and follows one with this sum.
    fn fits(self, frame: &[u8], salts: &[u8], before: Sum) -> bool {
        frame.get(8..16) == Some(salts)
            && self.sum_of(frame, before).is_some_and(|sum| Some(sum) == stored(frame, 16))
    }

    fn sum_of(self, frame: &[u8], before: Sum) -> Option<Sum> {
        let begun = self.sum(before, frame.get(..FRAME_SUMMED)?);
        Some(self.sum(begun, frame.get(FRAME_HEADER_BYTES..)?))
    }

    /// The running sum of a log, over words of four bytes, two by two.
    fn sum(self, (mut one, mut two): Sum, bytes: &[u8]) -> Sum {
        let number = |bytes: [u8; 4]| match self {
            Self::Little => u32::from_le_bytes(bytes),
            Self::Big => u32::from_be_bytes(bytes),
        };
        let (pairs, _) = bytes.as_chunks::<8>();
        for [a, b, c, d, e, f, g, h] in pairs {
            one = one.wrapping_add(number([*a, *b, *c, *d])).wrapping_add(two);
            two = two.wrapping_add(number([*e, *f, *g, *h])).wrapping_add(one);
        }
        (one, two)
    }
}

/// Tries each bit, and leaves the bytes as they were.
fn one_bit_away(bytes: &mut [u8], fits: impl Fn(&[u8]) -> bool) -> bool {
    for bit in 0..bytes.len() * 8 {
        let (byte, mask) = (bit / 8, 1 << (bit % 8));
        if let Some(byte) = bytes.get_mut(byte) {
            *byte ^= mask;
        }
        let does_fit = fits(bytes);
        if let Some(byte) = bytes.get_mut(byte) {
            *byte ^= mask;
        }
        if does_fit {
            return true;
        }
    }
    false
}

/// A number as the log's own fields are written.
fn word(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().map(|word| u32::from_be_bytes(*word))
}

fn stored(bytes: &[u8], at: usize) -> Option<Sum> {
    Some((word(bytes, at)?, word(bytes, at + 4)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rusqlite::Connection;
    use rusqlite::config::DbConfig;
    use std::path::PathBuf;

    /// Small, so that every bit can be tried.
    const PAGE: usize = 512;

    /// A log of some commits, each of several frames, as a process that is killed leaves it.
    fn log(directory: &Path, commits: u32) -> PathBuf {
        let path = directory.join("some.db");
        let connection = Connection::open(&path).unwrap();
        connection.pragma_update(None, "page_size", PAGE as i64).unwrap();
        connection.pragma_update(None, "journal_mode", "WAL").unwrap();
        connection.pragma_update(None, "wal_autocheckpoint", 0).unwrap();
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true).unwrap();
        connection.execute_batch("CREATE TABLE some (bytes BLOB)").unwrap();
        for _ in 1..commits {
            let sql = "INSERT INTO some VALUES (randomblob(1000)), (randomblob(1000))";
            connection.execute(sql, []).unwrap();
        }
        directory.join("some.db-wal")
    }

    fn rows(path: &Path) -> Result<i64, rusqlite::Error> {
        let connection = Connection::open(path.with_file_name("some.db"))?;
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
        connection.query_row("SELECT count(*) FROM some", [], |row| row.get(0))
    }

    fn left_out_of(bytes: &[u8]) -> Option<LeftOut> {
        Log::of(bytes).and_then(|log| log.left_out())
    }

    #[test]
    fn a_log_that_is_whole_leaves_nothing_out() {
        let directory = tempfile::tempdir().unwrap();
        let path = log(directory.path(), 4);
        assert_eq!(left_out(&path).unwrap(), None);
        assert_eq!(left_out(&directory.path().join("none")).unwrap(), None);
        assert_eq!(left_out_of(&[]), None);
        assert_eq!(left_out_of(&[0; 40]), None);
    }

    #[test]
    fn what_a_power_cut_tears_was_not_flushed() {
        let directory = tempfile::tempdir().unwrap();
        let bytes = std::fs::read(log(directory.path(), 4)).unwrap();
        let frame = FRAME_HEADER_BYTES + PAGE;
        let last = bytes.len() - frame;
        // Cut off anywhere in the last commit, or with a sector of it that never arrived.
        for cut in [bytes.len() - 1, last, last - frame, last + 100] {
            let found = left_out_of(&bytes[..cut]);
            assert!(found.is_none_or(|found| !found.was_flushed), "{cut}: {found:?}");
        }
        for sector in (last - 2 * frame..bytes.len() - 64).step_by(64) {
            let mut torn = bytes.clone();
            torn[sector..sector + 64].fill(0);
            let found = left_out_of(&torn).unwrap();
            assert!(!found.was_flushed, "{sector}: {found:?}");
        }
    }

    #[test]
    fn a_bit_that_flips_anywhere_is_no_torn_commit() {
        let directory = tempfile::tempdir().unwrap();
        let path = log(directory.path(), 4);
        let bytes = std::fs::read(&path).unwrap();
        let all = rows(&path).unwrap();
        for bit in (0..HEADER_BYTES * 8).chain((HEADER_BYTES * 8..bytes.len() * 8).step_by(97)) {
            let mut flipped = bytes.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            let found = left_out_of(&flipped).is_some_and(|found| found.was_flushed);
            assert!(found, "bit {bit} of {}", bytes.len() * 8);
        }
        // SQLite itself says nothing.
        let mut flipped = bytes;
        flipped[HEADER_BYTES + 100] ^= 1;
        std::fs::write(&path, &flipped).unwrap();
        assert!(rows(&path).is_ok_and(|rows| rows < all) || rows(&path).is_err());
    }

    #[test]
    fn two_bits_of_an_older_commit_are_told_by_what_was_written_after_it() {
        let directory = tempfile::tempdir().unwrap();
        let mut bytes = std::fs::read(log(directory.path(), 4)).unwrap();
        bytes[HEADER_BYTES + 200] ^= 3;
        let found = left_out_of(&bytes).unwrap();
        assert!(found.was_flushed && found.commits >= 2, "{found:?}");
        assert_eq!(found.at, HEADER_BYTES as u64);
    }

    #[test]
    fn frames_of_an_earlier_log_are_not_missed() {
        let directory = tempfile::tempdir().unwrap();
        let path = log(directory.path(), 4);
        let connection = Connection::open(path.with_file_name("some.db")).unwrap();
        connection.query_row("PRAGMA wal_checkpoint(RESTART)", [], |_| Ok(())).unwrap();
        connection.execute("INSERT INTO some VALUES (x'00')", []).unwrap();
        assert_eq!(left_out(&path).unwrap(), None);
    }
}
