//! The file a new key's secret goes to: never one that is there already, readable by its owner only.

use crate::exit::{Fault, Kind};
use crate::output;
use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;

/// A file made before the key is, so that no key is made whose secret has no place. Dropped without a secret in
/// it, it goes away again.
#[derive(Debug)]
pub(super) struct SecretFile {
    path: PathBuf,
    file: File,
    is_kept: bool,
}

impl SecretFile {
    /// Makes the empty file.
    pub(super) fn reserve(path: PathBuf) -> Result<SecretFile, Fault> {
        match OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path) {
            Ok(file) => Ok(SecretFile { path, file, is_kept: false }),
            Err(error) => {
                let message = format!("{} cannot be made: {error}; no key was made", path.display());
                Err(Fault::new(Kind::CantCreate, "cannot_create", message))
            }
        }
    }

    /// Puts the secret in, on a line of its own.
    pub(super) fn keep(mut self, secret: &str, key_id: &str) -> Result<(), Fault> {
        let written =
            self.file.write_all(format!("{secret}\n").as_bytes()).and_then(|()| self.file.sync_all());
        written.map_err(|error| {
            let message = format!(
                "key {} was made, but its secret cannot be written to {}: {error}; revoke it and make another",
                output::escape(key_id),
                self.path.display()
            );
            Fault::new(Kind::Io, "cannot_write", message)
        })?;
        self.is_kept = true;
        Ok(())
    }
}

impl Drop for SecretFile {
    fn drop(&mut self) {
        if !self.is_kept {
            // A file that stays does no harm beyond refusing the next attempt, which will say so.
            let _ = fs::remove_file(&self.path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::fake::exit_code;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_secret_is_written_once_for_its_owner_only() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        SecretFile::reserve(path.clone()).unwrap().keep("rpa_S", "k1").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "rpa_S\n");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(exit_code(&SecretFile::reserve(path.clone()).unwrap_err()), 73);
        assert_eq!(fs::read_to_string(&path).unwrap(), "rpa_S\n");
    }

    #[test]
    fn a_link_is_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("link");
        std::os::unix::fs::symlink(folder.path().join("elsewhere"), &path).unwrap();
        assert_eq!(exit_code(&SecretFile::reserve(path).unwrap_err()), 73);
        assert!(!folder.path().join("elsewhere").exists());
    }

    #[test]
    fn a_file_without_a_secret_goes_away() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        drop(SecretFile::reserve(path.clone()).unwrap());
        assert!(!path.exists());
    }
}
