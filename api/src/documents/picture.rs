//! Pictures, walked and not decoded: their size stands in the header, and whether they are whole
//! shows at their end. Decoding costs what the sender chose; walking costs one look at each byte.

const SIDE_MAX: u32 = 12_000;
const PNG_SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";

/// It is cut off, has no picture, or more than 12,000 pixels on a side.
#[derive(Debug, PartialEq, Eq)]
pub struct Unreadable;

pub fn is_jpeg(bytes: &[u8]) -> bool {
    bytes.starts_with(&[0xff, 0xd8, 0xff])
}

pub fn is_png(bytes: &[u8]) -> bool {
    bytes.starts_with(PNG_SIGNATURE)
}

/// Follows the markers of a JPEG (ITU-T T.81, annex B) to the end of its picture.
pub fn walk_jpeg(bytes: &[u8]) -> Result<(), Unreadable> {
    const END_OF_IMAGE: u8 = 0xd9;
    const START_OF_SCAN: u8 = 0xda;
    let mut rest = bytes.strip_prefix(&[0xff, 0xd8]).ok_or(Unreadable)?;
    let (mut has_size, mut has_scan) = (false, false);
    loop {
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
            rest = behind_scan(rest).ok_or(Unreadable)?;
        }
    }
}

/// A marker that starts a frame, and carries the picture's size.
fn is_frame(marker: u8) -> bool {
    matches!(marker, 0xc0..=0xcf) && !matches!(marker, 0xc4 | 0xc8 | 0xcc)
}

/// The marker that comes next, and what is behind it. It may be preceded by fill bytes.
fn next_marker(bytes: &[u8]) -> Option<(u8, &[u8])> {
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
fn behind_scan(bytes: &[u8]) -> Option<&[u8]> {
    let mut at = 0;
    loop {
        at += memchr::memchr(0xff, bytes.get(at..)?)?;
        match bytes.get(at + 1)? {
            0 | 0xd0..=0xd7 => at += 2,
            _ => return bytes.get(at..),
        }
    }
}

/// Follows the chunks of a PNG to its end. Each has a checksum.
pub fn walk_png(bytes: &[u8]) -> Result<(), Unreadable> {
    let mut rest = bytes.strip_prefix(PNG_SIGNATURE).ok_or(Unreadable)?;
    let mut has_data = false;
    for number in 0.. {
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

fn check_size(width: u32, height: u32) -> Result<(), Unreadable> {
    let is_fine = |side| (1..=SIDE_MAX).contains(&side);
    if is_fine(width) && is_fine(height) { Ok(()) } else { Err(Unreadable) }
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
            assert_eq!(walk_jpeg(&jpeg[..length]), Err(Unreadable), "{length} bytes");
        }
        for length in 0..png.len() {
            assert_eq!(walk_png(&png[..length]), Err(Unreadable), "{length} bytes");
        }
    }

    #[test]
    fn pictures_that_are_too_large_or_empty_or_altered_are_refused() {
        assert_eq!(walk_jpeg(&jpeg(12_001, 1, 1)), Err(Unreadable));
        assert_eq!(walk_jpeg(&jpeg(640, 0, 1)), Err(Unreadable));
        assert_eq!(walk_jpeg(&jpeg(640, 480, 0)), Err(Unreadable));
        assert_eq!(walk_png(&png(1, 12_001)), Err(Unreadable));
        assert_eq!(walk_png(&png(0, 1)), Err(Unreadable));
        let mut altered = png(640, 480);
        altered[20] ^= 1;
        assert_eq!(walk_png(&altered), Err(Unreadable));
    }
}
