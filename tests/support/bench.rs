//! What the benchmarks on a crowd have in common: how large it is, where it lies, and how to run.

use crate::crowd::{self, Crowd};
use clap::Parser;
use std::path::{Path, PathBuf};

#[derive(Parser)]
struct Arguments {
    /// Events of the crowd, or a few more
    #[arg(long, default_value_t = 200_000)]
    events: u64,
    /// Where it lies, or is made; somewhere temporary unless told
    #[arg(long)]
    directory: Option<PathBuf>,
    /// Given by cargo
    #[arg(long, hide = true)]
    bench: bool,
}

/// Makes the crowd that the command line asks for, unless it is there, and measures something on it.
pub fn on_a_crowd(measure: impl AsyncFnOnce(&Path, Crowd)) {
    let arguments = Arguments::parse();
    let scratch = tempfile::tempdir().unwrap();
    let directory = arguments.directory.unwrap_or(scratch.path().to_owned());
    on_both_cores(async {
        let crowd = crowd::filled(&directory, arguments.events, 0).await;
        measure(&directory, crowd).await;
    });
}

pub fn on_both_cores(measure: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap().block_on(measure);
}

/// The memory of this process that is not a part of files, in bytes.
#[allow(clippy::float_arithmetic, reason = "it measures")]
pub fn memory() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("RssAnon:")).unwrap();
    let kilobytes: u32 = line.split_whitespace().nth(1).unwrap().parse().unwrap();
    f64::from(kilobytes) * 1024.0
}
