//! What a file really is: by its bytes, bounded in pages and pixels.

use super::picture::{self, Unreadable};
use crate::error::Problem;
use axum::body::Bytes;
use axum::http::StatusCode;
use domain::client_file::MediaType;
use hayro_syntax::Pdf;
use memchr::memmem;
use std::sync::Arc;

const PAGES_MAX: usize = 200;

/// The type of a document that can be accepted, or what is wrong with it. A PDF is parsed in full,
/// which takes a while.
pub fn inspect(bytes: &Bytes) -> Result<MediaType, Problem> {
    if bytes.starts_with(b"%PDF-") {
        return inspect_pdf(bytes).map(|()| MediaType::Pdf);
    }
    if picture::is_jpeg(bytes) {
        return picture::walk_jpeg(bytes).map(|()| MediaType::Jpeg).map_err(unreadable_picture);
    }
    if picture::is_png(bytes) {
        return picture::walk_png(bytes).map(|()| MediaType::Png).map_err(unreadable_picture);
    }
    Err(problem(
        "unknown_document_type",
        "Only PDF, JPEG and PNG documents are accepted, whatever the name of the file.",
        "Seuls les documents PDF, JPEG et PNG sont acceptés, quel que soit le nom du fichier.",
    ))
}

fn inspect_pdf(bytes: &Bytes) -> Result<(), Problem> {
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
    let pdf = Pdf::new(Arc::new(bytes.clone())).map_err(|_| unreadable())?;
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

fn unreadable_picture(_: Unreadable) -> Problem {
    problem(
        "document_unreadable",
        "This image cannot be read, or has more than 12,000 pixels on a side.",
        "Cette image ne peut être lue, ou dépasse 12 000 pixels de côté.",
    )
}

fn contains(bytes: &[u8], name: &[u8]) -> bool {
    memmem::find(bytes, name).is_some()
}

fn problem(code: &'static str, english: &'static str, french: &'static str) -> Problem {
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, code, english, french)
}
