//! Pictures, walked and not decoded: their size stands in the header, and whether they are whole
//! shows at their end. Decoding costs what the sender chose; walking costs one look at each byte. Only
//! where the end mark is missing, which every reader repairs, what is before it is decoded to see
//! whether it is all there.

use super::apart::Finding;
use flate2::{Decompress, FlushDecompress, Status};
use store::Bytes;
use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::options::DecoderOptions;

pub const SIDE_MAX: u32 = 12_000;
const PNG_SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";
const PNG_END: &[u8] = b"\0\0\0\0IEND\xae\x42\x60\x82";

/// What is wrong with a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// It is cut off, or has no picture.
    Unreadable,
    /// More than 12,000 pixels on a side.
    TooLarge { width: u32, height: u32 },
    /// All of it was walked through but for the mark at its end.
    EndMissing,
}

use Flaw::{EndMissing, Unreadable};

pub fn is_jpeg(bytes: &[u8]) -> bool {
    bytes.starts_with(&[0xff, 0xd8, 0xff])
}

/// Whatever its words say: telephones write all sorts of them into a picture.
pub fn is_picture(bytes: &[u8]) -> bool {
    is_jpeg(bytes) || is_png(bytes)
}

pub fn is_png(bytes: &[u8]) -> bool {
    bytes.starts_with(PNG_SIGNATURE)
}

/// Follows the markers of a JPEG (ITU-T T.81, annex B) to the end of its picture.
pub fn walk_jpeg(bytes: &[u8]) -> Result<(), Flaw> {
    const END_OF_IMAGE: u8 = 0xd9;
    const START_OF_SCAN: u8 = 0xda;
    let mut rest = bytes.strip_prefix(&[0xff, 0xd8]).ok_or(Unreadable)?;
    let (mut has_size, mut has_scan) = (false, false);
    loop {
        if has_scan && matches!(rest, [] | [0xff]) {
            return Err(EndMissing);
        }
        let (marker, behind) = next_marker(rest).ok_or(Unreadable)?;
        if marker == END_OF_IMAGE {
            return if has_scan { Ok(()) } else { Err(Unreadable) };
        }
        let (segment, behind) = segment(behind).ok_or(Unreadable)?;
        rest = behind;
        if is_frame(marker) {
            let [_, high, low, wide, narrow, ..] = *segment else { return Err(Unreadable) };
            let height = u16::from_be_bytes([high, low]);
            check_size(u16::from_be_bytes([wide, narrow]).into(), height.into())?;
            has_size = true;
        }
        if marker == START_OF_SCAN {
            has_scan = has_size;
            rest = behind_scan(rest);
        }
    }
}

/// A marker that starts a frame, and carries the picture's size.
fn is_frame(marker: u8) -> bool {
    matches!(marker, 0xc0..=0xcf) && !matches!(marker, 0xc4 | 0xc8 | 0xcc)
}

/// The marker that comes next, and what is behind it. It may be preceded by fill bytes.
fn next_marker(bytes: &[u8]) -> Option<(u8, &[u8])> {
    // Readers pass over what some programs leave between two segments.
    let (_, bytes) = bytes.split_at(memchr::memchr(0xff, bytes)?);
    let bytes = bytes.strip_prefix(&[0xff])?;
    let fill = bytes.iter().take_while(|byte| **byte == 0xff).count();
    let (marker, rest) = bytes.get(fill..)?.split_first()?;
    Some((*marker, rest))
}

/// What a marker carries, and what is behind it. The length counts itself.
fn segment(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<2>()?;
    rest.split_at_checked(usize::from(u16::from_be_bytes(*length)).checked_sub(2)?)
}

