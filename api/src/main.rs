//! The server.

mod backup;

use anyhow::Context;
use api::config::Config;
use api::{demo, serve};
use clap::{Parser, Subcommand};
use std::io::{IsTerminal, Write};
use std::process::ExitCode;
use store::Location;
use tracing_subscriber::EnvFilter;

/// A third more requests a second than with the system's, measured by `tests/benches/commands.rs`.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The client of the cluster engine tells each failure several times; the engine says it once.
const LOG: &str = "info,eventstore=off";

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

#[tokio::main]
async fn main() -> ExitCode {
    let Cli { config, command } = Cli::parse();
    let filter = EnvFilter::try_from_env("GREFFE_LOG").unwrap_or_else(|_| EnvFilter::new(LOG));
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    if std::io::stderr().is_terminal() {
        log.compact().init();
    } else {
        log.json().init();
    }
    let outcome = match command {
        None => run(config).await,
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

async fn run(config: Config) -> anyhow::Result<()> {
    let server = if config.demo {
        demo::start(config).await?
    } else {
        serve::start(config).await.context("the server did not start")?
    };
    // Whoever has read that it runs may ask it to stop.
    let asked = serve::Asked::listen()?;
    announce(&server)?;
    server.run_until(asked).await
}

/// What the person at the terminal needs to go on.
fn announce(server: &serve::Server) -> std::io::Result<()> {
    let url = server.app.config.public_url.trim_end_matches('/');
    let mut out = std::io::stdout();
    writeln!(out, "Greffe is at {url}")?;
    writeln!(out, "  portal API    {url}/portal/v1/openapi.json")?;
    writeln!(out, "  console API   {url}/console/v1/openapi.json")?;
    if server.app.config.development || server.app.config.demo {
        writeln!(out, "  mailbox       {url}/dev/mailbox")?;
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
