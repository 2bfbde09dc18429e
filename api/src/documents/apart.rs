//! Looking into a stranger's document. Half a megabyte can unfold to half a gigabyte, and nobody can
//! say so before it does: so the server has it looked into by a process of its own, which may take so
//! much memory and so much time, and whose end is nobody else's.

use super::{pdf, picture};
use domain::client_file::DOCUMENT_BYTES_MAX;
use rustix::process::{
    DumpableBehavior, Resource, Rlimit, Signal, set_dumpable_behavior, setpriority_process,
    setrlimit,
};
use std::io::{self, Read, Write};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, Command, ExitCode, Stdio};
use store::Bytes;

/// The command of this program that looks into what comes on its standard input, and the one that reads
/// the words of a PDF there.
pub const COMMAND: &str = "look-into-document";
pub const READ_COMMAND: &str = "read-document";

/// This very program, also when another has been put in its place since.
const SELF: &str = "/proc/self/exe";
const MEMORY_MAX: u64 = 512 * 1024 * 1024;
const CPU_SECONDS_MAX: u64 = 2;
/// The longest answer, in bytes: more words than any bank details have.
const SAID_MAX: usize = 128 * 1024;
/// Whoever asks for something else goes first.
const NICE: i32 = 10;
/// What ends a process that goes beyond its limits: aborted without memory, or in the middle of a
/// stack that is too small; out of time.
const LIMITS: [Signal; 5] = [Signal::ABORT, Signal::SEGV, Signal::BUS, Signal::XCPU, Signal::KILL];

/// What is in a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finding {
    /// A PDF of so many pages.
    Pages(usize),
    /// A picture whose end mark alone is missing.
    Whole,
    CutOff,
    Unreadable,
    /// It asks for a password before it opens.
    Encrypted,
    /// It is encrypted in a way that cannot be read here.
    Undecipherable,
    /// It starts something: JavaScript, a program, a form with a program of its own.
    Scripts,
    /// Other files lie in it.
    Attachments,
}

impl Finding {
    const WORDS: [(Self, &'static str); 7] = [
        (Self::Whole, "whole"),
        (Self::CutOff, "cut-off"),
        (Self::Unreadable, "unreadable"),
        (Self::Encrypted, "encrypted"),
        (Self::Undecipherable, "undecipherable"),
        (Self::Scripts, "scripts"),
        (Self::Attachments, "attachments"),
    ];

    /// As one process says it to the other.
    fn said(self) -> String {
        if let Self::Pages(pages) = self {
            return pages.to_string();
        }
        let word = Self::WORDS.iter().find(|(finding, _)| *finding == self);
        word.map_or_else(String::new, |(_, word)| (*word).to_owned())
    }

    fn read(said: &str) -> Option<Self> {
        let word = Self::WORDS.iter().find(|(_, word)| *word == said);
        word.map(|(finding, _)| *finding).or_else(|| said.parse().ok().map(Self::Pages))
    }
}

/// Looks into a document where it is.
pub fn look(bytes: &Bytes) -> Finding {
    if picture::is_picture(bytes) { picture::look(bytes) } else { pdf::look(bytes) }
}

/// The same in a process of its own; unreadable also where that takes too much.
pub fn look_apart(bytes: &Bytes) -> io::Result<Finding> {
    let said = ask(COMMAND, bytes)?;
    let finding = said.and_then(|said| Finding::read(String::from_utf8_lossy(&said).trim()));
    Ok(finding.unwrap_or(Finding::Unreadable))
}

/// The words of a PDF, line by line, where it is.
pub fn lines(bytes: &Bytes) -> Vec<String> {
    let bytes = bytes.slice(pdf::begins(bytes).unwrap_or_default()..);
    pdf::text::lines(&bytes)
}

/// The same in a process of its own; none also where that takes too much.
pub fn lines_apart(bytes: &Bytes) -> io::Result<Vec<String>> {
    let said = ask(READ_COMMAND, bytes)?.filter(|said| said.len() <= SAID_MAX);
    let said = said.unwrap_or_default();
    Ok(String::from_utf8_lossy(&said).lines().map(str::to_owned).collect())
}

/// What such a process says of a document; `None` where that takes too much. The thread waits for it.
fn ask(command: &str, bytes: &Bytes) -> io::Result<Option<Vec<u8>>> {
    let mut child = Command::new(SELF)
        .arg(command)
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
    let said = what_it_says(&mut child)?;
    let status = child.wait()?;
    handed_over?;
    let is_own_end = |signal| LIMITS.iter().any(|known| known.as_raw() == signal);
    match status.signal() {
        Some(signal) if !is_own_end(signal) => {
            Err(io::Error::other(format!("what looks into documents was ended by signal {signal}")))
        }
        Some(_) => Ok(None),
        None => Ok(status.success().then_some(said)),
    }
}

/// What it says to its end, of which no more is kept than is of use.
fn what_it_says(child: &mut Child) -> io::Result<Vec<u8>> {
    let mut said = vec![];
    if let Some(mut output) = child.stdout.take() {
        let most = u64::try_from(SAID_MAX).unwrap_or(u64::MAX).saturating_add(1);
        output.by_ref().take(most).read_to_end(&mut said)?;
        io::copy(&mut output, &mut io::sink())?;
    }
    Ok(said)
}

fn hand_over(child: &mut Child, bytes: &[u8]) -> io::Result<()> {
    let Some(mut input) = child.stdin.take() else { return Ok(()) };
    match input.write_all(bytes) {
        // It has ended before: its status says why.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        outcome => outcome,
    }
}

/// What that process does, if `command` is one for it. It limits itself before it reads anything.
pub fn serve(command: &std::ffi::OsStr) -> Option<ExitCode> {
    let answer: fn(&Bytes) -> String = match command.to_str()? {
        COMMAND => |bytes| look(bytes).said(),
        READ_COMMAND => |bytes| lines(bytes).join("\n"),
        _ => return None,
    };
    let said = bound().map_err(io::Error::from).and_then(|()| input()).map(|bytes| answer(&bytes));
    Some(match said.and_then(|said| writeln!(io::stdout(), "{said}")) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    })
}

fn input() -> io::Result<Bytes> {
    let mut bytes = vec![];
    io::stdin().lock().take(DOCUMENT_BYTES_MAX + 1).read_to_end(&mut bytes)?;
    Ok(bytes.into())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_one_process_says_the_other_understands() {
        for finding in Finding::WORDS.map(|(finding, _)| finding) {
            assert_eq!(Finding::read(&finding.said()), Some(finding));
        }
        assert_eq!(Finding::read(&Finding::Pages(12).said()), Some(Finding::Pages(12)));
        assert_eq!(Finding::read("no"), None);
    }
}
