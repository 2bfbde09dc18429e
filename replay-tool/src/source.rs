//! What is read: a ledger's directory and, to show personal data, its vault.

use crate::exit::Failure;
use clap::Args;
use domain::{Id, MerchantId};
use std::path::PathBuf;
use std::sync::Arc;
use store::aggregate::merchant_stream;
use store::chance::SystemChance;
use store::master_key;
use store::recorded::{self, Keys};
use store::scan::Scan;
use store::vault::{VAULT_FILE, Vault};
use store::{Ledger, Location, Position, Recorded, Revision, StoredRecord};

#[derive(Args, Clone)]
pub struct SourceArgs {
    /// The directory of the ledger, the vault and the snapshots
    #[arg(long, global = true, env = "GREFFE_DIRECTORY", default_value = "greffe-data")]
    pub directory: PathBuf,

    /// The ledger, when it does not lie in the directory: esdb://user:password@host:2113,…
    #[arg(long, global = true, env = "GREFFE_LEDGER", hide_env_values = true)]
    pub ledger: Option<String>,

    /// Show personal data, which needs the master key; without it that stays sealed
    #[arg(long, global = true)]
    pub reveal: bool,

    /// The file with the master key of the vault [default: keys/master.key in the directory]
    #[arg(long, global = true, env = "GREFFE_MASTER_KEY_FILE")]
    pub master_key_file: Option<PathBuf>,
}

pub struct Source {
    pub ledger: Arc<dyn Ledger>,
    pub vault: Option<Vault>,
    pub args: SourceArgs,
}

const PAGE: usize = 2_048;
/// Records read at a time from the end backwards.
const PAGE_BACK: u64 = 256;

impl Source {
    pub async fn open(args: &SourceArgs) -> Result<Self, Failure> {
        let location = Location::or_directory(args.ledger.as_deref(), &args.directory)?;
        let ledger = location.open_read_only().await?;
        let vault = if args.reveal { Some(open_vault(args)?) } else { None };
        Ok(Self { ledger, vault, args: args.clone() })
    }

    pub fn keys(&self) -> Keys<'_> {
        self.vault.as_ref().map_or(Keys::None, Keys::Vault)
    }

    /// Everything in the global order.
    pub fn scan(&self) -> Scan<'_> {
        Scan::new(self.ledger.as_ref(), None)
    }

    /// The page of the global order before a position (exclusive), the oldest first; empty if there
    /// is none.
    pub async fn page_before(&self, end: u64) -> Result<Vec<StoredRecord>, Failure> {
        let start = end.saturating_sub(PAGE_BACK);
        let after = start.checked_sub(1).map(Position);
        Ok(self.ledger.read_all(after, (end - start) as usize).await?)
    }

    /// Every event of a merchant, in order.
    pub async fn merchant(&self, merchant: MerchantId) -> Result<Vec<Recorded>, Failure> {
        let stream = merchant_stream(merchant);
        let mut events = vec![];
        let mut from = Revision(0);
        loop {
            let page = self.ledger.read_stream(&stream, from, PAGE).await?;
            for stored in &page {
                events.push(recorded::read(stored, self.keys())?);
            }
            match page.last() {
                Some(last) if page.len() == PAGE => from = last.revision.next(),
                Some(_) | None => break,
            }
        }
        if events.is_empty() {
            return Err(Failure::NotFound(format!("there is no merchant {merchant}")));
        }
        Ok(events)
    }
}

pub fn merchant_id(text: &str) -> Result<MerchantId, Failure> {
    MerchantId::parse(text).ok_or_else(|| {
        Failure::Usage(format!("`{text}` is not a merchant: mer_ and 32 hex digits"))
    })
}

/// Opens the vault for its keys. Nothing in it is changed.
pub fn open_vault(args: &SourceArgs) -> Result<Vault, Failure> {
    if !args.directory.join(VAULT_FILE).exists() {
        return Err(Failure::NotFound(format!(
            "there is no vault in {}",
            args.directory.display()
        )));
    }
    let key_file = master_key::path_of(&args.directory, args.master_key_file.as_deref());
    let master = master_key::read(&key_file)?;
    Ok(Vault::open_read_only(&args.directory, master, Arc::new(SystemChance))?)
}

/// The time by which "2 hours ago" is told.
pub fn now() -> chrono::DateTime<chrono::Utc> {
    #[expect(clippy::disallowed_methods, reason = "the command line has no clock to be given")]
    chrono::Utc::now()
}
