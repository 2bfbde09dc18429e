//! How often one thread can write 4 KiB and flush them: what any durable append has to pay.

use crate::load::Figures;
use anyhow::Result;
use std::fs::File;
use std::io::Write;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::time::{Duration, Instant};

const BLOCK: u64 = 4096;
/// Blocks of the file that is overwritten: 16 MiB.
const BLOCKS: u64 = 4096;

/// At the end of a growing file: each flush writes the file's new size, too.
pub fn append(directory: &Path, seconds: u64) -> Result<Figures> {
    let file = tempfile::tempfile_in(directory)?;
    flush_until(&file, seconds, |number| number * BLOCK)
}

/// In place, over blocks that were written and flushed before.
pub fn overwrite(directory: &Path, seconds: u64) -> Result<Figures> {
    let mut file = tempfile::tempfile_in(directory)?;
    for _ in 0..BLOCKS {
        file.write_all(&[0; BLOCK as usize])?;
    }
    file.sync_all()?;
    flush_until(&file, seconds, |number| number % BLOCKS * BLOCK)
}

fn flush_until(file: &File, seconds: u64, offset: impl Fn(u64) -> u64) -> Result<Figures> {
    let started = Instant::now();
    let mut times = vec![];
    for number in 0.. {
        let asked = Instant::now();
        file.write_all_at(&[7; BLOCK as usize], offset(number))?;
        file.sync_data()?;
        times.push(asked.elapsed());
        if started.elapsed() >= Duration::from_secs(seconds) {
            break;
        }
    }
    Ok(Figures::of(times, started.elapsed()))
}
