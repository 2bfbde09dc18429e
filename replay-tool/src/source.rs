//! What is read: a ledger's directory and, to show personal data, its vault.

use crate::exit::Failure;
use clap::Args;
use domain::{Id, MerchantId};
use std::path::PathBuf;
use std::sync::Arc;
use store::aggregate::merchant_stream;
use store::chance::SystemChance;
use store::master_key;
use store::vault::{VAULT_FILE, Vault};
use store::{Keys, Ledger, Location, Reader, Recorded};

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

impl Source {
    pub async fn open(args: &SourceArgs) -> Result<Self, Failure> {
        let location = Location::or_directory(args.ledger.as_deref(), &args.directory)?;
        let ledger = location.open_read_only().await?;
        let vault = if args.reveal { Some(open_vault(args)?) } else { None };
        Ok(Self { ledger, vault, args: args.clone() })
    }

    pub fn reader(&self) -> Reader<'_> {
        let keys = self.vault.as_ref().map_or(Keys::None, Keys::Vault);
        Reader::new(self.ledger.as_ref(), keys)
    }

    /// Every event of a merchant, in order.
    pub async fn merchant(&self, merchant: MerchantId) -> Result<Vec<Recorded>, Failure> {
        let events = self.reader().history(merchant_stream(merchant)).await?;
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
