//! The words that stand on the pages of a PDF, line by line, as somebody would read them. Much of what
//! nobody sees is not read: letters that are invisible, as good as white, tiny or faint, cut off, beside the
//! page, or under something that was painted later. Only a letter's origin and the box around an area count;
//! strokes, soft masks, patterns and blend modes are not seen through. Whoever makes a PDF can still make it
//! say something else than it shows; so this only helps whoever looks at it.
#![allow(clippy::float_arithmetic, reason = "places on a page are floats, and decide nothing")]

use hayro_interpret::font::GlyphRun;
use hayro_interpret::hayro_cmap::BfString;
use hayro_interpret::kurbo::{Affine, BezPath, Point, Rect, Shape};
use hayro_interpret::{
    BlendMode, ClipPath, Context, Device, DrawMode, DrawProps, Image, ImageDrawProps,
    InterpreterCache, InterpreterSettings, Paint, SoftMask, TransformExt, interpret_page,
};
use hayro_syntax::Pdf;
use std::sync::Arc;
use store::Bytes;

/// Bank details are on the first page; what comes behind is small print.
const PAGES_MAX: usize = 3;
/// As many as a few full pages have.
const LETTERS_MAX: usize = 20_000;
/// One glyph can stand for some letters, and a font may say that it stands for a book.
const LETTERS_OF_GLYPH_MAX: usize = 4;
/// Points; nobody reads smaller ones.
const SIZE_MIN: f64 = 3.0;
/// Of a letter, of what it is painted with and of what it is painted into.
const OPACITY_MIN: f32 = 0.3;
/// Letters that lie no further apart than this part of their size stand on one line.
const LINE: f64 = 0.5;
/// A gap that begins a new word, and one that begins a new column, as parts of a letter's size.
const WORD: f64 = 0.2;
const COLUMN: f64 = 2.0;
/// Letters lighter than this are as good as white.
const WHITE: u8 = 0xf0;

/// Every line, from top to bottom; columns are lines of their own.
pub fn lines(bytes: &Bytes) -> Vec<String> {
    let Ok(pdf) = Pdf::new(Arc::new(bytes.clone())) else { return vec![] };
    let cache = InterpreterCache::new();
    let mut lines = vec![];
    for page in pdf.pages().iter().take(PAGES_MAX) {
        let (width, height) = page.render_dimensions();
        let sheet = Rect::new(0.0, 0.0, f64::from(width), f64::from(height));
        let mut letters = Letters { found: vec![], clips: vec![sheet], opacities: vec![1.0] };
        let settings = InterpreterSettings::default();
        let to_sheet = page.initial_transform(true).to_kurbo();
        let mut context = Context::new(to_sheet, sheet, &cache, pdf.xref(), settings);
        interpret_page(page, &mut context, &mut letters);
        lines.extend(letters.in_lines());
    }
    lines
}

struct Letter {
    text: String,
    at: Point,
    /// Of the letter as it stands on the page.
    size: f64,
    /// Where the next letter would stand.
    end: f64,
}

struct Letters {
    found: Vec<Letter>,
    /// What of the page is painted on, the innermost last.
    clips: Vec<Rect>,
    opacities: Vec<f32>,
}

impl Letters {
    fn clip(&self) -> Rect {
        self.clips.last().copied().unwrap_or_default()
    }

    fn opacity(&self) -> f32 {
        self.opacities.last().copied().unwrap_or(1.0)
    }

    /// What is painted hides what was there before.
    fn hide(&mut self, place: Rect) {
        let hidden = place.intersect(self.clip());
        self.found.retain(|letter| !hidden.contains(letter.at));
    }

    fn in_lines(mut self) -> Vec<String> {
        self.found.sort_by(|one, other| one.at.y.total_cmp(&other.at.y));
        let mut rows: Vec<Vec<Letter>> = vec![];
        for letter in self.found {
            let is_of = |row: &Vec<Letter>| {
                row.first().is_some_and(|first| letter.at.y - first.at.y <= first.size * LINE)
            };
            match rows.last_mut().filter(|row| is_of(row)) {
                Some(row) => row.push(letter),
                None => rows.push(vec![letter]),
            }
        }
        rows.into_iter().flat_map(columns).collect()
    }
}

