//! What a PDF holds, by its objects: names are read unescaped, objects out of their streams and behind
//! the encryption that an empty password opens. Words on a page or in a link are words.

use super::apart::Finding;
use axum::body::Bytes;
use hayro_syntax::object::{Dict, MaybeRef, Object};
use hayro_syntax::{LoadPdfError, Pdf};
use memchr::memmem;
use std::sync::Arc;

/// How far into a file its header may begin (ISO 32000-1, annex H, 3.4.1).
const HEADER_WITHIN: usize = 1024;
const HEADER: &[u8] = b"%PDF-";
/// Arrays and dictionaries in one another; nothing that people make is as deep.
const DEPTH_MAX: usize = 500;

/// Where a PDF begins, if these bytes are one.
pub fn begins(bytes: &[u8]) -> Option<usize> {
    memmem::find(bytes.get(..HEADER_WITHIN + HEADER.len()).unwrap_or(bytes), HEADER)
}

pub fn look(bytes: &Bytes) -> Finding {
    // What stands before the header is not counted by the offsets of the file.
    let bytes = bytes.slice(begins(bytes).unwrap_or_default()..);
    if is_cut_off(&bytes) {
        return Finding::CutOff;
    }
    // Where the table of contents is wrong too, the reader does not say that it lacks a password.
    let is_encrypted = memmem::find(&bytes, b"/Encrypt").is_some();
    let pdf = match Pdf::new(Arc::new(bytes)) {
        Ok(pdf) => pdf,
        Err(LoadPdfError::Decryption(_)) => return Finding::Encrypted,
        Err(LoadPdfError::Invalid) if is_encrypted => return Finding::Encrypted,
        Err(LoadPdfError::Invalid) => return Finding::Unreadable,
    };
    let mut found = None;
    for object in pdf.objects() {
        match hidden_in(object) {
            Some(Finding::Scripts) => return Finding::Scripts,
            other => found = found.or(other),
        }
    }
    match (found, pdf.pages().len()) {
        (Some(found), _) => found,
        (None, 0) => Finding::Unreadable,
        (None, pages) => Finding::Pages(pages),
    }
}

/// What an object holds that no document should, however deep inside.
fn hidden_in(object: Object<'_>) -> Option<Finding> {
    let mut found = None;
    let mut waiting = vec![(object, 0)];
    while let Some((object, depth)) = waiting.pop() {
        if depth > DEPTH_MAX {
            return Some(Finding::Unreadable);
        }
        let dict = match object {
            Object::Array(array) => {
                // What is referred to is an object of its own, and looked at as such.
                let direct = array.raw_iter().filter_map(|item| match item {
                    MaybeRef::NotRef(item) => Some((item, depth + 1)),
                    MaybeRef::Ref(_) => None,
                });
                waiting.extend(direct);
                continue;
            }
            Object::Dict(dict) => dict,
            Object::Stream(stream) => stream.dict().clone(),
            Object::Null(_)
            | Object::Boolean(_)
            | Object::Number(_)
            | Object::String(_)
            | Object::Name(_) => continue,
        };
        match hidden_in_dict(&dict) {
            Some(Finding::Scripts) => return Some(Finding::Scripts),
            other => found = found.or(other),
        }
        waiting.extend(dict.entries().filter_map(|(_, value)| match value {
            MaybeRef::NotRef(value) => Some((value, depth + 1)),
            MaybeRef::Ref(_) => None,
        }));
    }
    found
}

/// Actions that run something (ISO 32000-1, 12.6.4), forms that are programs (12.7.8), and embedded
/// files (7.11.4).
fn hidden_in_dict(dict: &Dict<'_>) -> Option<Finding> {
    let is = |key: &[u8], values: &[&[u8]]| match dict.get::<Object<'_>>(key) {
        Some(Object::Name(name)) => values.contains(&name.as_ref()),
        _ => false,
    };
    let links_to_script = match dict.get::<Object<'_>>(b"URI".as_slice()) {
        Some(Object::String(link)) => is_script(link.as_bytes()),
        _ => false,
    };
    let runs = is(b"S", &[b"JavaScript", b"Launch"])
        || (dict.contains_key(b"S") && dict.contains_key(b"JS"))
        || dict.contains_key(b"XFA")
        || links_to_script;
    if runs {
        return Some(Finding::Scripts);
    }
    let embeds = is(b"Type", &[b"EmbeddedFile"])
        || dict.contains_key(b"EmbeddedFiles")
        || (dict.contains_key(b"EF") && (dict.contains_key(b"F") || dict.contains_key(b"UF")));
    embeds.then_some(Finding::Attachments)
}

