//! What a file really is: by its bytes, parsed in full, bounded in pages and pixels.

use crate::error::Problem;
use axum::http::StatusCode;
use domain::client_file::MediaType;
use hayro_syntax::Pdf;
use image::{ImageFormat, ImageReader, Limits};
use std::io::Cursor;
use std::sync::Arc;

const PAGES_MAX: usize = 200;
const PIXELS_MAX: u32 = 12_000;
const DECODED_BYTES_MAX: u64 = 256 * 1024 * 1024;

/// The type of a document that can be accepted, or what is wrong with it.
pub fn inspect(bytes: &[u8]) -> Result<MediaType, Problem> {
    if bytes.starts_with(b"%PDF-") {
        return inspect_pdf(bytes).map(|()| MediaType::Pdf);
    }
    let (format, media_type) = if bytes.starts_with(&[0xff, 0xd8, 0xff]) {
        (ImageFormat::Jpeg, MediaType::Jpeg)
    } else if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
        (ImageFormat::Png, MediaType::Png)
    } else {
        return Err(problem(
            "unknown_document_type",
            "Only PDF, JPEG and PNG documents are accepted, whatever the name of the file.",
            "Seuls les documents PDF, JPEG et PNG sont acceptés, quel que soit le nom du fichier.",
        ));
    };
    inspect_image(bytes, format).map(|()| media_type)
}

fn inspect_pdf(bytes: &[u8]) -> Result<(), Problem> {
    if contains(bytes, b"/Encrypt") {
        return Err(problem(
            "document_encrypted",
            "This PDF is protected by a password; send it without protection.",
            "Ce PDF est protégé par un mot de passe ; envoyez-le sans protection.",
        ));
    }
    if contains(bytes, b"/JavaScript") || contains(bytes, b"/Launch") {
        return Err(problem(
            "document_has_scripts",
            "This PDF holds scripts; print it to a new PDF and send that.",
            "Ce PDF contient des scripts ; imprimez-le dans un nouveau PDF et envoyez celui-ci.",
        ));
    }
    let unreadable = || {
        problem(
            "document_unreadable",
            "This PDF cannot be read; it may be cut off.",
            "Ce PDF ne peut être lu ; il est peut-être tronqué.",
        )
    };
    let pdf = Pdf::new(Arc::new(bytes.to_vec())).map_err(|_| unreadable())?;
    match pdf.pages().len() {
        0 => Err(unreadable()),
        1..=PAGES_MAX => Ok(()),
        _ => Err(problem(
            "document_too_long",
            "A document has at most 200 pages.",
            "Un document comporte au plus 200 pages.",
        )),
    }
}

fn inspect_image(bytes: &[u8], format: ImageFormat) -> Result<(), Problem> {
    let mut limits = Limits::default();
    limits.max_image_width = Some(PIXELS_MAX);
    limits.max_image_height = Some(PIXELS_MAX);
    limits.max_alloc = Some(DECODED_BYTES_MAX);
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    reader.limits(limits);
    reader.decode().map(|_| ()).map_err(|_| {
        problem(
            "document_unreadable",
            "This image cannot be read, or has more than 12,000 pixels on a side.",
            "Cette image ne peut être lue, ou dépasse 12 000 pixels de côté.",
        )
    })
}

fn contains(bytes: &[u8], name: &[u8]) -> bool {
    bytes.windows(name.len()).any(|window| window == name)
}

fn problem(code: &'static str, english: &'static str, french: &'static str) -> Problem {
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, code, english, french)
}
