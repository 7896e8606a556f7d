//! A listener at a path: who may open the file may connect.

use std::fs::{self, File, Permissions};
use std::io::{Error, ErrorKind, Result};
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::fs::{FlockOperation, flock};
use tokio::net::{UnixListener, UnixSocket, UnixStream};
use tokio::time::{Instant, sleep};

/// For the owner and the group, whatever the umask says.
const MODE: u32 = 0o660;
/// As many as wait on a TCP listener.
const BACKLOG: u32 = 1024;
const LOCK_WAIT: Duration = Duration::from_secs(5);

/// Listens as long as it lives, and then takes its file away.
pub(crate) struct SocketFile {
    listener: UnixListener,
    path: PathBuf,
    identity: (u64, u64),
}

impl SocketFile {
    /// In place of what a server that is gone left there, and of nothing else.
    pub(crate) async fn open(path: &Path) -> Result<SocketFile> {
        if path.file_name().is_none() {
            return Err(Error::new(ErrorKind::InvalidInput, "it does not name a file"));
        }
        let _alone = alone(path).await?;
        clear(path).await?;
        let socket = UnixSocket::new_stream()?;
        socket.bind(path)?;
        // It does not listen yet, so nobody gets in before this.
        fs::set_permissions(path, Permissions::from_mode(MODE))?;
        let identity = identity(path)?;
        Ok(SocketFile { listener: socket.listen(BACKLOG)?, path: path.to_owned(), identity })
    }

    pub(super) async fn accept(&self) -> Result<UnixStream> {
        self.listener.accept().await.map(|(socket, _)| socket)
    }
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        // While it listens, nobody takes its place; an operator may have put something else there.
        if identity(&self.path).is_ok_and(|found| found == self.identity) {
            drop(fs::remove_file(&self.path));
        }
    }
}

/// Two servers at once could each take the other's new file for one that was left behind.
async fn alone(path: &Path) -> Result<File> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = File::open(folder.unwrap_or(Path::new(".")))?;
    let due = Instant::now() + LOCK_WAIT;
    while let Err(error) = flock(&folder, FlockOperation::NonBlockingLockExclusive) {
        if Instant::now() >= due {
            return Err(error.into());
        }
        sleep(Duration::from_millis(10)).await;
    }
    Ok(folder)
}

async fn clear(path: &Path) -> Result<()> {
    match fs::symlink_metadata(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
        Ok(found) if !found.file_type().is_socket() => {
            return Err(Error::new(ErrorKind::AlreadyExists, "there is something that is not a socket"));
        }
        Ok(_) => {}
    }
    match UnixStream::connect(path).await {
        Err(error) if error.kind() == ErrorKind::ConnectionRefused => fs::remove_file(path),
        Err(error) if error.kind() == ErrorKind::PermissionDenied => Err(error),
        Ok(_) | Err(_) => Err(Error::new(ErrorKind::AddrInUse, "another server listens there")),
    }
}

fn identity(path: &Path) -> Result<(u64, u64)> {
    fs::symlink_metadata(path).map(|found| (found.dev(), found.ino()))
}
