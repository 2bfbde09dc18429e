//! Whose keys open what is sealed: a running server's, which records first who looks; without one the
//! vault's, once a line in `reveals.log` says so.

use crate::exit::Failure;
use crate::source::{SourceArgs, now, open_vault};
use clap::builder::PossibleValuesParser;
use clap::{Args, builder::TypedValueParser};
use domain::looks::{Look, Looker, Purpose, Thing};
use domain::values::FreeText;
use domain::{Coded, Id, MerchantId, SubjectId};
use std::collections::HashMap;
use std::io::{BufRead, BufReader, ErrorKind, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use store::chance::SystemChance;
use store::recorded::Keyring;
use store::reveals::{self, Answer, Asked, RevealError, SOCKET_FILE, log};
use store::vault::{Key, VAULT_FILE, VaultError};

/// How long a server may take to answer.
const PATIENCE: Duration = Duration::from_secs(10);

#[derive(Args, Clone)]
pub struct RevealArgs {
    /// Show personal data, which is recorded before: say for what, and what asks for it
    #[arg(long, global = true)]
    pub reveal: bool,

    /// For what personal data is looked at
    #[arg(long, global = true, env = "GREFFE_PURPOSE", value_name = "PURPOSE", value_parser = purpose())]
    pub purpose: Option<Purpose>,

    /// The case, the letter or the ticket that asks for it
    #[arg(long, global = true, env = "GREFFE_REFERENCE")]
    pub reference: Option<String>,
}

fn purpose() -> impl TypedValueParser<Value = Purpose> {
    let codes = Purpose::ALL.iter().map(|purpose| purpose.code());
    PossibleValuesParser::new(codes)
        .try_map(|code| Purpose::from_code(&code).ok_or("that is no purpose"))
}

/// The keys, once it is recorded that somebody looks: at the data of one merchant, or of all.
pub fn reveal(
    args: &SourceArgs,
    merchant: Option<MerchantId>,
) -> Result<Box<dyn Keyring>, Failure> {
    let (Some(purpose), Some(reference)) = (args.revealing.purpose, &args.revealing.reference)
    else {
        return Err(Failure::Usage(
            "--reveal shows personal data, which is recorded: add --purpose and --reference"
                .to_owned(),
        ));
    };
    let reference = FreeText::parse(reference)
        .map_err(|_| Failure::Usage("--reference cannot be read, or is empty".to_owned()))?;
    let home = home(&args.directory);
    if let Some(stream) = connect(&home)? {
        let asked = Asked {
            merchant: merchant.map(|merchant| merchant.to_string()),
            purpose: purpose.code().to_owned(),
            reference: reference.as_str().to_owned(),
        };
        return Ok(Box::new(OfServer::ask(stream, &asked)?));
    }
    let vault = open_vault(args)?;
    let look = Look {
        at: now(),
        looker: Looker::Account(reveals::account(rustix::process::getuid().as_raw())),
        merchant,
        thing: Thing::Replay,
        purpose,
        reference,
    };
    log::note(&home, &vault, &look, &SystemChance)?;
    Ok(Box::new(vault))
}

/// Where the vault is kept, whatever leads there: a server works in that directory.
fn home(directory: &Path) -> PathBuf {
    let vault = std::fs::canonicalize(directory.join(VAULT_FILE)).ok();
    let home = vault.as_ref().and_then(|vault| vault.parent());
    home.unwrap_or(directory).to_owned()
}

/// The server that works on a directory; `None` if none listens there.
fn connect(home: &Path) -> Result<Option<UnixStream>, Failure> {
    match UnixStream::connect(home.join(SOCKET_FILE)) {
        Ok(stream) => {
            stream.set_read_timeout(Some(PATIENCE))?;
            stream.set_write_timeout(Some(PATIENCE))?;
            Ok(Some(stream))
        }
        // A socket that a crash has left, or none.
        Err(error)
            if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::ConnectionRefused) =>
        {
            Ok(None)
        }
        Err(error) => Err(Failure::NotAllowed(format!(
            "the server in {} cannot be asked to record who looks, so that nothing is shown: {error}",
            home.display()
        ))),
    }
}

/// Keys that a server gives one by one.
struct OfServer {
    asking: Mutex<Asking>,
}

struct Asking {
    connection: BufReader<UnixStream>,
    known: HashMap<SubjectId, Key>,
}

impl OfServer {
    fn ask(stream: UnixStream, asked: &Asked) -> Result<Self, Failure> {
        let mut connection = BufReader::new(stream);
        let answer = exchange(&mut connection, &serde_json::to_string(asked)?);
        match answer {
            Ok(Answer::Recorded) => {
                Ok(Self { asking: Mutex::new(Asking { connection, known: HashMap::new() }) })
            }
            Ok(Answer::Refused(why)) => Err(Failure::NotAllowed(format!(
                "the server has not recorded who looks, so that nothing is shown: {why}"
            ))),
            Ok(_) => Err(Failure::Unavailable("the server answers something else".to_owned())),
            Err(error) => Err(Failure::Unavailable(format!("the server does not answer: {error}"))),
        }
    }
}

impl Keyring for OfServer {
    fn key(&self, subject: SubjectId) -> Result<Key, VaultError> {
        let mut asking = self.asking.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = asking.known.get(&subject) {
            return Ok(known.clone());
        }
        let answer = exchange(&mut asking.connection, &subject.uuid().simple().to_string());
        let key = reveals::key_of(answer.map_err(|error| {
            VaultError::Unwritten(format!("the server gives no keys any more: {error}"))
        })?)?;
        asking.known.insert(subject, key.clone());
        Ok(key)
    }
}

fn exchange(connection: &mut BufReader<UnixStream>, line: &str) -> std::io::Result<Answer> {
    connection.get_mut().write_all(format!("{line}\n").as_bytes())?;
    let mut answer = String::new();
    connection.read_line(&mut answer)?;
    Ok(serde_json::from_str(&answer)?)
}

impl From<RevealError> for Failure {
    fn from(error: RevealError) -> Self {
        let text = error.to_string();
        if error.is_damage() { Self::Integrity(text) } else { Self::NotAllowed(text) }
    }
}
