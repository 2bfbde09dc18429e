//! `greffe backup` and `greffe restore`.

use anyhow::{Context, bail};
use api::clock::{Clock, SystemClock};
use api::config::Config;
use clap::Args;
use std::io::{IsTerminal, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::Mutex;
use store::backup::{self, Places, Step};
use store::chance::SystemChance;
use store::verify::Part;

/// Copy ledger, vault and documents, also while the server runs
///
/// The vault goes to a place of its own: its copies must not live longer than 30 days, so that what
/// was forgotten is gone from them, too. The master key goes to neither; keep it apart from both.
/// Called again with the same places, it brings them up to date.
#[derive(Args)]
pub struct BackupArgs {
    /// The directory for the ledger and the documents
    #[arg(long = "ledger", value_name = "DIR", id = "ledger_place")]
    ledger: PathBuf,

    /// The directory for the vault
    #[arg(long = "vault", value_name = "DIR")]
    vault: PathBuf,
}

/// Put a backup back into an empty directory (--directory), verified before it says done
///
/// The master key is read from --master-key-file, or from keys/master.key in that directory.
/// Everybody signs in anew afterwards.
#[derive(Args)]
pub struct RestoreArgs {
    /// The directory with the backup of the ledger and the documents
    #[arg(long = "ledger", value_name = "DIR", id = "ledger_place")]
    ledger: PathBuf,

    /// The directory with the backup of the vault
    #[arg(long = "vault", value_name = "DIR")]
    vault: PathBuf,
}

pub fn back_up(config: &Config, args: BackupArgs) -> anyhow::Result<()> {
    if config.ledger.as_deref().is_some_and(|ledger| !ledger.is_empty()) {
        bail!(
            "the ledger lies on a server: back that server up by its own means, or copy the ledger \
             with `replay copy`; GREFFE_LEDGER must be unset for `greffe backup`"
        );
    }
    let places = Places { ledger: args.ledger, vault: args.vault };
    let at = SystemClock.now();
    let made = backup::back_up(&config.directory, &places, at, &Shown::default().teller())
        .context("no backup was made")?;
    let mut out = std::io::stdout();
    writeln!(
        out,
        "{} records and {} documents in {}",
        made.records,
        made.documents,
        places.ledger.display()
    )?;
    writeln!(out, "the vault in {}", places.vault.display())?;
    writeln!(
        out,
        "Delete the copy of the vault by {}, and never keep it with the master key.",
        made.delete_vault_by.format("%Y-%m-%d")
    )?;
    Ok(())
}

pub async fn restore(config: &Config, args: RestoreArgs) -> anyhow::Result<()> {
    let places = Places { ledger: args.ledger, vault: args.vault };
    let key_file = config.master_key_file.as_deref();
    let shown = Shown::default();
    let told = shown.teller();
    let restored =
        backup::restore(&places, &config.directory, key_file, Arc::new(SystemChance), &told)
            .await
            .context("nothing was restored")?;
    let report = &restored.report;
    let mut out = std::io::stdout();
    writeln!(
        out,
        "Restored and verified: {} records, {} documents, {} keys, as of {}",
        report.records,
        report.documents,
        report.keys,
        restored.manifest.made_at.format("%Y-%m-%d %H:%M:%S UTC")
    )?;
    let bad_documents = report.count_of(Part::Document);
    if bad_documents > 0 {
        writeln!(
            out,
            "{bad_documents} documents were missing, or not those recorded, when the backup was made \
             already; `replay verify` names their events"
        )?;
    }
    writeln!(out, "Start the server on {}. Everybody signs in anew.", config.directory.display())?;
    Ok(())
}

/// What was shown last: a line per step and tenth, or a line that is written over on a terminal.
#[derive(Default)]
struct Shown(Mutex<Option<(Step, u64)>>);

impl Shown {
    fn teller(&self) -> impl Fn(Step, u64, u64) + Sync {
        move |step, done, of| self.tell(step, done, of)
    }

    fn tell(&self, step: Step, done: u64, of: u64) {
        let tenth = done.saturating_mul(10) / of.max(1);
        let mut last = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if *last == Some((step, tenth)) {
            return;
        }
        *last = Some((step, tenth));
        let word = match step {
            Step::Ledger => "ledger",
            Step::Vault => "vault",
            Step::Documents => "documents",
            Step::Verifying => "verifying",
        };
        let mut out = std::io::stderr();
        let before = if out.is_terminal() { "\r\x1b[K" } else { "" };
        let after = if out.is_terminal() && tenth < 10 { "" } else { "\n" };
        // Whether anybody reads this does not matter to the backup.
        let _ = write!(out, "{before}{word}: {}0 %{after}", tenth.min(10));
    }
}
