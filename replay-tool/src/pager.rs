//! A pager, as `git` has one: on a terminal, unless the answer fits.

use rustix::stdio::dup2_stdout;
use std::fs::OpenOptions;
use std::io::{IsTerminal, Write};
use std::process::{Child, Command, Stdio};

/// What shows the answer, if anything does. It is waited for when this goes.
pub struct Pager(Option<Child>);

impl Pager {
    /// From now on what is printed goes through `REPLAY_PAGER`, `PAGER` or `less`; an empty one is none.
    pub fn begin() -> Self {
        let named = ["REPLAY_PAGER", "PAGER"].iter().find_map(|name| std::env::var(name).ok());
        let command = named.unwrap_or_else(|| "less".to_owned());
        let is_dumb = std::env::var("TERM").is_ok_and(|terminal| terminal == "dumb");
        if !std::io::stdout().is_terminal() || is_dumb || ["", "cat"].contains(&command.trim()) {
            return Self(None);
        }
        let mut shell = Command::new("sh");
        shell.arg("-c").arg(command).stdin(Stdio::piped());
        if std::env::var_os("LESS").is_none() {
            // Ends at once where the answer fits, and shows colours.
            shell.env("LESS", "FRX");
        }
        let Ok(mut child) = shell.spawn() else { return Self(None) };
        match child.stdin.take().map(dup2_stdout) {
            Some(Ok(())) => Self(Some(child)),
            // Without a pager, then.
            Some(Err(_)) | None => Self(None),
        }
    }
}

impl Drop for Pager {
    fn drop(&mut self) {
        let Some(child) = &mut self.0 else { return };
        // It ends when nobody writes to it any more.
        let _ = std::io::stdout().flush();
        if let Ok(nowhere) = OpenOptions::new().write(true).open("/dev/null") {
            let _ = dup2_stdout(nowhere);
        }
        let _ = child.wait();
    }
}
