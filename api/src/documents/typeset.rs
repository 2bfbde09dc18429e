//! Typesetting: titles, headings and paragraphs on A4 pages, as a PDF.

use krilla::Document;
use krilla::color::rgb;
use krilla::geom::Point;
use krilla::page::PageSettings;
use krilla::paint::Fill;
use krilla::pdf::{Pdf, PdfDocument};
use krilla::text::{Font, TextDirection};
use std::sync::Arc;

static REGULAR: &[u8] = include_bytes!("../../assets/fonts/LiberationSans-Regular.ttf");
static BOLD: &[u8] = include_bytes!("../../assets/fonts/LiberationSans-Bold.ttf");

/// A4 in points.
const WIDTH: f32 = 595.0;
const HEIGHT: f32 = 842.0;
const MARGIN: f32 = 64.0;

#[derive(Debug, thiserror::Error)]
pub enum PdfError {
    #[error("a font of the program cannot be read")]
    Font,
    #[error("the PDF cannot be made: {0}")]
    Document(String),
}

pub enum Block {
    Title(String),
    Heading(String),
    Paragraph(String),
}

/// One page with one sentence: an invented document.
pub fn plain_pdf(sentence: &str) -> Result<Vec<u8>, PdfError> {
    pdf(&[Block::Paragraph(sentence.to_owned())])
}

/// The pages as bytes. The same blocks give the same bytes.
pub fn pdf(blocks: &[Block]) -> Result<Vec<u8>, PdfError> {
    let mut document = Document::new();
    typeset(blocks, &mut document)?;
    finish(document)
}

/// The pages of another PDF as they are, and new ones behind them.
pub fn pdf_behind(pages: Vec<u8>, blocks: &[Block]) -> Result<Vec<u8>, PdfError> {
    let unreadable = |_| PdfError::Document("its pages cannot be read".to_owned());
    let pages = Arc::new(Pdf::new(Arc::new(pages)).map_err(unreadable)?);
    let all: Vec<usize> = (0..pages.pages().len()).collect();
    let mut document = Document::new();
    document.embed_pdf_pages(&PdfDocument::new(pages), &all);
    typeset(blocks, &mut document)?;
    finish(document)
}

fn finish(document: Document) -> Result<Vec<u8>, PdfError> {
    document.finish().map_err(|error| PdfError::Document(format!("{error:?}")))
}

fn typeset(blocks: &[Block], document: &mut Document) -> Result<(), PdfError> {
    let regular = Face::new(REGULAR)?;
    let bold = Face::new(BOLD)?;
    for lines in paginate(blocks, &regular, &bold) {
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
    Ok(())
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