fn is_script(link: &[u8]) -> bool {
    let scheme = b"javascript:";
    link.trim_ascii_start()
        .get(..scheme.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(scheme))
}

/// Whether the end is missing. A file ends with its table of contents, in one way or the other; a wrong
/// `startxref` or a lost `%%EOF` behind it loses nothing. Objects that come after the last one were
/// meant to get another.
fn is_cut_off(bytes: &[u8]) -> bool {
    let ends = [end_of_last_trailer(bytes), end_of_last_table(bytes)];
    let Some(end) = ends.into_iter().flatten().max() else { return true };
    bytes.get(end..).is_some_and(begins_object)
}

/// Behind the last trailer whose dictionary is whole.
fn end_of_last_trailer(bytes: &[u8]) -> Option<usize> {
    memmem::rfind_iter(bytes, b"trailer").take(4).find_map(|at| end_of_dict(bytes, at + 7))
}

/// Behind the last cross-reference stream that is whole.
fn end_of_last_table(bytes: &[u8]) -> Option<usize> {
    memmem::rfind_iter(bytes, b"/XRef").take(4).find_map(|at| {
        let end = memmem::find(bytes.get(at..)?, b"endstream")?;
        Some(at + end + 9)
    })
}

/// Behind the dictionary that begins there.
fn end_of_dict(bytes: &[u8], start: usize) -> Option<usize> {
    let begins = bytes.get(start..)?.iter().position(|byte| !byte.is_ascii_whitespace())?;
    let mut at = start + begins;
    if !bytes.get(at..)?.starts_with(b"<<") {
        return None;
    }
    let mut depth = 0_u32;
    loop {
        match bytes.get(at..)? {
            [b'<', b'<', ..] => {
                depth += 1;
                at += 2;
            }
            [b'>', b'>', ..] => {
                depth = depth.checked_sub(1)?;
                at += 2;
            }
            [b'(', ..] => at = end_of_string(bytes, at)?,
            [_, ..] => at += 1,
            [] => return None,
        }
        if depth == 0 {
            return Some(at);
        }
    }
}

fn end_of_string(bytes: &[u8], start: usize) -> Option<usize> {
    let (mut at, mut depth) = (start, 0_u32);
    loop {
        match bytes.get(at)? {
            b'\\' => at += 1,
            b'(' => depth += 1,
            b')' => depth = depth.checked_sub(1)?,
            _ => {}
        }
        at += 1;
        if depth == 0 {
            return Some(at);
        }
    }
}

