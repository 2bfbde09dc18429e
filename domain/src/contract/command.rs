//! What may be asked of a contract, and the refusals in order.

use super::Evidence;
use crate::client_file::FileVersion;
use crate::{ChallengeId, ContractId, DocumentId, PersonId};

#[derive(Clone, Debug)]
pub enum Command {
    Present {
        contract: ContractId,
        /// Of the PDF, and of its sealed bytes as stored.
        sha256: [u8; 32],
        sealed_sha256: [u8; 32],
        file_version: FileVersion,
    },
    SendCode {
        signer: PersonId,
        challenge: ChallengeId,
    },
    Sign {
        signer: PersonId,
        /// What the signer has read.
        sha256: [u8; 32],
        challenge: ChallengeId,
        /// Whether the code entered is the one that was sent. Known outside, judged here.
        is_code_right: bool,
        evidence: Evidence,
    },
    /// Files the signed contract that was made of it.
    File {
        contract: ContractId,
        document: DocumentId,
        sealed_sha256: [u8; 32],
        size: u64,
    },
}

refusals! {
    pub enum Refusal {
        AlreadySubmitted = "contract_already_signed", "The contract is signed and the file is with our teams.", "Le contrat est signé et le dossier est chez nos équipes.";
        RequirementsMissing = "requirements_missing", "Something is still missing: GET …/requirements lists it.", "Il manque encore des éléments : GET …/requirements en donne la liste.";
        FileChanged = "file_changed", "The file has changed since the contract was made; present it again.", "Le dossier a changé depuis l'établissement du contrat ; présentez-le de nouveau.";
        NothingPresented = "no_contract_presented", "No contract has been presented yet.", "Aucun contrat n'a encore été présenté.";
        NotASigner = "not_a_signer", "This person does not sign this contract.", "Cette personne n'est pas signataire de ce contrat.";
        OtherContract = "other_contract", "What was read is not the contract that was presented.", "Le document lu n'est pas le contrat présenté.";
        TooManyCodes = "too_many_signing_codes", "Ten codes were sent for this contract; present it again.", "Dix codes ont été envoyés pour ce contrat ; présentez-le de nouveau.";
        TooManyCodesToday = "too_many_codes_today", "Twenty codes were sent for this account within 24 hours; try again tomorrow.", "Vingt codes ont été envoyés pour ce compte en 24 heures ; réessayez demain.";
        NoCodeSent = "no_code_sent", "Ask for a code first.", "Demandez d'abord un code.";
        CodeExpired = "code_expired", "This code is no longer valid; ask for another.", "Ce code n'est plus valable ; demandez-en un autre.";
        NotSigned = "contract_not_signed", "Not everybody has signed this contract.", "Tous les signataires n'ont pas encore signé ce contrat.";
        SignerForgotten = "signer_forgotten", "This person's data was erased.", "Les données de cette personne ont été effacées.";
    }
}