/// The columns of one line.
fn columns(mut row: Vec<Letter>) -> Vec<String> {
    row.sort_by(|one, other| one.at.x.total_cmp(&other.at.x));
    let mut columns = vec![String::new()];
    let mut end = None;
    for letter in row {
        let gap = end.map_or(0.0, |end| letter.at.x - end);
        if gap > letter.size * COLUMN {
            columns.push(String::new());
        }
        if let Some(column) = columns.last_mut() {
            if gap > letter.size * WORD {
                column.push(' ');
            }
            column.push_str(&letter.text);
        }
        end = Some(letter.end);
    }
    let tidy = |column: String| column.split_whitespace().collect::<Vec<_>>().join(" ");
    columns.into_iter().map(tidy).filter(|column| !column.is_empty()).collect()
}

impl Device<'_> for Letters {
    fn draw_glyph_run(&mut self, run: &GlyphRun<'_, '_>, props: DrawProps<'_>, mode: &DrawMode) {
        let is_faint = opacity_of(&props.paint) * self.opacity() < OPACITY_MIN;
        if matches!(mode, DrawMode::Invisible) || is_white(&props.paint) || is_faint {
            return;
        }
        for glyph in run.glyphs() {
            let text: String = match glyph.as_unicode() {
                Some(BfString::Char(c)) => c.into(),
                Some(BfString::String(text)) => text.chars().take(LETTERS_OF_GLYPH_MAX).collect(),
                None => continue,
            };
            let place = props.transform * glyph.transform();
            let (at, size) = (place * Point::ZERO, size_of(place));
            let is_seen = self.clip().contains(at) && size >= SIZE_MIN;
            if is_seen && self.found.len() < LETTERS_MAX {
                let wide = width_of(&text) * size;
                self.found.push(Letter { text, at, size, end: at.x + wide });
            }
        }
    }

    fn draw_path(&mut self, path: &BezPath, props: DrawProps<'_>, mode: &DrawMode) {
        let fills = matches!(mode, DrawMode::Fill(_) | DrawMode::FillAndStroke(..));
        if fills && opacity_of(&props.paint) * self.opacity() >= OPACITY_MIN {
            self.hide((props.transform * path.clone()).bounding_box());
        }
    }

    fn draw_image(&mut self, image: Image<'_, '_>, props: ImageDrawProps<'_>) {
        let (width, height) = (f64::from(image.width()), f64::from(image.height()));
        let whole = Rect::new(0.0, 0.0, width, height);
        self.hide(props.transform.transform_rect_bbox(whole));
    }

    fn push_clip_path(&mut self, clip: &ClipPath) {
        self.clips.push(self.clip().intersect(clip.path.bounding_box()));
    }

    fn pop_clip(&mut self) {
        self.clips.pop();
    }

    fn push_transparency_group(&mut self, opacity: f32, _: Option<SoftMask<'_>>, _: BlendMode) {
        self.opacities.push(self.opacity() * opacity);
    }

    fn pop_transparency_group(&mut self) {
        self.opacities.pop();
    }
}

fn opacity_of(paint: &Paint<'_>) -> f32 {
    match paint {
        Paint::Color(color) => f32::from(color.to_rgba().to_rgba8()[3]) / 255.0,
        Paint::Pattern(_) => 1.0,
    }
}

fn is_white(paint: &Paint<'_>) -> bool {
    match paint {
        Paint::Color(color) => {
            let [red, green, blue, _] = color.to_rgba().to_rgba8();
            [red, green, blue].iter().all(|part| *part >= WHITE)
        }
        Paint::Pattern(_) => false,
    }
}

/// Glyphs are drawn in thousandths of their size.
fn size_of(place: Affine) -> f64 {
    place.determinant().abs().sqrt() * 1_000.0
}

