//! The change of a bank account, to the merchant.

use crate::views::bank_account::{PayoutView, holder, masked};
use crate::views::ids::BankAccountChangeId;
use crate::views::lists::{BankAccountChangeStage, BankAccountRefusal};
use chrono::{DateTime, Utc};
use domain::Worded;
use domain::bank_account::Change;
use domain::values::Language;
use serde::Serialize;
use utoipa::ToSchema;

#[derive(Serialize, ToSchema)]
pub struct BankAccount {
    /// Always `bank_account_state`.
    pub object: &'static str,
    pub payouts: PayoutView,
    /// The newest change, also when it is over.
    pub change: Option<ChangeView>,
}

/// The change of a bank account.
#[derive(Serialize, ToSchema)]
#[schema(as = BankAccountChange)]
pub struct ChangeView {
    /// Always `bank_account_change`.
    pub object: &'static str,
    pub id: BankAccountChangeId,
    pub stage: BankAccountChangeStage,
    /// The country and the end of the new IBAN.
    #[schema(example = "FR…2606")]
    pub iban: Option<String>,
    /// The holder of the new account.
    #[schema(example = "Atelier du Lac")]
    pub holder: Option<String>,
    /// The size of the RIB, in bytes.
    #[schema(example = 48_211)]
    pub rib_size: u64,
    /// Until when it can be confirmed.
    pub expires_at: DateTime<Utc>,
    /// What stands for this summary, as long as it can be confirmed: send it back to confirm.
    #[schema(example = "9c1f0a5be2d34c7788aa01b2c3d4e5f6")]
    pub recap: Option<String>,
    /// Why it was refused, if it was.
    pub refusal: Option<BankAccountRefusal>,
    /// The same in words.
    #[schema(example = "We could not verify this account.")]
    pub refusal_detail: Option<&'static str>,
    /// What the officer wrote about it.
    #[schema(example = "The RIB is that of another company.")]
    pub refusal_text: Option<String>,
}

impl ChangeView {
    /// `recap` stands for what is shown here, as long as it can be confirmed.
    pub fn of(change: &Change, recap: Option<String>, language: Language) -> Self {
        Self {
            object: "bank_account_change",
            id: change.id.into(),
            stage: change.stage.into(),
            iban: masked(&change.account),
            holder: holder(&change.account),
            rib_size: change.rib.size,
            expires_at: change.expires_at,
            recap,
            refusal: change.refusal.map(Into::into),
            refusal_detail: change.refusal.map(|refusal| refusal.words(language)),
            refusal_text: change.refusal_text.as_ref().map(|text| text.as_str().to_owned()),
        }
    }
}
