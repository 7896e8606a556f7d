//! Files that hold secrets: their owner's to read, and nobody else's.

use crate::exit::{Fault, Kind};
use std::fs::File;
use std::io::{ErrorKind, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use zeroize::Zeroizing;

/// More than any credentials need.
const BYTES_MAX: u64 = 64 * 1024;

/// Who may be able to read a file with a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Readers {
    OwnerOnly,
    Anyone,
}

impl Readers {
    /// What the flag `--allow-insecure-permissions` means.
    pub(crate) fn allowed(insecure: bool) -> Readers {
        if insecure { Readers::Anyone } else { Readers::OwnerOnly }
    }
}

/// Reads a file that holds one secret, without the line break at its end.
pub(crate) fn read_secret(path: &Path, readers: Readers) -> Result<Zeroizing<String>, Fault> {
    let absent = || unreadable(path, "there is no such file");
    let text = read(path, readers)?.ok_or_else(absent)?;
    let secret = text.trim_end_matches(['\n', '\r']);
    if secret.is_empty() || secret.contains(char::is_control) {
        return Err(Fault::new(
            Kind::Config,
            "credentials_invalid",
            format!("{} must hold one secret on one line", path.display()),
        ));
    }
    Ok(Zeroizing::new(secret.to_owned()))
}

/// Reads a file; `None` when it is not there.
pub(super) fn read(path: &Path, readers: Readers) -> Result<Option<Zeroizing<String>>, Fault> {
    let mut file = match File::open(path) {
        Ok(file) => file,
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            return Ok(None);
        }
        Err(error) => return Err(unreadable(path, &error.to_string())),
    };
    // Asked of the open file, so that it cannot be another one by the time it is read.
    let found = file.metadata().map_err(|error| unreadable(path, &error.to_string()))?;
    if readers == Readers::OwnerOnly && found.permissions().mode() & 0o077 != 0 {
        let message = format!(
            "{} can be read by others: run chmod 600 on it, or pass --allow-insecure-permissions",
            path.display()
        );
        return Err(Fault::new(Kind::Config, "insecure_permissions", message));
    }
    let mut text = Zeroizing::new(String::new());
    let read = file.by_ref().take(BYTES_MAX + 1).read_to_string(&mut text);
    let size = read.map_err(|error| unreadable(path, &error.to_string()))?;
    if u64::try_from(size).is_ok_and(|size| size <= BYTES_MAX) {
        Ok(Some(text))
    } else {
        Err(unreadable(path, "it is larger than 64 KiB"))
    }
}

/// A file that was named, or found, but does not help.
pub(super) fn unreadable(path: &Path, why: &str) -> Fault {
    Fault::new(Kind::NoInput, "credentials_unreadable", format!("{} cannot be read: {why}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::fake::exit_code;
    use std::fs;

    fn file(mode: u32, text: &str) -> tempfile::NamedTempFile {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), text).unwrap();
        fs::set_permissions(file.path(), fs::Permissions::from_mode(mode)).unwrap();
        file
    }

    #[test]
    fn a_secret_that_others_may_read_is_refused() {
        for mode in [0o644, 0o640, 0o604, 0o660, 0o610] {
            let file = file(mode, "s");
            let fault = read_secret(file.path(), Readers::OwnerOnly).unwrap_err();
            assert_eq!(exit_code(&fault), 78, "{mode:o}");
            assert!(format!("{fault:?}").contains("insecure_permissions"));
            assert_eq!(*read_secret(file.path(), Readers::Anyone).unwrap(), "s");
        }
        for mode in [0o600, 0o400] {
            assert_eq!(*read_secret(file(mode, "s\r\n").path(), Readers::OwnerOnly).unwrap(), "s");
        }
    }

    #[test]
    fn a_file_without_one_secret_is_refused_without_quoting_it() {
        for text in ["", "\n", "first\nsecond", "a\0b"] {
            let fault = read_secret(file(0o600, text).path(), Readers::OwnerOnly).unwrap_err();
            assert_eq!(exit_code(&fault), 78, "{text:?}");
            assert!(!format!("{fault:?}").contains("first"));
        }
    }

    #[test]
    fn a_file_without_end_is_not_read_whole() {
        let fault = read(Path::new("/dev/zero"), Readers::Anyone).unwrap_err();
        assert_eq!(exit_code(&fault), 66);
    }

    #[test]
    fn a_file_that_is_not_there_is_none() {
        assert_eq!(read(Path::new("/nonexistent/credentials"), Readers::OwnerOnly), Ok(None));
    }
}
