//! Whether the end of a PDF is missing.

use super::objects_in;
use memchr::memmem;

/// A file ends with its table of contents, in one way or the other; a wrong
/// `startxref` or a lost `%%EOF` behind it loses nothing. Objects that come after the last one were
/// meant to get another.
pub(super) fn is_cut_off(bytes: &[u8]) -> bool {
    let ends = [end_of_last_trailer(bytes), end_of_last_table(bytes)];
    let Some(end) = ends.into_iter().flatten().max() else { return true };
    bytes.get(end..).is_some_and(|behind| objects_in(behind).next().is_some())
}

/// Behind the last trailer whose dictionary is whole.
fn end_of_last_trailer(bytes: &[u8]) -> Option<usize> {
    memmem::rfind_iter(bytes, b"trailer").take(4).find_map(|at| end_of_dict(bytes, at + 7))
}

/// Behind the last cross-reference stream that is whole.
fn end_of_last_table(bytes: &[u8]) -> Option<usize> {
    // `/XRefStm` is a trailer's.
    let is_whole_name = |at: &usize| !bytes.get(at + 5).is_some_and(u8::is_ascii_alphanumeric);
    memmem::rfind_iter(bytes, b"/XRef").filter(is_whole_name).take(4).find_map(|at| {
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