/// `7 0 obj`
fn begins_object(bytes: &[u8]) -> bool {
    memmem::find_iter(bytes, b"obj").any(|at| {
        let before = bytes.get(..at).unwrap_or_default().trim_ascii_end();
        before.len() < at && before.last().is_some_and(u8::is_ascii_digit)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A PDF of these objects, the first of which is the root.
    fn pdf(objects: &[&str]) -> Vec<u8> {
        let mut bytes = b"%PDF-1.7\n".to_vec();
        let mut offsets = vec![];
        for (number, object) in objects.iter().enumerate() {
            offsets.push(bytes.len());
            bytes.extend(format!("{} 0 obj\n{object}\nendobj\n", number + 1).bytes());
        }
        let table = bytes.len();
        bytes.extend(format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1).bytes());
        for offset in offsets {
            bytes.extend(format!("{offset:010} 00000 n \n").bytes());
        }
        let size = objects.len() + 1;
        let end = format!("trailer <</Size {size}/Root 1 0 R>>\nstartxref\n{table}\n%%EOF\n");
        bytes.extend(end.bytes());
        bytes
    }

    fn page_with(root: &str, page: &str) -> Vec<u8> {
        pdf(&[
            &format!("<</Type/Catalog/Pages 2 0 R{root}>>"),
            "<</Type/Pages/Kids[3 0 R]/Count 1>>",
            &format!("<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]{page}>>"),
        ])
    }

    fn found(bytes: &[u8]) -> Finding {
        look(&Bytes::copy_from_slice(bytes))
    }

    #[test]
    fn words_are_no_scripts() {
        for page in [
            "",
            "/Annots[<</Subtype/Link/A<</S/URI/URI(https://exemple.fr/docs/JavaScript)>>>>]",
            "/Note(/JavaScript /Launch /EmbeddedFile)",
            "/JavaScript/No",
        ] {
            assert_eq!(found(&page_with("", page)), Finding::Pages(1), "{page}");
        }
    }

    #[test]
    fn what_runs_something_is_found_however_it_is_written() {
        for root in [
            "/OpenAction<</S/JavaScript/JS(app.alert)>>",
            "/OpenAction<</S/Java#53cript/JS(app.alert)>>",
            "/OpenAction<</S/#4aavaScript/J#53(app.alert)>>",
            "/OpenAction[<</S/Rendition/JS(app.alert)>>]",
            "/OpenAction<</S/Launch/F(cmd.exe)>>",
            "/AA<</WC<</S/JavaScript/JS(1)>>>>",
            "/Names<</JavaScript<</Names[(a)<</S/JavaScript/JS(1)>>]>>>>",
            "/AcroForm<</XFA[(a)(b)]>>",
            "/OpenAction<</S/URI/URI(JavaScript:alert\\(1\\))>>",
        ] {
            assert_eq!(found(&page_with(root, "")), Finding::Scripts, "{root}");
        }
        assert_eq!(
            found(&page_with(
                "/Names<</EmbeddedFiles<</Names[(a)<</F(a)/EF<</F 9 0 R>>>>]>>>>",
                ""
            )),
            Finding::Attachments
        );
        let annotation = "/Annots[<</Subtype/FileAttachment/FS<</UF(a)/EF<</F 9 0 R>>>>>>]";
        assert_eq!(found(&page_with("", annotation)), Finding::Attachments);
    }

    #[test]
    fn the_header_may_begin_within_the_first_kilobyte() {
        let whole = page_with("", "");
        for length in [3, 1_000, 1_024] {
            let later = [vec![b' '; length], whole.clone()].concat();
            assert!(begins(&later).is_some(), "{length}");
            assert_eq!(found(&later), Finding::Pages(1), "{length}");
        }
        assert_eq!(begins(&[vec![b' '; 1_025], whole].concat()), None);
    }

    #[test]
    fn a_file_that_is_cut_off_anywhere_before_its_end_is_told_from_one_without_an_end_mark() {
        let whole = page_with("", "");
        let end = memmem::find(&whole, b">>\nstartxref").unwrap() + 2;
        for length in 9..end {
            assert_eq!(found(&whole[..length]), Finding::CutOff, "{length} of {}", whole.len());
        }
        for length in end..whole.len() {
            assert_eq!(found(&whole[..length]), Finding::Pages(1), "{length} of {}", whole.len());
        }
        let text = String::from_utf8(whole.clone()).unwrap();
        let wrong = text.replace("startxref\n", "startxref\n7");
        assert_eq!(found(wrong.as_bytes()), Finding::Pages(1));
        // What was added behind the first end, and is cut off, was to be part of it.
        let added = [whole, b"4 0 obj\n<</Type/Pa".to_vec()].concat();
        assert_eq!(found(&added), Finding::CutOff);
    }

    #[test]
    fn nothing_is_too_deep_or_too_short() {
        let deep = format!("/A{}{}", "[".repeat(100_000), "]".repeat(100_000));
        let _ = found(&page_with(&deep, ""));
        assert_eq!(found(b"%PDF-"), Finding::CutOff);
        assert_eq!(found(b"%PDF-1.7\ntrailer<</Root 1 0 R>>"), Finding::Unreadable);
    }
}
