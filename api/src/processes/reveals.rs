//! Reveals: `replay` on this machine asks for keys at a socket in the directory. Who asks, for what, is
//! recorded first; where it cannot be, no key is given.

use crate::app::App;
use crate::supervision::TaskError;
use crate::use_cases::looks;
use chrono::{DateTime, Utc};
use domain::looks::{Look, Looker, Purpose, Refusal, Thing};
use domain::values::FreeText;
use domain::{Coded, CommandId, Id, MerchantId, StaffId, SubjectId};
use std::collections::HashSet;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use store::aggregate::merchant_stream;
use store::follower::stopped;
use store::reveals::{self, Answer, Asked, SOCKET_FILE, log};
use store::{ExecuteError, Revision, Store, chance, record};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader, Take};
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::watch;
use uuid::Uuid;

/// What a line may take.
const LINE_BYTES_MAX: u64 = 64 * 1024;

type Lines = BufReader<Take<OwnedReadHalf>>;

pub async fn run(app: App, mut stop: watch::Receiver<bool>) -> Result<(), TaskError> {
    let path = app.config.directory.join(SOCKET_FILE);
    let listener = match listen(&path) {
        Ok(listener) => listener,
        // Its path may be too long. Everything else goes on, and nothing is revealed.
        Err(error) => {
            tracing::warn!(%error, path = %path.display(), "replay cannot ask for keys here");
            stopped(&mut stop).await;
            return Ok(());
        }
    };
    let _file = SocketFile(path);
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = stopped(&mut stop) => break,
        };
        let (stream, _) = accepted.map_err(|error| TaskError::MayPass(error.to_string()))?;
        let (app, mut stop) = (app.clone(), stop.clone());
        tokio::spawn(async move {
            tokio::select! {
                answered = answer(&app, stream) => {
                    if let Err(error) = answered {
                        tracing::debug!(%error, "a reveal broke off");
                    }
                }
                () = stopped(&mut stop) => {}
            }
        });
    }
    Ok(())
}

/// Whoever finds none knows that no server runs.
struct SocketFile(PathBuf);

impl Drop for SocketFile {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_file(&self.0) {
            tracing::debug!(%error, "the socket for reveals was gone already");
        }
    }
}

/// At a start: who looked while no server ran is recorded, or the start is refused.
pub async fn take_in(store: &Store, directory: &Path, now: DateTime<Utc>) -> anyhow::Result<()> {
    let noted = log::noted(directory, &store.vault)?;
    if noted.is_empty() {
        return Ok(());
    }
    tracing::warn!(reveals = noted.len(), "people's data was looked at while no server ran");
    for noted in noted {
        looks::record_reveal(store, noted.look, noted.id, now).await?;
    }
    Ok(log::clear(directory)?)
}

/// For the owner of the directory alone. The directory is ours: what lies there is of a run before.
fn listen(path: &Path) -> io::Result<UnixListener> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        Ok(()) | Err(_) => {}
    }
    let listener = UnixListener::bind(path)?;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600))?;
    Ok(listener)
}

async fn answer(app: &App, stream: UnixStream) -> io::Result<()> {
    let uid = stream.peer_cred()?.uid();
    let (read, mut write) = stream.into_split();
    let mut lines = BufReader::new(read.take(0));
    let mut line = String::new();
    next(&mut lines, &mut line).await?;
    let scope = match look(app, &line, uid) {
        Ok(look) => begin(app, look).await.map_err(|error| error.to_string()),
        Err(why) => Err(why),
    };
    let scope = match scope {
        Ok(scope) => scope,
        Err(why) => return tell(&mut write, &Answer::Refused(why)).await,
    };
    tell(&mut write, &Answer::Recorded).await?;
    while next(&mut lines, &mut line).await? {
        let subject = Uuid::try_parse(line.trim()).map(SubjectId::from_uuid);
        let answer = match subject {
            Ok(subject) if scope.has(app, subject) => app.store.vault.key(subject).into(),
            Ok(_) => Answer::Refused("what is sealed there is of somebody else".to_owned()),
            Err(_) => Answer::Refused("that is no subject".to_owned()),
        };
        tell(&mut write, &answer).await?;
    }
    Ok(())
}

/// Whose keys are given.
enum Scope {
    Everybody,
    /// Those whose data stand in the stream of one merchant, and its owner.
    Some(HashSet<SubjectId>),
}

impl Scope {
    /// Who acted is named everywhere.
    fn has(&self, app: &App, subject: SubjectId) -> bool {
        let is_staff = || {
            let staff = StaffId::from_uuid(subject.uuid());
            app.projections.models().staff.member(staff).is_some()
        };
        match self {
            Self::Everybody => true,
            Self::Some(known) => known.contains(&subject) || is_staff(),
        }
    }
}

/// Records the look, and answers what may be seen of it.
async fn begin(app: &App, look: Look) -> anyhow::Result<Scope> {
    let Some(merchant) = look.merchant else {
        record(app, look).await?;
        return Ok(Scope::Everybody);
    };
    let Some(row) = app.projections.models().directory.row(merchant) else {
        anyhow::bail!("there is no merchant {merchant}");
    };
    record(app, look).await?;
    let mut known = HashSet::from([merchant.into(), row.owner.into()]);
    let mut pages = app.store.reader().stream(merchant_stream(merchant), Revision(0));
    while let Some(page) = pages.next().await? {
        for stored in &page {
            let envelope = record::decode(&stored.bytes)?;
            let subject = |bytes| SubjectId::from_uuid(Uuid::from_bytes(bytes));
            known.extend(envelope.sealed.iter().map(|set| subject(set.subject)));
        }
    }
    Ok(Scope::Some(known))
}

async fn record(app: &App, look: Look) -> Result<(), ExecuteError<Refusal>> {
    let at = app.clock.now();
    let reveal = chance::id::<CommandId>(app.store.chance.as_ref(), at);
    looks::record_reveal(&app.store, look, reveal.uuid(), at).await
}

/// Whether there was another line.
async fn next(lines: &mut Lines, line: &mut String) -> io::Result<bool> {
    line.clear();
    lines.get_mut().set_limit(LINE_BYTES_MAX);
    Ok(lines.read_line(line).await? > 0)
}

async fn tell(write: &mut OwnedWriteHalf, answer: &Answer) -> io::Result<()> {
    let mut line = serde_json::to_vec(answer)?;
    line.push(b'\n');
    write.write_all(&line).await
}

/// The look that is asked for, by the account that the system says it is.
fn look(app: &App, line: &str, uid: u32) -> Result<Look, String> {
    let asked: Asked = serde_json::from_str(line).map_err(|error| error.to_string())?;
    let merchant = asked.merchant.map(|text| {
        MerchantId::parse(&text).ok_or_else(|| format!("`{text}` is the id of no merchant"))
    });
    let purpose = Purpose::from_code(&asked.purpose);
    Ok(Look {
        at: app.clock.now(),
        looker: Looker::Account(reveals::account(uid)),
        merchant: merchant.transpose()?,
        thing: Thing::Replay,
        purpose: purpose.ok_or_else(|| format!("`{}` is no purpose", asked.purpose))?,
        reference: FreeText::parse(&asked.reference)
            .map_err(|_| "the reference cannot be read".to_owned())?,
    })
}
