//! What is read: a ledger's directory and, to show personal data, its vault.

use crate::exit::Failure;
use crate::ids;
use crate::moment::Clock;
use crate::reveal::{RevealArgs, reveal};
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use clap::Args;
use domain::MerchantId;
use std::path::PathBuf;
use std::sync::Arc;
use store::aggregate::merchant_stream;
use store::chance::SystemChance;
use store::master_key;
use store::recorded::Keyring;
use store::vault::{VAULT_FILE, Vault};
use store::{
    AsOf, Keys, Ledger, Location, Position, ReadError, Reader, Recorded, Revision, StoredRecord,
    StreamId,
};

/// Records of one stream read at a time.
const PAGE: usize = 1_024;

#[derive(Args, Clone)]
pub struct SourceArgs {
    /// The directory of the ledger, the vault and the snapshots
    #[arg(long, global = true, env = "GREFFE_DIRECTORY", default_value = "greffe-data")]
    pub directory: PathBuf,

    /// The ledger, when it does not lie in the directory: esdb://user:password@host:2113,…
    #[arg(long, global = true, env = "GREFFE_LEDGER", hide_env_values = true)]
    pub ledger: Option<String>,

    #[command(flatten)]
    pub revealing: RevealArgs,

    /// The file with the master key of the vault, without a server that has it [default: keys/master.key
    /// in the directory]
    #[arg(long, global = true, env = "GREFFE_MASTER_KEY_FILE")]
    pub master_key_file: Option<PathBuf>,

    /// Where days begin, and by whose clock times are shown
    #[arg(long, global = true, default_value = "Europe/Paris", value_name = "ZONE")]
    pub tz: Tz,
}

pub struct Source {
    pub ledger: Arc<dyn Ledger>,
    /// The keys, once it is recorded that somebody looks.
    pub keyring: Option<Box<dyn Keyring>>,
    pub args: SourceArgs,
    pub clock: Clock,
}

impl Source {
    pub async fn open(args: &SourceArgs) -> Result<Self, Failure> {
        let location = Location::or_directory(args.ledger.as_deref(), &args.directory)?;
        if args.ledger.is_none() && !location.is_there() && args.directory.join(VAULT_FILE).exists()
        {
            return Err(Failure::Integrity(format!(
                "there is a vault in {} but no ledger: it is missing, or was emptied",
                args.directory.display()
            )));
        }
        let ledger = location.open_read_only().await?;
        // Where the clock of whoever wrote last is ahead of ours, that is the time it is.
        let last = last_time(ledger.as_ref()).await;
        let clock = Clock { now: last.map_or(now(), |last| last.max(now())), zone: args.tz };
        Ok(Self { ledger, keyring: None, args: args.clone(), clock })
    }

    /// The same with the keys, if they are asked for: of the merchant that is meant, as far as that is
    /// known without them.
    pub async fn revealed(mut self, merchant: Option<&str>) -> Result<Self, Failure> {
        if self.args.revealing.reveal {
            let known = match merchant.filter(|text| ids::is_id(text)) {
                Some(text) => Some(ids::merchant(&self, text).await?),
                None => None,
            };
            self.keyring = Some(reveal(&self.args, known)?);
        }
        Ok(self)
    }

    pub fn keys(&self) -> Keys<'_> {
        self.keyring.as_deref().map_or(Keys::None, Keys::Of)
    }

    pub fn reader(&self) -> Reader<'_> {
        Reader::new(self.ledger.as_ref(), self.keys())
    }

    /// Every event of a merchant, in order.
    pub async fn merchant(&self, merchant: MerchantId) -> Result<Vec<Recorded>, Failure> {
        let events = self.reader().history(merchant_stream(merchant)).await?;
        if events.is_empty() {
            return Err(Failure::NotFound(format!("there is no merchant {merchant}")));
        }
        Ok(events)
    }

    /// The moment after the command that one lies in: nobody ever saw half of it.
    pub async fn after_command(&self, as_of: AsOf) -> Result<AsOf, Failure> {
        let AsOf::Position(mut position) = as_of else { return Ok(as_of) };
        let reader = Reader::new(self.ledger.as_ref(), Keys::None);
        let Some(last) = reader.at(position).await? else { return Ok(as_of) };
        // The records of a command stand side by side.
        while let Some(next) = reader.at(Position(position.0 + 1)).await?
            && next.metadata.command_id == last.metadata.command_id
            && next.stream == last.stream
        {
            position = next.position;
        }
        Ok(AsOf::Position(position))
    }

    /// Every record of a stream, in order, up to its end or up to what is damaged in it.
    pub async fn records(
        &self,
        stream: &StreamId,
    ) -> Result<(Vec<StoredRecord>, Option<ReadError>), Failure> {
        let (mut records, mut page) = (vec![], PAGE);
        loop {
            let from = Revision(records.len() as u64);
            match self.ledger.read_stream(stream, from, page).await {
                Ok(found) if found.len() < page => {
                    records.extend(found);
                    return Ok((records, None));
                }
                Ok(found) => records.extend(found),
                // What lies before it in the same page can be read one by one.
                Err(error) if error.is_damage() && page > 1 => page = 1,
                Err(error) if error.is_damage() => return Ok((records, Some(error))),
                Err(error) => return Err(error.into()),
            }
        }
    }
}

/// When the last record was written; `None` if there is none, or if it cannot be read.
async fn last_time(ledger: &dyn Ledger) -> Option<DateTime<Utc>> {
    let head = ledger.head().await.ok().flatten()?;
    let last = Reader::new(ledger, Keys::None).at(head).await.ok().flatten()?;
    Some(last.metadata.recorded_at)
}

/// Opens the vault for its keys. Nothing in it is changed.
pub fn open_vault(args: &SourceArgs) -> Result<Vault, Failure> {
    let file = std::fs::metadata(args.directory.join(VAULT_FILE));
    if file.map_or(0, |file| file.len()) == 0 {
        let directory = args.directory.display();
        return Err(Failure::NotFound(format!(
            "there is no vault in {directory}, or an empty one"
        )));
    }
    let key_file = master_key::path_of(&args.directory, args.master_key_file.as_deref());
    let master = master_key::read(&key_file)?;
    Ok(Vault::open_read_only(&args.directory, master, Arc::new(SystemChance))?)
}

/// The command line has no other clock than the system's.
#[expect(clippy::disallowed_methods, reason = "this is the command line's clock")]
pub fn now() -> DateTime<Utc> {
    Utc::now()
}
