//! How many pages a stranger's PDF has. Half a megabyte can unfold to half a gigabyte, and nobody can
//! say so before it does: so the server has it looked into by a process of its own, which may take so
//! much memory and so much time, and whose end is nobody else's.

use axum::body::Bytes;
use domain::client_file::DOCUMENT_BYTES_MAX;
use hayro_syntax::Pdf;
use rustix::process::{
    DumpableBehavior, Resource, Rlimit, Signal, set_dumpable_behavior, setpriority_process,
    setrlimit,
};
use std::io::{self, Read, Write};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, Command, ExitCode, Stdio};
use std::sync::Arc;

/// The command of this program that counts the pages of what comes on its standard input.
pub const COMMAND: &str = "count-pages";

/// This very program, also when another has been put in its place since.
const SELF: &str = "/proc/self/exe";
const MEMORY_MAX: u64 = 512 * 1024 * 1024;
const CPU_SECONDS_MAX: u64 = 2;
/// Whoever asks for something else goes first.
const NICE: i32 = 10;
/// What ends a process that goes beyond its limits: aborted without memory, or in the middle of a
/// stack that is too small; out of time.
const LIMITS: [Signal; 5] = [Signal::ABORT, Signal::SEGV, Signal::BUS, Signal::XCPU, Signal::KILL];

/// `None` if it cannot be read.
pub fn pages(bytes: &Bytes) -> Option<usize> {
    Pdf::new(Arc::new(bytes.clone())).ok().map(|pdf| pdf.pages().len())
}

/// The same in a process of its own; `None` also where that takes too much. The thread waits for it.
pub fn pages_apart(bytes: &Bytes) -> io::Result<Option<usize>> {
    let mut child = Command::new(SELF)
        .arg(COMMAND)
        // The allocator would set more aside at its start than it may have.
        .env_clear()
        .env("MIMALLOC_ARENA_RESERVE", "0")
        // Ctrl-C at a terminal is meant for the server, which lets it come to its end.
        .process_group(0)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    let handed_over = hand_over(&mut child, bytes);
    if handed_over.is_err() {
        child.kill()?;
    }
    let output = child.wait_with_output()?;
    handed_over?;
    let is_own_end = |signal| LIMITS.iter().any(|known| known.as_raw() == signal);
    match output.status.signal() {
        Some(signal) if !is_own_end(signal) => {
            Err(io::Error::other(format!("what looks into documents was ended by signal {signal}")))
        }
        Some(_) => Ok(None),
        None => {
            let said = String::from_utf8_lossy(&output.stdout);
            Ok(said.trim().parse().ok().filter(|_| output.status.success()))
        }
    }
}

fn hand_over(child: &mut Child, bytes: &[u8]) -> io::Result<()> {
    let Some(mut input) = child.stdin.take() else { return Ok(()) };
    match input.write_all(bytes) {
        // It has ended before: its status says why.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        outcome => outcome,
    }
}

/// What that process does. It limits itself before it reads anything.
pub fn count() -> ExitCode {
    match bound().map_err(io::Error::from).and_then(|()| count_input()) {
        Ok(Some(pages)) if writeln!(io::stdout(), "{pages}").is_ok() => ExitCode::SUCCESS,
        Ok(_) | Err(_) => ExitCode::FAILURE,
    }
}

fn count_input() -> io::Result<Option<usize>> {
    let mut bytes = vec![];
    io::stdin().lock().take(DOCUMENT_BYTES_MAX + 1).read_to_end(&mut bytes)?;
    Ok(pages(&bytes.into()))
}

fn bound() -> rustix::io::Result<()> {
    // What it reads is in no file, whatever ends it.
    set_dumpable_behavior(DumpableBehavior::NotDumpable)?;
    for (resource, most) in
        [(Resource::Core, 0), (Resource::As, MEMORY_MAX), (Resource::Cpu, CPU_SECONDS_MAX)]
    {
        setrlimit(resource, Rlimit { current: Some(most), maximum: Some(most) })?;
    }
    setpriority_process(None, NICE)
}