/// What follows the coded data of a scan. In it, 0xff is followed by 0 or by a restart marker.
fn behind_scan(bytes: &[u8]) -> &[u8] {
    let mut rest = bytes;
    while let Some(at) = memchr::memchr(0xff, rest) {
        let (_, marker) = rest.split_at(at);
        match marker {
            [_, 0 | 0xd0..=0xd7, behind @ ..] => rest = behind,
            // Any number of them may come before a marker.
            [_, 0xff, ..] => rest = marker.get(1..).unwrap_or_default(),
            _ => return marker,
        }
    }
    &[]
}

/// Follows the chunks of a PNG to its end. Each has a checksum.
pub fn walk_png(bytes: &[u8]) -> Result<(), Flaw> {
    let mut rest = bytes.strip_prefix(PNG_SIGNATURE).ok_or(Unreadable)?;
    let mut has_data = false;
    for number in 0.. {
        if has_data && PNG_END.starts_with(rest) && rest.len() < PNG_END.len() {
            return Err(EndMissing);
        }
        let (kind, content, behind) = chunk(rest).ok_or(Unreadable)?;
        rest = behind;
        match (number, kind) {
            (0, b"IHDR") => {
                let (width, other) = content.split_first_chunk::<4>().ok_or(Unreadable)?;
                let (height, _) = other.split_first_chunk::<4>().ok_or(Unreadable)?;
                check_size(u32::from_be_bytes(*width), u32::from_be_bytes(*height))?;
            }
            (0, _) => return Err(Unreadable),
            (_, b"IDAT") => has_data = true,
            (_, b"IEND") if has_data => return Ok(()),
            (_, b"IEND" | b"IHDR") => return Err(Unreadable),
            (_, _) => {}
        }
    }
    Err(Unreadable)
}

