//! Writing a file so that it is there whole after a power cut, or not at all.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// Who may read a new file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Readers {
    /// Whoever the process's mask lets.
    Usual,
    /// The owner alone.
    Owner,
}

/// Replaces a file, or makes it: written beside it, flushed, renamed, and the folder flushed.
/// Whoever reads sees the old content or the new one, never a part.
pub fn replace(path: &Path, content: &[u8], readers: Readers) -> io::Result<()> {
    let beside = path.with_extension("new");
    let mode = match readers {
        Readers::Usual => 0o666,
        Readers::Owner => 0o600,
    };
    let mut file =
        OpenOptions::new().write(true).create(true).truncate(true).mode(mode).open(&beside)?;
    file.write_all(content)?;
    file.sync_all()?;
    std::fs::rename(&beside, path)?;
    flush_folder_of(path)
}

/// Makes a folder and those it lies in, each of them durable.
pub fn make_folder(path: &Path) -> io::Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    if let Some(parent) = path.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        make_folder(parent)?;
    }
    match std::fs::create_dir(path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        Ok(()) | Err(_) => flush_folder_of(path),
    }
}

/// Flushes a file and lets the system forget what it remembers of it, so that whoever reads it next
/// reads what is on the disk. After a flush that failed the system goes on showing pages that never
/// got there, and may write over them without their ever getting there.
pub fn read_from_disk_next(path: &Path) -> io::Result<()> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    file.sync_all()?;
    forget_cached(&file)
}

#[cfg(target_os = "linux")]
fn forget_cached(file: &File) -> io::Result<()> {
    Ok(rustix::fs::fadvise(file, 0, None, rustix::fs::Advice::DontNeed)?)
}

#[cfg(not(target_os = "linux"))]
fn forget_cached(_: &File) -> io::Result<()> {
    Ok(())
}

/// Flushes the folder that names `path`: a new name, or one taken away, is durable after that.
pub fn flush_folder_of(path: &Path) -> io::Result<()> {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => flush_folder(parent),
        Some(_) | None => flush_folder(Path::new(".")),
    }
}

pub fn flush_folder(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_file_is_replaced_whole_and_nothing_is_left_beside_it() {
        let directory = tempfile::tempdir().unwrap();
        let folder = directory.path().join("a/b");
        make_folder(&folder).unwrap();
        make_folder(&folder).unwrap();
        let path = folder.join("secret.key");
        replace(&path, b"one, and longer", Readers::Owner).unwrap();
        replace(&path, b"two", Readers::Owner).unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"two");
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 1);
    }

    #[test]
    fn what_a_cut_left_beside_it_is_written_over() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("x");
        std::fs::write(path.with_extension("new"), b"half of something much longer").unwrap();
        replace(&path, b"whole", Readers::Usual).unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"whole");
    }
}
