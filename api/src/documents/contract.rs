//! What stands in the contract: French text with the merchant's data and, once signed, a page of
//! evidence.

use super::terms;
use super::typeset::Block;
use chrono::{DateTime, Utc};
use domain::calendar::paris_date;
use domain::client_file::PersonDetails;
use domain::merchant::State;
use domain::services::Status;
use domain::{ContractId, MerchantId, Worded};

const FORGOTTEN: &str = "[données effacées]";

/// What stands in the contract that carries that version of the terms; `None` if there is no such
/// version.
pub fn text(
    merchant: MerchantId,
    contract: ContractId,
    terms_version: u16,
    state: &State,
    at: DateTime<Utc>,
) -> Option<Vec<Block>> {
    let mut blocks = vec![
        Block::Title("Contrat de services de paiement".to_owned()),
        Block::Paragraph(format!(
            "Conditions générales, version {terms_version}. Établi le {}. Référence {contract}.",
            paris_date(at).format("%d/%m/%Y")
        )),
    ];
    blocks.extend(parties(merchant, state));
    blocks.extend(services(state));
    blocks.extend(terms::of_version(terms_version)?.iter().flat_map(|(heading, paragraph)| {
        [Block::Heading((*heading).to_owned()), Block::Paragraph((*paragraph).to_owned())]
    }));
    blocks.extend(signers(state));
    Some(blocks)
}

/// The page that shows who signed what, when and how.
pub fn evidence(state: &State) -> Vec<Block> {
    let presented = state.contract.presented.as_ref();
    let hash = presented.and_then(|presented| presented.sha256.known());
    let hash = hash.map_or(FORGOTTEN.to_owned(), hex::encode);
    let mut blocks = vec![
        Block::Title("Preuve de signature".to_owned()),
        Block::Paragraph(format!(
            "Chaque signataire a lu le document dont l'empreinte SHA-256 est {hash}, puis l'a signé \
             au moyen d'un code à usage unique reçu sur son mobile (signature électronique simple \
             au sens du règlement eIDAS)."
        )),
    ];
    for (person, signature) in &state.contract.signatures {
        let details = state.file.people.get(person).and_then(|person| person.details.known());
        let name = details.map_or(FORGOTTEN.to_owned(), PersonDetails::full_name);
        let evidence = signature.evidence.known().map_or(FORGOTTEN.to_owned(), |evidence| {
            format!(
                "code envoyé au {}, adresse IP {}, navigateur {}",
                evidence.mobile, evidence.ip_address, evidence.user_agent
            )
        });
        blocks.push(Block::Heading(name));
        blocks.push(Block::Paragraph(format!(
            "Signé le {} UTC ; {evidence}. Code {}.",
            signature.signed_at.format("%d/%m/%Y à %H:%M:%S"),
            signature.challenge
        )));
    }
    blocks
}

fn parties(merchant: MerchantId, state: &State) -> Vec<Block> {
    let basics = state.account.basics.as_ref();
    let identity = basics.and_then(|basics| basics.identity.known());
    let name = identity.map_or(FORGOTTEN, |identity| identity.legal_name.as_str());
    let form = basics.map_or("", |basics| basics.legal_form.french());
    let company = state.file.company.as_ref().and_then(|company| company.known());
    let seat = company.map_or(FORGOTTEN.to_owned(), |company| {
        let address = &company.address;
        format!(
            "SIRET {}, dont le siège est {}, {} {} ({})",
            company.siret.as_str(),
            address.street,
            address.postal_code.as_str(),
            address.city,
            address.country
        )
    });
    let account = state.file.payout_account.as_ref().and_then(|account| account.known());
    let account = account.map_or(FORGOTTEN.to_owned(), |account| {
        format!("{} (IBAN …{})", account.holder.as_str(), account.iban.last_four())
    });
    vec![
        Block::Heading("Les parties".to_owned()),
        Block::Paragraph(format!(
            "L'établissement de paiement, ci-après « l'Établissement », et {name}, {form}, {seat}, \
             ci-après « le Client », compte {merchant}."
        )),
        Block::Paragraph(format!("Les fonds sont versés sur le compte de {account}.")),
    ]
}

fn services(state: &State) -> Vec<Block> {
    let asked: Vec<&str> = state
        .services
        .services
        .iter()
        .filter(|(_, status)| **status != Status::Refused)
        .map(|(service, _)| service_name(*service))
        .collect();
    vec![
        Block::Heading("Les services souscrits".to_owned()),
        Block::Paragraph(format!("{}.", asked.join(", "))),
    ]
}

fn service_name(service: domain::services::Service) -> &'static str {
    use domain::services::Service;
    match service {
        Service::PaymentLink => "Lien de paiement",
        Service::Api => "API",
        Service::TapToPay => "Tap to Pay sur iPhone",
        Service::Terminal => "Terminal de paiement (mis à disposition)",
        Service::OnlineShop => "Boutique en ligne",
    }
}

fn signers(state: &State) -> Vec<Block> {
    let mut blocks = vec![Block::Heading("Les signataires".to_owned())];
    for signer in state.file.signers() {
        let details = state.file.people.get(&signer).and_then(|person| person.details.known());
        let text = details.map_or(FORGOTTEN.to_owned(), |details| {
            format!(
                "{}, né(e) le {} à {}",
                details.full_name(),
                details.birth_date.format("%d/%m/%Y"),
                details.birth_place
            )
        });
        blocks.push(Block::Paragraph(text));
    }
    blocks
}