/// A chunk's type and content, and what is behind it.
fn chunk(bytes: &[u8]) -> Option<(&[u8; 4], &[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<4>()?;
    let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
    let (checked, behind) = rest.split_at_checked(length.checked_add(4)?)?;
    let (sum, behind) = behind.split_first_chunk::<4>()?;
    let (kind, content) = checked.split_first_chunk::<4>()?;
    let is_whole = crc32fast::hash(checked) == u32::from_be_bytes(*sum);
    is_whole.then_some((kind, content, behind))
}

fn check_size(width: u32, height: u32) -> Result<(), Flaw> {
    match (width, height) {
        (0, _) | (_, 0) => Err(Unreadable),
        (1..=SIDE_MAX, 1..=SIDE_MAX) => Ok(()),
        _ => Err(Flaw::TooLarge { width, height }),
    }
}

/// Whether a picture without its end mark is all there.
pub fn look(bytes: &Bytes) -> Finding {
    let is_whole = if is_jpeg(bytes) { is_whole_jpeg(bytes) } else { is_whole_png(bytes) };
    if is_whole.is_some() { Finding::Whole } else { Finding::CutOff }
}

/// Of a progressive one the decoder cannot tell: that counts as cut off.
fn is_whole_jpeg(bytes: &[u8]) -> Option<()> {
    let side = usize::try_from(SIDE_MAX).ok()?;
    let options =
        DecoderOptions::default().set_strict_mode(true).set_max_width(side).set_max_height(side);
    JpegDecoder::new_with_options(ZCursor::new(bytes), options).decode().ok().map(drop)
}

/// The data of a PNG say themselves where they end. They are unfolded and not kept.
fn is_whole_png(bytes: &[u8]) -> Option<()> {
    let mut rest = bytes.strip_prefix(PNG_SIGNATURE)?;
    let mut inflate = Decompress::new(true);
    let mut unfolded = vec![0; 64 * 1024];
    while let Some((kind, content, behind)) = chunk(rest) {
        rest = behind;
        let mut data = if kind == b"IDAT" { content } else { &[] };
        while !data.is_empty() {
            let before = inflate.total_in();
            let status = inflate.decompress(data, &mut unfolded, FlushDecompress::None).ok()?;
            let taken = usize::try_from(inflate.total_in() - before).ok()?;
            data = data.get(taken..)?;
            match status {
                Status::StreamEnd => return Some(()),
                Status::BufError if taken == 0 => return None,
                Status::Ok | Status::BufError => {}
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn jpeg(width: u16, height: u16, scans: usize) -> Vec<u8> {
        let ([wide, narrow], [high, low]) = (width.to_be_bytes(), height.to_be_bytes());
        let mut bytes = vec![0xff, 0xd8, 0xff, 0xe0, 0, 4, 1, 2];
        bytes.extend([0xff, 0xff, 0xc2, 0, 11, 8, high, low, wide, narrow, 1, 1, 0x11, 0]);
        for _ in 0..scans {
            bytes.extend([0xff, 0xda, 0, 8, 1, 1, 0, 0, 0, 0, 7, 0xff, 0, 9, 0xff, 0xd3, 5]);
        }
        bytes.extend([0xff, 0xd9]);
        bytes
    }

    fn png(width: u32, height: u32) -> Vec<u8> {
        let mut header = width.to_be_bytes().to_vec();
        header.extend(height.to_be_bytes());
        header.extend([8, 0, 0, 0, 0]);
        let mut bytes = PNG_SIGNATURE.to_vec();
        for (kind, content) in [(b"IHDR", header.as_slice()), (b"IDAT", b"x"), (b"IEND", b"")] {
            bytes.extend(u32::try_from(content.len()).unwrap().to_be_bytes());
            let checked = [kind.as_slice(), content].concat();
            bytes.extend(&checked);
            bytes.extend(crc32fast::hash(&checked).to_be_bytes());
        }
        bytes
    }

    /// Walked through to its end, or decoded where that alone is missing.
    fn assert_refused(bytes: &[u8], walked: Result<(), Flaw>) {
        let is_cut_off = match walked {
            Err(Unreadable) => true,
            Err(EndMissing) => look(&Bytes::copy_from_slice(bytes)) == Finding::CutOff,
            Ok(()) | Err(Flaw::TooLarge { .. }) => false,
        };
        assert!(is_cut_off, "{} bytes: {walked:?}", bytes.len());
    }

    #[test]
    fn whole_pictures_are_read_to_their_end() {
        assert_eq!(walk_jpeg(&jpeg(640, 480, 1)), Ok(()));
        assert_eq!(walk_jpeg(&jpeg(12_000, 12_000, 20_000)), Ok(()));
        assert_eq!(walk_png(&png(640, 480)), Ok(()));
        // Telephones append what is none of our business.
        assert_eq!(walk_jpeg(&[jpeg(1, 1, 1), b"more".to_vec()].concat()), Ok(()));
    }

    #[test]
    fn a_picture_that_is_cut_off_anywhere_is_refused() {
        let (jpeg, png) = (jpeg(640, 480, 3), png(640, 480));
        for length in 0..jpeg.len() {
            assert_refused(&jpeg[..length], walk_jpeg(&jpeg[..length]));
        }
        for length in 0..png.len() {
            assert_refused(&png[..length], walk_png(&png[..length]));
        }
    }

    #[test]
    fn pictures_that_are_too_large_or_empty_or_altered_are_refused() {
        assert_eq!(
            walk_jpeg(&jpeg(12_001, 1, 1)),
            Err(Flaw::TooLarge { width: 12_001, height: 1 })
        );
        assert_eq!(walk_jpeg(&jpeg(640, 0, 1)), Err(Unreadable));
        assert_eq!(walk_jpeg(&jpeg(640, 480, 0)), Err(Unreadable));
        assert_eq!(walk_png(&png(1, 12_001)), Err(Flaw::TooLarge { width: 1, height: 12_001 }));
        assert_eq!(walk_png(&png(0, 1)), Err(Unreadable));
        let mut altered = png(640, 480);
        altered[20] ^= 1;
        assert_eq!(walk_png(&altered), Err(Unreadable));
    }
}
