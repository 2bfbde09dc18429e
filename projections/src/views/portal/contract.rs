//! The contract, to the merchant.

use crate::views::ids::{ContractId, PersonId};
use chrono::{DateTime, Utc};
use domain::client_file::PersonDetails;
use domain::contract::is_current;
use domain::merchant::State;
use serde::Serialize;
use utoipa::ToSchema;

#[derive(Serialize, ToSchema)]
pub struct Contract {
    /// Always `contract`.
    pub object: &'static str,
    /// None before it was presented.
    pub id: Option<ContractId>,
    /// The version of our terms.
    #[schema(example = 1)]
    pub terms_version: Option<u16>,
    /// SHA-256 of the PDF, in hexadecimal: what is signed is what was read.
    #[schema(example = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")]
    pub sha256: Option<String>,
    /// False if the file has changed since: present it again.
    pub is_current: bool,
    /// Whether everybody has signed.
    pub is_signed: bool,
    /// Who has to sign.
    pub signers: Vec<SignerView>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = Signer)]
pub struct SignerView {
    pub person: PersonId,
    /// First and last name.
    #[schema(example = "Marie Exemple")]
    pub name: Option<String>,
    /// When they signed, if they did.
    pub signed_at: Option<DateTime<Utc>>,
}

impl Contract {
    pub fn of(state: &State) -> Self {
        let presented = state.contract.presented.as_ref();
        let signers = presented.iter().flat_map(|presented| &presented.signers);
        Self {
            object: "contract",
            id: presented.map(|presented| presented.contract.into()),
            terms_version: presented.map(|presented| presented.terms_version),
            sha256: presented.and_then(|presented| presented.sha256.known()).map(hex::encode),
            is_current: is_current(state),
            is_signed: state.contract.is_signed(),
            signers: signers.map(|signer| SignerView::of(state, *signer)).collect(),
        }
    }
}

impl SignerView {
    fn of(state: &State, signer: domain::PersonId) -> Self {
        let person = state.file.people.get(&signer).and_then(|person| person.details.known());
        Self {
            person: signer.into(),
            name: person.map(PersonDetails::full_name),
            signed_at: state.contract.signatures.get(&signer).map(|signature| signature.signed_at),
        }
    }
}
