//! What a PDF holds, by its objects: names are read unescaped, objects out of their streams and behind
//! the encryption that an empty password opens. Words on a page or in a link are words.

mod cut_off;
pub mod text;

use super::apart::Finding;
use cut_off::is_cut_off;
use hayro_syntax::object::{
    Array, Dict, MaybeRef, Name, Object, ObjectIdentifier, Stream, String as PdfString,
};
use hayro_syntax::{DecryptionError, LoadPdfError, Pdf};
use memchr::memmem;
use std::collections::HashSet;
use std::sync::Arc;
use store::Bytes;

/// How far into a file its header may begin (ISO 32000-1, annex H, 3.4.1).
const HEADER_WITHIN: usize = 1024;
const HEADER: &[u8] = b"%PDF-";
/// Arrays and dictionaries in one another; nothing that people make is as deep.
const DEPTH_MAX: usize = 500;
/// Pages and what they hang on, of those that are counted.
const NODES_MAX: usize = 10_000;
/// Under which names a file specification embeds a file.
const FILES: [&[u8]; 5] = [b"F", b"UF", b"DOS", b"Mac", b"Unix"];

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
    // Where the table of contents is wrong too, the reader does not say what it lacks.
    let is_encrypted = memmem::find(&bytes, b"/Encrypt").is_some();
    let pdf = match Pdf::new(Arc::new(bytes.clone())) {
        Ok(pdf) => pdf,
        Err(LoadPdfError::Decryption(DecryptionError::PasswordProtected)) => {
            return Finding::Encrypted;
        }
        Err(LoadPdfError::Decryption(_)) => return Finding::Undecipherable,
        Err(LoadPdfError::Invalid) if is_encrypted => return Finding::Undecipherable,
        Err(LoadPdfError::Invalid) => return Finding::Unreadable,
    };
    let mut found = None;
    for object in pdf.objects() {
        match hidden_in(object) {
            Some(Finding::Scripts) => return Finding::Scripts,
            other => found = found.or(other),
        }
    }
    // What this reader cannot read, another one may.
    let is_readable = |id| pdf.xref().get::<Object<'_>>(id).is_some();
    if !objects_in(&bytes).all(is_readable) {
        found = found.or(hidden_in_words(&bytes));
    }
    match (found, count_pages(&pdf)) {
        (Some(found), _) => found,
        (None, 0) => Finding::Unreadable,
        (None, pages) => Finding::Pages(pages),
    }
}

