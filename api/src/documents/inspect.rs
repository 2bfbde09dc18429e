//! What a file really is: by its bytes, bounded in pages and pixels.

use super::apart::{self, Finding};
use super::pdf;
use super::picture::{self, Flaw};
use domain::client_file::MediaType;
use memchr::memmem;
use std::borrow::Cow;
use std::io;
use store::Bytes;

const PAGES_MAX: usize = 200;

domain::codes! {
    pub enum UnfitKind {
        Encrypted = "document_encrypted", "The document asks for a password; send it without one.", "Le document demande un mot de passe ; envoyez-le sans mot de passe.";
        HasAttachments = "document_has_attachments", "Other files are attached inside the PDF; send them one by one.", "D'autres fichiers sont joints dans le PDF ; envoyez-les un par un.";
        HasScripts = "document_has_scripts", "The PDF starts programs; print it to a new PDF and send that.", "Le PDF lance des programmes ; imprimez-le dans un nouveau PDF et envoyez celui-ci.";
        TooLong = "document_too_long", "The document has too many pages.", "Le document comporte trop de pages.";
        Unreadable = "document_unreadable", "The document cannot be read to its end; send it again, or print it to a new PDF.", "Le document ne peut être lu jusqu'à sa fin ; renvoyez-le, ou imprimez-le dans un nouveau PDF.";
        PictureTooLarge = "picture_too_large", "The image has too many pixels; make it smaller.", "L'image a trop de pixels ; réduisez-la.";
        UnknownType = "unknown_document_type", "Only PDF, JPEG and PNG documents are accepted, whatever the name of the file.", "Seuls les documents PDF, JPEG et PNG sont acceptés, quel que soit le nom du fichier.";
    }
}

/// Why a file cannot be accepted, and what its sender can do.
#[derive(Clone, Debug)]
pub struct Unfit {
    pub kind: UnfitKind,
    pub english: Cow<'static, str>,
    pub french: Cow<'static, str>,
}

