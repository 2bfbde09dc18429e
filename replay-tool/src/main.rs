//! The command line of officers, auditors and engineers. It reads; only `copy` writes, and only
//! into another ledger.

mod card;
mod commands;
mod exit;
mod find;
mod ids;
mod life;
mod lookup;
mod moment;
mod names;
mod output;
mod pager;
mod progress;
mod reveal;
mod source;
mod table;
mod told;

use clap::{CommandFactory, Parser, Subcommand};
use exit::Failure;
use output::Format;
use pager::Pager;
use std::process::ExitCode;

/// Replays a ledger: what happened, what was known at any moment, and whether it is sound
///
/// Reads a ledger's directory, also while a server writes to it. Exit codes: 0 sound, 1 differs,
/// 2 usage, 3 not found, 4 integrity failure, 5 drift, 7 not allowed, 69 unavailable.
#[derive(Parser)]
#[command(name = "replay", version)]
struct Cli {
    #[command(flatten)]
    source: source::SourceArgs,

    #[command(flatten)]
    output: output::OutputArgs,

    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Log(commands::log::LogArgs),
    Show(commands::show::ShowArgs),
    Diff(commands::diff::DiffArgs),
    Blame(commands::blame::BlameArgs),
    Bisect(commands::bisect::BisectArgs),
    Event(commands::event::EventArgs),
    Trace(commands::trace::TraceArgs),
    Merchants(commands::merchants::MerchantsArgs),
    Messages(commands::messages::MessagesArgs),
    Export(commands::export::ExportArgs),
    Verify(commands::verify::VerifyArgs),
    Rebuild(commands::rebuild::RebuildArgs),
    Stats(commands::stats::StatsArgs),
    Copy(commands::copy::CopyArgs),
    /// Print a completion script for a shell
    Completions {
        shell: clap_complete::Shell,
    },
}

impl Command {
    /// The merchant that is asked about, as somebody typed it; `None` for all of them.
    fn merchant(&self) -> Option<&str> {
        match self {
            Self::Log(args) if args.asks_of_others() => None,
            Self::Log(args) => args.merchant.as_deref(),
            Self::Show(args) => Some(&args.merchant),
            Self::Diff(args) => Some(&args.merchant),
            Self::Blame(args) => Some(&args.merchant),
            Self::Bisect(args) => Some(&args.merchant),
            Self::Messages(args) => Some(&args.merchant),
            Self::Event(_) | Self::Trace(_) | Self::Merchants(_) | Self::Export(_) => None,
            Self::Verify(_) | Self::Rebuild(_) | Self::Stats(_) => None,
            Self::Copy(_) | Self::Completions { .. } => None,
        }
    }

    /// Whether somebody may want to leaf through the answer.
    fn is_read_at_length(&self, format: Format) -> bool {
        let is_long = match self {
            Self::Log(args) => !args.is_followed(),
            Self::Show(_) | Self::Diff(_) | Self::Blame(_) | Self::Event(_) => true,
            Self::Trace(_) | Self::Merchants(_) | Self::Messages(_) | Self::Stats(_) => true,
            Self::Bisect(_) | Self::Export(_) | Self::Verify(_) | Self::Rebuild(_) => false,
            Self::Copy(_) | Self::Completions { .. } => false,
        };
        is_long && format == Format::Table
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    let cli = Cli::parse();
    match run(cli).await {
        Ok(code) => code,
        Err(failure) => failure.report(),
    }
}

async fn run(cli: Cli) -> Result<ExitCode, Failure> {
    let output = cli.output.resolve();
    let merchant = cli.command.merchant().map(str::to_owned);
    let source =
        async || source::Source::open(&cli.source).await?.revealed(merchant.as_deref()).await;
    let _pager = cli.command.is_read_at_length(output.format).then(Pager::begin);
    match cli.command {
        Command::Log(args) => commands::log::run(&source().await?, &output, args).await,
        Command::Show(args) => commands::show::run(&source().await?, &output, args).await,
        Command::Diff(args) => commands::diff::run(&source().await?, &output, args).await,
        Command::Blame(args) => commands::blame::run(&source().await?, &output, args).await,
        Command::Bisect(args) => commands::bisect::run(&source().await?, &output, args).await,
        Command::Event(args) => commands::event::run(&source().await?, &output, args).await,
        Command::Trace(args) => commands::trace::run(&source().await?, &output, args).await,
        Command::Merchants(args) => commands::merchants::run(&source().await?, &output, args).await,
        Command::Messages(args) => commands::messages::run(&source().await?, &output, args).await,
        Command::Export(args) => commands::export::run(&source().await?, &output, args).await,
        Command::Verify(args) => commands::verify::run(&source().await?, &output, args).await,
        Command::Rebuild(args) => commands::rebuild::run(&source().await?, &output, args).await,
        Command::Stats(args) => commands::stats::run(&source().await?, &output, args).await,
        Command::Copy(args) => commands::copy::run(&output, args).await.map(|()| ExitCode::SUCCESS),
        Command::Completions { shell } => {
            let mut script = vec![];
            clap_complete::generate(shell, &mut Cli::command(), "replay", &mut script);
            output::print(String::from_utf8_lossy(&script).trim_end())?;
            Ok(ExitCode::SUCCESS)
        }
    }
}