/// How wide a letter is about, as a part of its size: the reader does not say.
fn width_of(text: &str) -> f64 {
    let widths = text.chars().map(|c| match c {
        'i' | 'j' | 'l' | 'I' | '.' | ',' | ':' | ';' | '\'' | '|' | ' ' => 0.28,
        'm' | 'w' | 'M' | 'W' | '@' | '%' => 0.85,
        'A'..='Z' | 'À'..='Ý' => 0.68,
        _ => 0.55,
    });
    widths.sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A page of an A4 sheet with text in Helvetica, by operators of its content.
    pub fn page(content: &str) -> Bytes {
        let mut file = b"%PDF-1.7\n".to_vec();
        let objects = [
            "<</Type/Catalog/Pages 2 0 R>>".to_owned(),
            "<</Type/Pages/Kids[3 0 R]/Count 1>>".to_owned(),
            "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R\
             /Resources<</Font<</F1 5 0 R>>>>>>"
                .to_owned(),
            format!("<</Length {}>>stream\n{content}\nendstream", content.len()),
            "<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>".to_owned(),
        ];
        let mut places = vec![];
        for (number, object) in (1..).zip(&objects) {
            places.push(file.len());
            file.extend(format!("{number} 0 obj\n{object}\nendobj\n").as_bytes());
        }
        let start = file.len();
        file.extend(format!("xref\n0 {}\n0000000000 65535 f \n", places.len() + 1).as_bytes());
        for place in places {
            file.extend(format!("{place:010} 00000 n \n").as_bytes());
        }
        let end = format!("trailer<</Size 6/Root 1 0 R>>\nstartxref\n{start}\n%%EOF\n");
        file.extend(end.as_bytes());
        file.into()
    }

    #[test]
    fn words_are_read_in_lines_and_columns() {
        let content = "BT /F1 12 Tf 50 700 Td (Titulaire du compte) Tj 200 0 Td (ATELIER DU CANAL) Tj ET \
             BT /F1 10 Tf 50 660 Td (IBAN) Tj 60 0 Td (FR76 3000 6000 0112 3456 7890 189) Tj ET \
             BT /F1 10 Tf 50 720 Td (Relev\\351 d'identit\\351 bancaire) Tj ET \
             BT /F1 10 Tf 50 640 Td [(Sans) -400 (espaces)] TJ ET";
        assert_eq!(
            lines(&page(content)),
            [
                "Relevé d'identité bancaire",
                "Titulaire du compte",
                "ATELIER DU CANAL",
                "IBAN",
                "FR76 3000 6000 0112 3456 7890 189",
                "Sans espaces",
            ]
        );
    }

    #[test]
    fn much_of_what_nobody_sees_is_not_read() {
        let at = |y: u32, text: &str| format!("BT /F1 10 Tf 50 {y} Td ({text}) Tj ET\n");
        for (hidden, content) in [
            ("invisible", format!("q 3 Tr {} Q", at(700, "x"))),
            ("white", format!("q 1 1 1 rg {} Q", at(700, "x"))),
            ("tiny", "BT /F1 0.05 Tf 50 700 Td (x) Tj ET".to_owned()),
            ("beside the page", "BT /F1 10 Tf 50 -40 Td (x) Tj ET".to_owned()),
            ("cut off", format!("q 0 0 1 1 re W n {} Q", at(700, "x"))),
            ("painted over", format!("{} 1 1 1 rg 40 690 200 30 re f 0 g", at(700, "x"))),
        ] {
            let all = format!("{content}\n{}", at(640, "seen"));
            assert_eq!(lines(&page(&all)), ["seen"], "{hidden}");
        }
        // What was painted before is behind them.
        let behind = format!("0.9 g 40 690 200 30 re f 0 g {}", at(700, "x"));
        assert_eq!(lines(&page(&behind)), ["x"]);
    }

    #[test]
    fn a_font_that_says_too_much_is_cut_short() {
        let letters = "A".repeat(LETTERS_MAX + 10);
        let content = format!("BT /F1 10 Tf 1 0 0 1 50 700 Tm ({letters}) Tj ET");
        let read: usize = lines(&page(&content)).iter().map(String::len).sum();
        assert!(read <= LETTERS_MAX * LETTERS_OF_GLYPH_MAX, "{read}");
    }

    #[test]
    fn what_is_no_pdf_has_no_lines() {
        assert!(lines(&Bytes::from_static(b"%PDF-1.7 nothing")).is_empty());
    }
}
