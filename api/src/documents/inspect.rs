//! What a file really is: by its bytes, bounded in pages and pixels.

use super::pdf;
use super::picture::{self, Unreadable};
use crate::error::Problem;
use axum::body::Bytes;
use axum::http::StatusCode;
use domain::client_file::MediaType;
use memchr::memmem;

const PAGES_MAX: usize = 200;

pub fn is_pdf(bytes: &Bytes) -> bool {
    bytes.starts_with(b"%PDF-")
}

/// The type of a document that can be accepted, or what is wrong with it. A PDF is parsed in full,
/// which takes a while; `apart`: by a process of its own.
pub fn inspect(bytes: &Bytes, apart: bool) -> Result<MediaType, Problem> {
    if is_pdf(bytes) {
        return inspect_pdf(bytes, apart).map(|()| MediaType::Pdf);
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

fn inspect_pdf(bytes: &Bytes, apart: bool) -> Result<(), Problem> {
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
            "This PDF cannot be read; it may be cut off. Print it to a new PDF and send that.",
            "Ce PDF ne peut être lu ; il est peut-être tronqué. Imprimez-le dans un nouveau PDF et \
             envoyez celui-ci.",
        )
    };
    let pages =
        if apart { pdf::pages_apart(bytes).map_err(Problem::internal)? } else { pdf::pages(bytes) };
    match pages.ok_or_else(unreadable)? {
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
