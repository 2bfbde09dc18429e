//! How many pages a stranger's PDF has. Half a megabyte can unfold to half a gigabyte, and nobody can
//! say so before it does: so the server has it looked into by a process of its own, which may take so
//! much memory and so much time, and whose end is nobody else's.

use axum::body::Bytes;
use domain::client_file::DOCUMENT_BYTES_MAX;
use hayro_syntax::Pdf;
use rustix::process::{Pid, Resource, Rlimit, prlimit, setpriority_process};
use std::io::{self, Read, Write};
use std::process::{Child, Command, ExitCode, Stdio};
use std::sync::Arc;

/// The command of this program that counts the pages of what comes on its standard input.
pub const COMMAND: &str = "count-pages";

/// This very program, also when another has been put in its place since.
const SELF: &str = "/proc/self/exe";
const MEMORY_MAX: u64 = 512 * 1024 * 1024;
const CPU_SECONDS_MAX: u64 = 5;
const NICE: i32 = 10;

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
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    let outcome = bound(&child).and_then(|()| hand_over(&mut child, bytes));
    if outcome.is_err() {
        child.kill()?;
    }
    let output = child.wait_with_output()?;
    outcome?;
    let said = String::from_utf8_lossy(&output.stdout);
    Ok(said.trim().parse().ok().filter(|_| output.status.success()))
}

/// Sets its limits. It waits for what it is to read, so that it does nothing before.
fn bound(child: &Child) -> io::Result<()> {
    let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
    for (resource, most) in [(Resource::As, MEMORY_MAX), (Resource::Cpu, CPU_SECONDS_MAX)] {
        prlimit(pid, resource, Rlimit { current: Some(most), maximum: Some(most) })?;
    }
    // Whoever asks for something else goes first.
    setpriority_process(pid, NICE)?;
    Ok(())
}

fn hand_over(child: &mut Child, bytes: &[u8]) -> io::Result<()> {
    let Some(mut input) = child.stdin.take() else { return Ok(()) };
    match input.write_all(bytes) {
        // It has ended before: its status says why.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        outcome => outcome,
    }
}

/// What that process does.
pub fn count() -> ExitCode {
    let mut bytes = vec![];
    let mut input = io::stdin().lock().take(DOCUMENT_BYTES_MAX + 1);
    let read = input.read_to_end(&mut bytes);
    match read.ok().and_then(|_| pages(&bytes.into())) {
        Some(pages) if writeln!(io::stdout(), "{pages}").is_ok() => ExitCode::SUCCESS,
        Some(_) | None => ExitCode::FAILURE,
    }
}