#[derive(Debug, thiserror::Error)]
pub enum InspectError {
    #[error("{}", .0.english)]
    Unfit(Unfit),
    /// What looks into documents has failed, whatever the document.
    #[error("a document could not be looked into: {0}")]
    Failed(#[from] io::Error),
}

pub fn is_pdf(bytes: &Bytes) -> bool {
    !picture::is_picture(bytes) && !is_of_another_kind(bytes) && pdf::begins(bytes).is_some()
}

/// The type of a document that can be accepted, or what is wrong with it. A PDF is parsed in full,
/// which takes a while; `is_apart`: by a process of its own.
pub fn inspect(bytes: &Bytes, is_apart: bool) -> Result<MediaType, InspectError> {
    if picture::is_jpeg(bytes) {
        return picture_of(MediaType::Jpeg, picture::walk_jpeg(bytes), bytes, is_apart);
    }
    if picture::is_png(bytes) {
        return picture_of(MediaType::Png, picture::walk_png(bytes), bytes, is_apart);
    }
    if is_pdf(bytes) {
        return judge(look(bytes, is_apart)?).map(|()| MediaType::Pdf);
    }
    Err(unknown(bytes))
}

/// Archives and documents of other programs, which may have a PDF at their beginning.
fn is_of_another_kind(bytes: &[u8]) -> bool {
    const OLE: &[u8] = &[0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1];
    bytes.starts_with(b"PK\x03\x04")
        || bytes.starts_with(OLE)
        || bytes.starts_with(b"{\\rtf")
        || matches!(bytes, [_, _, _, _, b'f', b't', b'y', b'p', ..])
}

fn look(bytes: &Bytes, is_apart: bool) -> Result<Finding, InspectError> {
    if is_apart { Ok(apart::look_apart(bytes)?) } else { Ok(apart::look(bytes)) }
}

fn picture_of(
    media_type: MediaType,
    walked: Result<(), Flaw>,
    bytes: &Bytes,
    is_apart: bool,
) -> Result<MediaType, InspectError> {
    match walked {
        Ok(()) => Ok(media_type),
        Err(Flaw::EndMissing) if look(bytes, is_apart)? == Finding::Whole => Ok(media_type),
        Err(Flaw::EndMissing | Flaw::Unreadable) => Err(unfit(
            UnfitKind::Unreadable,
            "This image cannot be read to its end; it may have been cut off on its way. Send it again.",
            "Cette image ne peut être lue jusqu'à sa fin ; elle a peut-être été tronquée en chemin. \
             Renvoyez-la.",
        )),
        Err(Flaw::TooLarge { width, height }) => Err(unfit(
            UnfitKind::PictureTooLarge,
            format!(
                "An image has at most {} pixels on a side; this one has {width} × {height}. Make it \
                 smaller and send it again.",
                picture::SIDE_MAX
            ),
            format!(
                "Une image a au plus {} pixels de côté ; celle-ci en a {width} × {height}. Réduisez-la \
                 et renvoyez-la.",
                picture::SIDE_MAX
            ),
        )),
    }
}

fn judge(finding: Finding) -> Result<(), InspectError> {
    match finding {
        Finding::Pages(1..=PAGES_MAX) | Finding::Whole => Ok(()),
        Finding::Pages(0) | Finding::Unreadable => Err(unfit(
            UnfitKind::Unreadable,
            "This PDF cannot be read. Print it to a new PDF and send that.",
            "Ce PDF ne peut être lu. Imprimez-le dans un nouveau PDF et envoyez celui-ci.",
        )),
        Finding::Pages(pages) => Err(unfit(
            UnfitKind::TooLong,
            format!("A document has at most {PAGES_MAX} pages; this one has {pages}."),
            format!("Un document comporte au plus {PAGES_MAX} pages ; celui-ci en a {pages}."),
        )),
        Finding::CutOff => Err(unfit(
            UnfitKind::Unreadable,
            "The end of this document is missing; it may have been cut off on its way. Send it again.",
            "La fin de ce document manque ; il a peut-être été tronqué en chemin. Renvoyez-le.",
        )),
        Finding::Encrypted => Err(unfit(
            UnfitKind::Encrypted,
            "This PDF asks for a password before it opens; send it without one.",
            "Ce PDF demande un mot de passe pour s'ouvrir ; envoyez-le sans mot de passe.",
        )),
        Finding::Undecipherable => Err(unfit(
            UnfitKind::Encrypted,
            "This PDF is encrypted in a way that cannot be read here. Print it to a new PDF and send that.",
            "Ce PDF est chiffré d'une manière illisible ici. Imprimez-le dans un nouveau PDF et envoyez \
             celui-ci.",
        )),
        Finding::Scripts => Err(unfit(
            UnfitKind::HasScripts,
            "This PDF starts programs (JavaScript, another program or a dynamic form). Print it to a \
             new PDF and send that.",
            "Ce PDF lance des programmes (JavaScript, un autre programme ou un formulaire dynamique). \
             Imprimez-le dans un nouveau PDF et envoyez celui-ci.",
        )),
        Finding::Attachments => Err(unfit(
            UnfitKind::HasAttachments,
            "Other files are attached inside this PDF. Print it to a new PDF and send that; send the \
             others one by one.",
            "D'autres fichiers sont joints dans ce PDF. Imprimez-le dans un nouveau PDF et envoyez \
             celui-ci ; envoyez les autres un par un.",
        )),
    }
}

/// What people send instead, by name, and what they can do.
fn unknown(bytes: &[u8]) -> InspectError {
    match bytes {
        [_, _, _, _, b'f', b't', b'y', b'p', brand @ ..] if is_heif(brand) => unfit(
            UnfitKind::UnknownType,
            "This is a HEIC photo. Send it as JPEG: share or export it as JPEG, or have your telephone \
             take photos in its most compatible format.",
            "C'est une photo HEIC. Envoyez-la en JPEG : partagez-la ou exportez-la en JPEG, ou réglez \
             l'appareil photo de votre téléphone sur le format le plus compatible.",
        ),
        [b'P', b'K', 3, 4, ..] if is_office(bytes) => office(),
        [0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1, ..] => office(),
        [b'{', b'\\', b'r', b't', b'f', ..] => office(),
        _ => unfit(
            UnfitKind::UnknownType,
            "Only PDF, JPEG and PNG documents are accepted, whatever the name of the file. Save or \
             photograph it as one of these.",
            "Seuls les documents PDF, JPEG et PNG sont acceptés, quel que soit le nom du fichier. \
             Enregistrez-le ou photographiez-le sous l'un de ces formats.",
        ),
    }
}

fn office() -> InspectError {
    unfit(
        UnfitKind::UnknownType,
        "This is a document of an office program. Save it as PDF and send that.",
        "C'est un document bureautique. Enregistrez-le en PDF et envoyez celui-ci.",
    )
}

/// HEIC and its relatives (ISO/IEC 23008-12).
fn is_heif(brand: &[u8]) -> bool {
    [b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1", b"heif", b"avif"]
        .iter()
        .any(|known| brand.starts_with(known.as_slice()))
}

/// A zip whose first names are those of Word, Excel, PowerPoint or OpenDocument.
fn is_office(bytes: &[u8]) -> bool {
    let start = bytes.get(..64 * 1024).unwrap_or(bytes);
    [b"[Content_Types].xml".as_slice(), b"word/", b"xl/", b"ppt/", b"mimetypeapplication/vnd.oasis"]
        .iter()
        .any(|name| memmem::find(start, name).is_some())
}

fn unfit(
    kind: UnfitKind,
    english: impl Into<Cow<'static, str>>,
    french: impl Into<Cow<'static, str>>,
) -> InspectError {
    InspectError::Unfit(Unfit { kind, english: english.into(), french: french.into() })
}