/// The leaves of the page tree, whatever its nodes say that they are; at most some more than are of
/// interest.
fn count_pages(pdf: &Pdf) -> usize {
    let root = pdf.xref().get::<Dict<'_>>(pdf.xref().root_id());
    let mut waiting: Vec<Dict<'_>> = root.and_then(|root| root.get(b"Pages")).into_iter().collect();
    let (mut pages, mut seen) = (0, HashSet::new());
    while let Some(node) = waiting.pop() {
        // A node that is its own parent is walked once.
        if node.obj_id().is_some_and(|id| !seen.insert(id)) || seen.len() > NODES_MAX {
            continue;
        }
        match node.get::<Array<'_>>(b"Kids") {
            Some(kids) => waiting.extend(kids.iter::<Dict<'_>>()),
            // A node without children is none.
            None if is_named(&node, b"Type", b"Pages") => {}
            None => pages += 1,
        }
    }
    pages.max(pdf.pages().len())
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
    // The parts of a tagged document have names that somebody chose, and nothing to run. Whoever runs
    // an action does not ask what it calls itself.
    let is_part = is_named(dict, b"Type", b"StructElem");
    let has = |keys: &[&[u8]]| keys.iter().any(|key| dict.contains_key(*key));
    let runs = match dict.get::<Name<'_>>(b"S").as_deref() {
        Some(b"JavaScript") => !is_part || has(&[b"JS"]),
        Some(b"Launch") => !is_part || has(&[b"F", b"Win", b"Mac", b"Unix"]),
        Some(b"URI") => {
            let link = dict.get::<PdfString<'_>>(b"URI");
            link.is_some_and(|link| is_script(link.as_bytes()))
        }
        Some(_) => has(&[b"JS"]),
        None => false,
    };
    let is_program =
        matches!(dict.get::<Object<'_>>(b"XFA"), Some(Object::Array(_) | Object::Stream(_)));
    if runs || is_program {
        return Some(Finding::Scripts);
    }
    let embeds = is_named(dict, b"Type", b"EmbeddedFile")
        || dict
            .get::<Dict<'_>>(b"EF")
            .is_some_and(|files| FILES.iter().any(|name| files.get::<Stream<'_>>(*name).is_some()));
    embeds.then_some(Finding::Attachments)
}

/// The same by the names that stand in the bytes, written in whatever way.
fn hidden_in_words(bytes: &[u8]) -> Option<Finding> {
    let mut found = None;
    for at in memchr::memchr_iter(b'/', bytes) {
        match name_at(bytes, at + 1).as_slice() {
            b"JavaScript" | b"Launch" | b"XFA" => return Some(Finding::Scripts),
            b"EmbeddedFile" => found = Some(Finding::Attachments),
            _ => {}
        }
    }
    found
}

/// A name as far as it is of interest, with `#4a` read as `J`.
fn name_at(bytes: &[u8], start: usize) -> Vec<u8> {
    let mut name = vec![];
    let mut rest = bytes.get(start..).unwrap_or_default();
    while name.len() < 16 {
        let (byte, behind) = match rest {
            [b'#', high, low, behind @ ..] => match (hex(*high), hex(*low)) {
                (Some(high), Some(low)) => (high * 16 + low, behind),
                _ => break,
            },
            [byte, behind @ ..] if byte.is_ascii_alphanumeric() => (*byte, behind),
            _ => break,
        };
        name.push(byte);
        rest = behind;
    }
    name
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

fn is_named(dict: &Dict<'_>, key: &[u8], name: &[u8]) -> bool {
    dict.get::<Name<'_>>(key).is_some_and(|known| known.as_ref() == name)
}

fn is_script(link: &[u8]) -> bool {
    let scheme = b"javascript:";
    link.trim_ascii_start()
        .get(..scheme.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(scheme))
}

/// The objects that begin in these bytes: `7 0 obj`, and no words such as "3 objects".
fn objects_in(bytes: &[u8]) -> impl Iterator<Item = ObjectIdentifier> {
    memmem::find_iter(bytes, b"obj").filter_map(|at| {
        let ends = match bytes.get(at + 3) {
            Some(next) => next.is_ascii_whitespace() || b"<[(/".contains(next),
            None => true,
        };
        let (before, generation) = number_before(bytes.get(..at)?)?;
        let (_, number) = number_before(before)?;
        let id = ObjectIdentifier::new(number, i32::try_from(generation).ok()?);
        ends.then_some(id)
    })
}

/// A number with space behind it, and what stands before it.
fn number_before(bytes: &[u8]) -> Option<(&[u8], u32)> {
    let number = bytes.trim_ascii_end();
    let digits = number.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
    let (before, digits) = number.split_at_checked(number.len() - digits)?;
    let is_apart = number.len() < bytes.len();
    let value = std::str::from_utf8(digits).ok()?.parse().ok()?;
    is_apart.then_some((before, value))
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
        page_and(root, page, "<<>>")
    }

    /// With a fourth object.
    fn page_and(root: &str, page: &str, fourth: &str) -> Vec<u8> {
        pdf(&[
            &format!("<</Type/Catalog/Pages 2 0 R{root}>>"),
            "<</Type/Pages/Kids[3 0 R]/Count 1>>",
            &format!("<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]{page}>>"),
            fourth,
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
            "/OpenAction<</Type/StructElem/S/JavaScript/JS(app.alert)>>",
            "/OpenAction<</Type/StructElem/S/Launch/Win<</F(cmd.exe)>>>>",
            "/AA<</WC<</S/JavaScript/JS(1)>>>>",
            "/Names<</JavaScript<</Names[(a)<</S/JavaScript/JS(1)>>]>>>>",
            "/AcroForm<</XFA[(a)(b)]>>",
            "/OpenAction<</S/URI/URI(JavaScript:alert\\(1\\))>>",
        ] {
            assert_eq!(found(&page_with(root, "")), Finding::Scripts, "{root}");
        }
        let reference = page_and("/OpenAction<</S 4 0 R>>", "", "/Launch");
        assert_eq!(found(&reference), Finding::Scripts);
    }

    #[test]
    fn what_this_reader_cannot_read_others_can() {
        let deep = format!("/S/JavaScript/Z{}{}", "[".repeat(600), "]".repeat(600));
        for action in ["/S/JavaScript/JS(1) foo", "/S/Java#53cript/JS(1)/X", &deep] {
            let action = page_and("/OpenAction 4 0 R", "", &format!("<<{action}>>"));
            assert_eq!(found(&action), Finding::Scripts);
        }
        let words = page_and("", "/Note(JavaScript /Launcher)", "<</A foo>>");
        assert_eq!(found(&words), Finding::Pages(1));
    }

    #[test]
    fn a_file_is_attached_if_it_is_there() {
        let file = "<</Length 1>>stream\nx\nendstream";
        for specification in
            ["/F(a)/EF<</F 4 0 R>>", "/DOS(a)/EF<</DOS 4 0 R>>", "/EF<</UF 4 0 R>>"]
        {
            let annotation = format!("/Annots[<</Subtype/FileAttachment/FS<<{specification}>>>>]");
            let names = format!("/Names<</EmbeddedFiles<</Names[(a)<<{specification}>>]>>>>");
            assert_eq!(found(&page_and("", &annotation, file)), Finding::Attachments);
            assert_eq!(found(&page_and(&names, "", file)), Finding::Attachments);
        }
        let file = "<</Type/EmbeddedFile/Length 1>>stream\nx\nendstream";
        assert_eq!(found(&page_and("", "", file)), Finding::Attachments);
    }

    #[test]
    fn names_that_somebody_chose_are_nothing() {
        for root in [
            "/Names<</EmbeddedFiles<</Names[]>>>>",
            "/AcroForm<</Fields[]/XFA null>>",
            "/StructTreeRoot<</K<</Type/StructElem/S/Launch>>>>",
            "/Resources<</Font<</XFA 4 0 R/F 4 0 R/EF 4 0 R>>/XObject<</S 4 0 R/JS 4 0 R>>>>",
        ] {
            assert_eq!(found(&page_and(root, "", "<</Type/Font>>")), Finding::Pages(1), "{root}");
        }
    }

    #[test]
    fn pages_are_counted_whatever_their_nodes_say() {
        let kids: Vec<String> = (4..304).map(|number| format!("{number} 0 R")).collect();
        let node = format!("<</Kids[{}]/Count 300>>", kids.join(" "));
        let mut objects =
            vec!["<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[3 0 R]/Count 1>>", &node];
        objects.extend([PAGE; 300]);
        assert_eq!(found(&pdf(&objects)), Finding::Pages(300));
        // Their own parents, and the same page again and again.
        let round = format!("<</Type/Pages/Kids[2 0 R 3 0 R {}]/Count 9>>", "4 0 R ".repeat(300));
        let objects =
            ["<</Type/Catalog/Pages 2 0 R>>", &round, "<</Type/Pages/Kids[2 0 R]/Count 9>>", PAGE];
        assert!(matches!(found(&pdf(&objects)), Finding::Pages(_)));
    }

    const PAGE: &str = "<</Type/Page/MediaBox[0 0 9 9]>>";

    #[test]
    fn words_behind_the_end_begin_no_object() {
        for behind in
            ["\nVotre dossier contient 3 objets joints.", "<!-- 2 objects served -->", "obj"]
        {
            let bytes = [page_with("", ""), behind.as_bytes().to_vec()].concat();
            assert_eq!(found(&bytes), Finding::Pages(1), "{behind}");
        }
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
