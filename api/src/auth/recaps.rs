//! What was shown before it is confirmed, as a short text: whoever sends it back has seen that and
//! nothing else.

use domain::bank_account::Change;
use domain::{Id, MerchantId};
use store::seal::DataKey;
use store::vault::mac;
use subtle::ConstantTimeEq;

const BYTES: usize = 16;

pub struct Recaps {
    secret: DataKey,
}

impl Recaps {
    pub fn new(secret: DataKey) -> Self {
        Self { secret }
    }

    /// Of a change whose account is known.
    pub fn of(&self, merchant: MerchantId, change: &Change) -> Option<String> {
        let account = change.account.known()?;
        let mac = mac(
            &self.secret,
            &[
                b"bank_account_change",
                merchant.uuid().as_bytes(),
                change.id.uuid().as_bytes(),
                account.iban.as_str().as_bytes(),
                account.holder.as_str().as_bytes(),
                &change.rib.sealed_sha256,
            ],
        );
        mac.get(..BYTES).map(hex::encode)
    }

    pub fn is_of(&self, merchant: MerchantId, change: &Change, shown: &str) -> bool {
        let expected = self.of(merchant, change);
        expected.is_some_and(|expected| expected.as_bytes().ct_eq(shown.as_bytes()).into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::BankAccountChangeId;
    use domain::bank_account::{Reading, Rib, Stage};
    use domain::client_file::{MediaType, PayoutAccount};
    use domain::values::{Iban, LegalName};

    fn change(iban: &str, document: u8) -> Change {
        Change {
            id: BankAccountChangeId::from_u128(1),
            account: PayoutAccount {
                iban: Iban::recorded(iban),
                holder: LegalName::recorded("Atelier du Canal"),
            }
            .into(),
            rib: Rib {
                document: domain::DocumentId::from_u128(2),
                media_type: MediaType::Pdf,
                size: 1,
                sealed_sha256: [document; 32],
            },
            reading: Reading::UNREADABLE.into(),
            requested_at: chrono::DateTime::UNIX_EPOCH,
            expires_at: chrono::DateTime::UNIX_EPOCH,
            target_at: None,
            verified_by: None,
            stage: Stage::Requested,
            refusal: None,
            refusal_text: None,
        }
    }

    #[test]
    fn a_recap_is_of_one_account_one_document_and_one_merchant() {
        let recaps = Recaps::new(DataKey::new([1; 32]));
        let merchant = MerchantId::from_u128(1);
        let shown = change("FR7630006000011234567890189", 1);
        let recap = recaps.of(merchant, &shown).unwrap();
        assert!(recaps.is_of(merchant, &shown, &recap));
        assert!(!recaps.is_of(MerchantId::from_u128(2), &shown, &recap));
        for other in [change("DE89370400440532013000", 1), change("FR7630006000011234567890189", 2)]
        {
            assert!(!recaps.is_of(merchant, &other, &recap));
        }
        let later = Change { id: BankAccountChangeId::from_u128(9), ..shown.clone() };
        assert!(!recaps.is_of(merchant, &later, &recap));
        assert!(!recaps.is_of(merchant, &shown, ""));
    }
}
