//! The server.

mod backup;

use anyhow::Context;
use api::config::Config;
use api::documents::apart;
use api::serve::Server;
use api::{demo, serve, systemd};
use clap::error::ErrorKind;
use clap::{Parser, Subcommand};
use rustix::fs::Mode;
use std::io::{IsTerminal, Write};
use std::process::ExitCode;
use store::Location;
use tempfile::TempDir;
use tracing_appender::non_blocking::WorkerGuard;
use tracing_subscriber::EnvFilter;

/// A third more requests a second than with the system's, measured by `tests/benches/commands.rs`.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[derive(Parser)]
#[command(
    name = "greffe",
    version,
    about = "An event-sourced onboarding and account ledger for merchants"
)]
struct Cli {
    #[command(flatten)]
    config: Config,

    #[command(subcommand)]
    command: Option<Command>,
}

/// Without one of these, the server runs.
#[derive(Subcommand)]
enum Command {
    Backup(backup::BackupArgs),
    Restore(backup::RestoreArgs),
}

fn main() -> ExitCode {
    // For the server, and no command for anybody else.
    let apart = std::env::args_os().nth(1).and_then(|first| apart::serve(&first));
    apart.unwrap_or_else(serve_or_back_up)
}

#[tokio::main]
async fn serve_or_back_up() -> ExitCode {
    let Cli { config, command } = Cli::parse();
    if let Err(message) = config.check() {
        clap::Error::raw(ErrorKind::ValueValidation, format!("{message}\n")).exit();
    }
    // What is made here is nobody else's business.
    rustix::process::umask(Mode::from_raw_mode(0o077));
    let _written = log(&config.log);
    let outcome = match command {
        None => run(Config { inspects_apart: true, ..config }).await,
        Some(Command::Backup(args)) => backup::back_up(&config, args),
        Some(Command::Restore(args)) => backup::restore(&config, args).await,
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Starts the log, which is written apart from whatever logs: a line that nobody takes is lost, and
/// nothing waits for it or fails with it. The last lines are written when the guard is dropped.
fn log(filter: &str) -> WorkerGuard {
    let (lines, guard) = tracing_appender::non_blocking(std::io::stderr());
    let log = tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new(filter))
        .with_writer(lines)
        .log_internal_errors(false);
    if std::io::stderr().is_terminal() {
        log.compact().init();
    } else {
        log.json().init();
    }
    guard
}

async fn run(config: Config) -> anyhow::Result<()> {
    // Whoever has seen an answer may ask it to stop.
    let mut asked = serve::Asked::listen()?;
    let (server, scratch) = tokio::select! {
        started = start(config) => started?,
        // Nobody is served yet. What still runs apart is cut off as by a crash: the next start is
        // made for that.
        () = asked.wait() => std::process::exit(0),
    };
    if let Err(error) = announce(&server) {
        tracing::warn!(%error, "nobody takes what the terminal was to show");
    }
    let _living = systemd::ready();
    let outcome = server.run_until(asked).await;
    drop(scratch);
    outcome
}

/// A server, and the directory of a demonstration, which ends with it.
async fn start(config: Config) -> anyhow::Result<(Server, Option<TempDir>)> {
    if config.demo {
        let (server, directory) = demo::start(config).await?;
        return Ok((server, Some(directory)));
    }
    let server = serve::start(config).await.context("the server did not start")?;
    Ok((server, None))
}

/// What the person at the terminal needs to go on.
fn announce(server: &Server) -> std::io::Result<()> {
    let url = &server.app.public_url;
    let mut out = std::io::stdout();
    writeln!(out, "Greffe is at {url}")?;
    writeln!(out, "  reference     {url}/docs/")?;
    if server.app.config.is_open() {
        writeln!(out, "  mailbox       {url}/dev/mailbox")?;
    }
    if let Some(operations) = server.operations {
        writeln!(out, "  operations    http://{operations}/readyz, /metrics")?;
    }
    writeln!(out, "  data          {}", server.app.config.directory.display())?;
    if let Some(Ok(ledger)) = server.app.config.ledger.as_deref().map(Location::parse) {
        writeln!(out, "  ledger        {ledger}")?;
    }
    if let Some(link) = &server.invitation {
        writeln!(out, "The first administrator joins here, once, within 72 hours:\n  {link}")?;
    }
    out.flush()
}
