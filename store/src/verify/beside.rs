//! What lies beside a ledger: the vault with its keys, and what others have seen of it.

use super::walk::Walk;
use super::{Beside, Part};
use crate::installation::witness_of;
use crate::ledger::{Checked, Ledger, Position, ReadError};
use crate::mark::Mark;
use crate::vault::{self, CredentialKind, KeyList, Seen, Vault, VaultError};
use domain::{Id, LinkId, SubjectId};
use std::collections::HashMap;
use std::path::Path;
use uuid::Uuid;

impl Walk {
    pub async fn beside(
        &mut self,
        ledger: &dyn Ledger,
        beside: Beside<'_>,
    ) -> Result<(), ReadError> {
        self.seen(ledger, beside.snapshot, "a snapshot of the read models").await?;
        let Some(directory) = beside.directory else { return Ok(()) };
        let witness = witness_of(directory);
        let (checked, list, seen) = match look_at(directory) {
            Ok(Some(found)) => found,
            Ok(None) => {
                // A copy of a ledger alone has neither.
                if !matches!(witness, Ok(None)) {
                    let reason =
                        "there is no vault, or an empty one, but documents of an installation";
                    self.report.note(Part::Vault, None, reason);
                }
                return Ok(());
            }
            Err(error) if error.is_damage() => {
                self.report.note(Part::Vault, None, error.to_string());
                return Ok(());
            }
            Err(error) => return Err(ReadError::Unavailable(error.to_string())),
        };
        self.report.notes.extend(checked.notes);
        for reason in checked.damage {
            self.report.note(Part::Vault, None, reason);
        }
        let subjects = self.subjects.clone();
        let lacking = beside.vault.filter(|_| beside.looks_for_passwords);
        let lacking = lacking.map(|vault| self.lacking_passwords(vault)).unwrap_or_default();
        // A key that was destroyed meanwhile has its event by now; a key made meanwhile is not in the list.
        self.everything(ledger, beside, &|_| ()).await?;
        self.keys(&list, beside, subjects);
        for (subject, password) in lacking {
            // Unless another has been set meanwhile, or somebody was forgotten.
            if self.passwords.get(&subject) == Some(&password) {
                let reason = "the password that it sets is missing in the vault, or altered; whoever it is sets another by mail";
                self.report.note(Part::Vault, Some(password.1), reason);
            }
        }
        let mark = seen.and_then(|seen| seen.mark);
        self.seen(ledger, mark, "the vault").await?;
        match witness {
            Ok(Some(witness)) => {
                if seen.is_some_and(|seen| seen.vault != witness.vault) {
                    let reason = "the documents belong to another installation than the vault";
                    self.report.note(Part::Witness, None, reason);
                }
                self.seen(ledger, witness.mark, "the witness beside the documents").await?;
            }
            Ok(None) if mark.is_some() => {
                self.report.note(
                    Part::Witness,
                    None,
                    "the witness beside the documents is missing",
                );
            }
            Ok(None) => {}
            Err(error) => {
                let reason = format!("the witness beside the documents cannot be read: {error}");
                self.report.note(Part::Witness, None, reason);
            }
        }
        if beside.blobs.is_none() && self.has_documents {
            self.report.note(Part::Document, None, "the folder of the documents is missing");
        }
        Ok(())
    }

    /// Whose password cannot be found as the ledger tells, or does not open.
    fn lacking_passwords(&self, vault: &Vault) -> Vec<(SubjectId, (LinkId, Position))> {
        let lacks = |(subject, (link, _)): &(&SubjectId, &(LinkId, Position))| {
            let found = vault.credential(**subject, *link, CredentialKind::Password);
            !matches!(found, Ok(Some(_)))
        };
        let all = self.passwords.iter().filter(lacks);
        all.map(|(subject, password)| (*subject, *password)).collect()
    }

    /// Each subject has a key, unless an event forgets it.
    fn keys(&mut self, list: &KeyList, beside: Beside<'_>, subjects: HashMap<Uuid, Position>) {
        self.report.has_looked_at_keys = true;
        let is_known = |(subject, _): &(Uuid, Position)| self.subjects.contains_key(subject);
        let mut subjects: Vec<(Position, Uuid)> = subjects
            .into_iter()
            .filter(is_known)
            .map(|(subject, position)| (position, subject))
            .collect();
        subjects.sort();
        for (position, subject) in subjects {
            let (part, reason) = if list.destroyed.contains(&subject) {
                let reason = "the key of what is sealed in it was destroyed, although no event forgets its subject (a server that was killed while it forgot somebody goes on at its next start)";
                (Part::DestroyedKey, reason)
            } else if list.lacks(&subject) {
                (Part::Key, "the key of what is sealed in it is lost; bring back a newer vault.db")
            } else if let Some(vault) = beside.vault
                && vault.key(SubjectId::from_uuid(subject)).is_err()
            {
                (Part::Key, "the key of what is sealed in it cannot be unwrapped")
            } else {
                self.report.keys += 1;
                continue;
            };
            self.report.note(part, Some(position), reason);
        }
    }

    /// The ledger still has what somebody has seen of it.
    async fn seen(
        &mut self,
        ledger: &dyn Ledger,
        seen: Option<Mark>,
        who: &str,
    ) -> Result<(), ReadError> {
        let Some(mark) = seen else { return Ok(()) };
        let reason = match Mark::at(ledger, mark.position).await {
            Ok(Some(there)) if there == mark => return Ok(()),
            Ok(Some(_)) => format!("{who} has seen another record there"),
            Ok(None) => format!("{who} has seen it, and the ledger ends before"),
            Err(error) => return self.report.note_read(Part::Record, error),
        };
        self.report.note(Part::Witness, Some(mark.position), reason);
        Ok(())
    }
}

type Found = (Checked, KeyList, Option<Seen>);

/// What the vault in a directory says without its master key; `None` if there is none.
fn look_at(directory: &Path) -> Result<Option<Found>, VaultError> {
    let Some(list) = KeyList::in_directory(directory)? else { return Ok(None) };
    Ok(Some((vault::check(directory)?, list, vault::look_at(directory)?)))
}
