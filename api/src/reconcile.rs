//! At a start: what a crash, or a file of another day, has left to be put right.

use crate::app::App;
use anyhow::{Context, bail};
use chrono::TimeDelta;
use domain::{Id, SubjectId};
use projections::ReadModels;
use std::path::Path;
use store::vault::MAILER;
use store::{Keys, Position, Reader, Revision, Store, StreamId, record};

/// Where the mailer's position lay before it moved into the vault.
const OLD_CHECKPOINT_FILE: &str = "mailer.checkpoint";

/// Everybody whom an event has forgotten is forgotten in the vault too, which may be an older copy;
/// everybody else has a key, or is counted as lost.
pub async fn keys(
    store: &Store,
    models: &ReadModels,
    accepts_lost_keys: bool,
) -> anyhow::Result<()> {
    for subject in store.vault.not_destroyed(&models.subjects.forgotten())? {
        tracing::warn!(%subject, "somebody the ledger has forgotten is forgotten in the vault again");
        store.forget(subject).await?;
    }
    let lost = store.vault.without_key(&models.subjects.known())?;
    let lost = introduce_late(store, lost).await?;
    if lost.is_empty() {
        return Ok(());
    }
    if !accepts_lost_keys {
        bail!(
            "the vault lacks the keys of {} people or merchants that the ledger speaks of and \
             nobody has forgotten: it is older than the ledger. Bring back a newer vault.db, with the \
             -wal file that lay beside it. If there is none, start once with --accept-lost-keys: \
             their data then reads as lost, for good",
            lost.len()
        );
    }
    tracing::error!(lost = lost.len(), "keys are lost; what they sealed cannot be read any more");
    Ok(store.vault.accept_lost(&lost).await?)
}

/// Nothing is lost where nothing was sealed: earlier programs made a key only with the first thing
/// that was sealed under it.
async fn introduce_late(store: &Store, lost: Vec<SubjectId>) -> anyhow::Result<Vec<SubjectId>> {
    let mut still_lost = vec![];
    for subject in lost {
        if is_sealed_for(store, subject).await? {
            still_lost.push(subject);
        } else {
            store.vault.introduce(subject).await?;
        }
    }
    Ok(still_lost)
}

/// Whether anything in the subject's own stream is sealed for it.
async fn is_sealed_for(store: &Store, subject: SubjectId) -> anyhow::Result<bool> {
    let stream = StreamId::new(store::aggregate::MERCHANT, subject.uuid());
    let mut pages = Reader::new(store.ledger.as_ref(), Keys::None).stream(stream, Revision(0));
    let mut is_there = false;
    while let Some(page) = pages.next().await? {
        is_there = true;
        for stored in &page {
            let envelope = record::decode(&stored.bytes).context("a damaged record")?;
            if envelope.sealed.iter().any(|set| set.subject == subject.uuid().into_bytes()) {
                return Ok(true);
            }
        }
    }
    // Users, staff and people in a file had their keys from the beginning.
    Ok(!is_there)
}

/// Takes over the mailer's position from its file, which a program before this one kept.
pub async fn mailer(
    store: &Store,
    directory: &Path,
    is_vault_of_first_format: bool,
) -> anyhow::Result<()> {
    let file = directory.join(OLD_CHECKPOINT_FILE);
    let is_untold = is_vault_of_first_format
        && store.vault.progress(MAILER)?.is_none()
        && store.ledger.head().await?.is_some();
    if !file.exists() && !is_untold {
        return Ok(());
    }
    let text = std::fs::read_to_string(&file).unwrap_or_default();
    if store.vault.progress(MAILER)?.is_none() {
        let head = store.ledger.head().await?.map_or(0, |head| head.0);
        let position = text.trim().parse().ok().filter(|position| *position <= head);
        let position: u64 = position.with_context(|| {
            format!(
                "{} does not say how far messages were sent, and sending all of them again would \
                 reach everybody. Bring that file back, or write a position into it: {head} for \
                 everything that is in the ledger now",
                file.display()
            )
        })?;
        store.vault.note_progress(MAILER, Some(Position(position)), None).await?;
    }
    if file.exists() {
        std::fs::remove_file(&file).with_context(|| format!("cannot remove {}", file.display()))?;
    }
    Ok(())
}

/// How long a blob lies there before it counts as never recorded: time to notice that it is the
/// ledger that has gone back.
const UNRECORDED_HOURS: i64 = 48;

/// Removes blobs that an earlier run stored and never recorded.
pub async fn documents(app: App) {
    let limit = app.clock.now() - TimeDelta::hours(UNRECORDED_HOURS);
    let is_recorded = |blob| app.projections.models().documents.is_recorded(blob);
    match app.documents.sweep(limit, is_recorded).await {
        Ok(0) => {}
        Ok(swept) => tracing::info!(swept, "documents that were never recorded were removed"),
        Err(error) => tracing::warn!(%error, "documents that were never recorded were not removed"),
    }
}
