//! What may be asked of API keys, and the refusals in order.

use super::{Mode, NewKey, RevocationReason};
use crate::ApiKeyId;
use crate::values::FreeText;

#[derive(Clone, Debug)]
pub enum Command {
    /// `name` is by what people know it again.
    Issue {
        key: NewKey,
        mode: Mode,
        name: FreeText,
    },
    Rotate {
        from: ApiKeyId,
        to: NewKey,
        overlap_days: u8,
    },
    Revoke {
        key: ApiKeyId,
        reason: RevocationReason,
    },
}

refusals! {
    pub enum Refusal {
        UnknownKey = "unknown_api_key", "There is no such key.", "Cette clé n'existe pas.";
        NotLive = "not_live", "Live keys come with the approval of the client file.", "Les clés de production sont disponibles dès la validation du Dossier Client.";
        KeyNotActive = "api_key_not_active", "This key no longer works; issue a new one.", "Cette clé ne fonctionne plus ; créez-en une nouvelle.";
        OverlapTooLong = "overlap_too_long", "The old key can go on working for at most 7 days.", "L'ancienne clé peut fonctionner encore 7 jours au plus.";
        TooManyKeys = "too_many_api_keys", "Ten keys work already; revoke one first.", "Dix clés fonctionnent déjà ; révoquez-en une d'abord.";
    }
}
