//! The contract as a PDF: French text with the merchant's data and, once signed, a page of
//! evidence. The same file at the same moment gives the same pages.

use chrono::{DateTime, Utc};
use domain::calendar::paris_date;
use domain::client_file::PersonDetails;
use domain::contract::TERMS_VERSION;
use domain::merchant::State;
use domain::services::Status;
use domain::{ContractId, MerchantId};
use krilla::Document;
use krilla::color::rgb;
use krilla::geom::Point;
use krilla::page::PageSettings;
use krilla::paint::Fill;
use krilla::text::{Font, TextDirection};

static REGULAR: &[u8] = include_bytes!("../../assets/fonts/LiberationSans-Regular.ttf");
static BOLD: &[u8] = include_bytes!("../../assets/fonts/LiberationSans-Bold.ttf");

/// A4 in points.
const WIDTH: f32 = 595.0;
const HEIGHT: f32 = 842.0;
const MARGIN: f32 = 64.0;
const FORGOTTEN: &str = "[données effacées]";

#[derive(Debug, thiserror::Error)]
pub enum PdfError {
    #[error("a font of the program cannot be read")]
    Font,
    #[error("the PDF cannot be made: {0}")]
    Document(String),
}

/// What stands in the contract, line by line.
pub struct ContractText {
    blocks: Vec<Block>,
}

enum Block {
    Title(String),
    Heading(String),
    Paragraph(String),
    NewPage,
}

impl ContractText {
    pub fn of(
        merchant: MerchantId,
        contract: ContractId,
        state: &State,
        at: DateTime<Utc>,
    ) -> Self {
        let mut blocks = vec![
            Block::Title("Contrat de services de paiement".to_owned()),
            Block::Paragraph(format!(
                "Conditions générales, version {TERMS_VERSION}. Établi le {}. Référence {contract}.",
                paris_date(at).format("%d/%m/%Y")
            )),
        ];
        blocks.extend(parties(merchant, state));
        blocks.extend(services(state));
        blocks.extend(TERMS.iter().flat_map(|(heading, paragraph)| {
            [Block::Heading((*heading).to_owned()), Block::Paragraph((*paragraph).to_owned())]
        }));
        blocks.extend(signers(state));
        Self { blocks }
    }

    /// Adds the page that shows who signed what, when and how.
    pub fn with_evidence(mut self, state: &State) -> Self {
        let Some(presented) = &state.contract.presented else { return self };
        let hash: String = presented.sha256.iter().map(|byte| format!("{byte:02x}")).collect();
        self.blocks.push(Block::NewPage);
        self.blocks.push(Block::Title("Preuve de signature".to_owned()));
        self.blocks.push(Block::Paragraph(format!(
            "Chaque signataire a lu le document dont l'empreinte SHA-256 est {hash}, puis l'a signé \
             au moyen d'un code à usage unique reçu sur son mobile (signature électronique simple \
             au sens du règlement eIDAS)."
        )));
        for (person, signature) in &state.contract.signatures {
            let details = state.file.people.get(person).and_then(|person| person.details.known());
            let name = details.map_or(FORGOTTEN.to_owned(), PersonDetails::full_name);
            let evidence = signature.evidence.known().map_or(FORGOTTEN.to_owned(), |evidence| {
                format!(
                    "code envoyé au {}, adresse IP {}, navigateur {}",
                    evidence.mobile, evidence.ip_address, evidence.user_agent
                )
            });
            self.blocks.push(Block::Heading(name));
            self.blocks.push(Block::Paragraph(format!(
                "Signé le {} UTC ; {evidence}. Code {}.",
                signature.signed_at.format("%d/%m/%Y à %H:%M:%S"),
                signature.challenge
            )));
        }
        self
    }
}

fn parties(merchant: MerchantId, state: &State) -> Vec<Block> {
    let basics = state.account.basics.as_ref();
    let identity = basics.and_then(|basics| basics.identity.known());
    let name = identity.map_or(FORGOTTEN, |identity| identity.legal_name.as_str());
    let form = basics.map_or("", |basics| basics.legal_form.french_name());
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

/// The general terms, as far as the source text settles them.
const TERMS: [(&str, &str); 6] = [
    (
        "Article 1. Objet",
        "L'Établissement met à la disposition du Client les services souscrits, qui permettent \
         d'encaisser des paiements. Un seul Dossier Client donne accès à l'ensemble des services.",
    ),
    (
        "Article 2. Vérifications",
        "La collecte des informations et des pièces justificatives permet à l'Établissement de \
         respecter ses obligations en matière de lutte contre le blanchiment de capitaux et le \
         financement du terrorisme (articles L561-1 et suivants du code monétaire et financier). \
         Les services s'ouvrent à la validation du Dossier Client.",
    ),
    (
        "Article 3. Documents complémentaires",
        "L'Établissement peut demander des documents complémentaires. À défaut d'envoi dans les \
         trente jours, le compte est désactivé ; il peut être réactivé à la réception des documents.",
    ),
    (
        "Article 4. Durée et résiliation",
        "Le contrat est conclu sans engagement de durée. Le Client peut le résilier à tout moment et \
         sans frais, uniquement depuis son Espace Client, moyennant un préavis d'un mois.",
    ),
    (
        "Article 5. Sécurité",
        "Le Client garde ses clés et ses codes secrets. Aucune donnée de carte n'est conservée par \
         le Client ni par l'Établissement au-delà de ce que permet la norme PCI DSS.",
    ),
    (
        "Article 6. Données personnelles",
        "Les données sont conservées cinq ans après la fin de la relation d'affaires (article \
         L561-12 du code monétaire et financier), puis effacées.",
    ),
];

/// One page with one sentence: an invented document.
pub fn plain_pdf(sentence: &str) -> Result<Vec<u8>, PdfError> {
    pdf(&ContractText { blocks: vec![Block::Paragraph(sentence.to_owned())] })
}

/// The pages as bytes.
pub fn pdf(text: &ContractText) -> Result<Vec<u8>, PdfError> {
    let regular = Face::new(REGULAR)?;
    let bold = Face::new(BOLD)?;
    let mut document = Document::new();
    for lines in paginate(&text.blocks, &regular, &bold) {
        let settings = PageSettings::from_wh(WIDTH, HEIGHT)
            .ok_or_else(|| PdfError::Document("no page of that size".to_owned()))?;
        let mut page = document.start_page_with(settings);
        let mut surface = page.surface();
        surface
            .set_fill(Some(Fill { paint: rgb::Color::new(20, 24, 33).into(), ..Fill::default() }));
        for line in lines {
            let face = if line.is_bold { &bold } else { &regular };
            surface.draw_text(
                Point::from_xy(MARGIN, line.y),
                face.font.clone(),
                line.size,
                &line.text,
                false,
                TextDirection::Auto,
            );
        }
        surface.finish();
        page.finish();
    }
    document.finish().map_err(|error| PdfError::Document(format!("{error:?}")))
}

struct Face {
    font: Font,
    measure: ttf_parser::Face<'static>,
}

impl Face {
    fn new(bytes: &'static [u8]) -> Result<Self, PdfError> {
        let font = Font::new(bytes.to_vec().into(), 0).ok_or(PdfError::Font)?;
        let measure = ttf_parser::Face::parse(bytes, 0).map_err(|_| PdfError::Font)?;
        Ok(Self { font, measure })
    }

    #[expect(clippy::float_arithmetic, reason = "typography is measured in fractions of points")]
    fn width(&self, text: &str, size: f32) -> f32 {
        let units = f32::from(self.measure.units_per_em());
        let advance = |c: char| {
            let glyph = self.measure.glyph_index(c).unwrap_or_default();
            f32::from(self.measure.glyph_hor_advance(glyph).unwrap_or_default())
        };
        text.chars().map(advance).sum::<f32>() * size / units
    }
}

struct Line {
    text: String,
    size: f32,
    is_bold: bool,
    y: f32,
}

#[expect(clippy::float_arithmetic, reason = "typography is measured in fractions of points")]
fn paginate(blocks: &[Block], regular: &Face, bold: &Face) -> Vec<Vec<Line>> {
    let mut pages = vec![vec![]];
    let mut y = MARGIN;
    for block in blocks {
        let (text, size, is_bold, before) = match block {
            Block::Title(text) => (text, 20.0, true, 12.0),
            Block::Heading(text) => (text, 11.5, true, 14.0),
            Block::Paragraph(text) => (text, 10.5, false, 5.0),
            Block::NewPage => {
                pages.push(vec![]);
                y = MARGIN;
                continue;
            }
        };
        y += before;
        let face = if is_bold { bold } else { regular };
        for text in wrap(text, face, size) {
            y += size * 1.45;
            if y > HEIGHT - MARGIN {
                pages.push(vec![]);
                y = MARGIN + size;
            }
            if let Some(page) = pages.last_mut() {
                page.push(Line { text, size, is_bold, y });
            }
        }
    }
    pages
}

/// Greedy line breaking; a word longer than a line is cut.
#[expect(clippy::float_arithmetic, reason = "typography is measured in fractions of points")]
fn wrap(text: &str, face: &Face, size: f32) -> Vec<String> {
    let most = WIDTH - 2.0 * MARGIN;
    let mut lines = vec![];
    let mut line = String::new();
    for word in text.split_whitespace() {
        let candidate = if line.is_empty() { word.to_owned() } else { format!("{line} {word}") };
        if face.width(&candidate, size) <= most {
            line = candidate;
            continue;
        }
        if !line.is_empty() {
            lines.push(std::mem::take(&mut line));
        }
        for c in word.chars() {
            line.push(c);
            if face.width(&line, size) > most {
                line.pop();
                lines.push(std::mem::take(&mut line));
                line.push(c);
            }
        }
    }
    if !line.is_empty() {
        lines.push(line);
    }
    lines
}
