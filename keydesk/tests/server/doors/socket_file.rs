//! The file of the data socket: who may open it, whose place it takes, and when it is gone.

use crate::harness::{Request, Site};
use std::fs::{self, File};
use std::io::{Read, Write};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::Duration;
use tempfile::TempDir;

/// A folder for a socket.
pub(super) struct Place {
    path: PathBuf,
    _folder: TempDir,
}

impl Place {
    pub(super) fn new() -> Place {
        let folder = TempDir::new().unwrap();
        Place { path: folder.path().join("data.sock"), _folder: folder }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Of a server that listens here.
    pub(super) fn site(&self) -> Site {
        Site::sqlite().flag("--data-socket", self.path.to_str().unwrap())
    }

    fn is_refused(&self) {
        let (code, said) = self.site().refused();
        assert_eq!(code, 78, "{said}");
        assert!(said.contains(self.path.to_str().unwrap()), "{said}");
    }
}

fn answers(path: &Path) -> bool {
    Request::new("GET", "/livez").send_through(path).status == 200
}

#[test]
fn owner_and_group_may_open_it_while_the_server_runs() {
    let place = Place::new();
    let server = place.site().start();
    let mode = fs::metadata(place.path()).unwrap().permissions().mode();
    assert_eq!(mode & 0o7777, 0o660, "{mode:o}");
    assert!(server.log().contains(place.path().to_str().unwrap()));
    assert_eq!(server.stop().code(), Some(0));
    assert!(!place.path().exists());
}

#[test]
fn a_file_names_it_too() {
    let place = Place::new();
    let site = Site::sqlite();
    fs::create_dir(site.data()).unwrap();
    let text = format!("data_socket = {:?}\n", place.path());
    fs::write(site.data().join("keydesk.toml"), text).unwrap();
    let _server = site.start();
    assert!(answers(place.path()));
}

#[test]
fn what_a_server_left_is_replaced() {
    let place = Place::new();
    let site = place.site();
    site.start().kill();
    assert!(place.path().exists(), "nothing is left to replace");
    let _server = site.start();
    assert!(answers(place.path()));
}

#[test]
fn a_second_server_does_not_start_and_the_first_goes_on() {
    let place = Place::new();
    let _server = place.site().start();
    place.is_refused();
    assert!(answers(place.path()));
}

#[test]
fn whatever_else_is_there_stays() {
    let place = Place::new();
    fs::write(place.path(), "mine").unwrap();
    place.is_refused();
    assert_eq!(fs::read(place.path()).unwrap(), b"mine");
    fs::remove_file(place.path()).unwrap();

    let left = place.path().with_extension("left");
    drop(UnixListener::bind(&left).unwrap());
    symlink(&left, place.path()).unwrap();
    place.is_refused();
    assert!(fs::symlink_metadata(place.path()).unwrap().is_symlink() && left.exists());
    fs::remove_file(place.path()).unwrap();

    fs::create_dir(place.path()).unwrap();
    place.is_refused();
    assert!(place.path().is_dir());
}

#[test]
fn a_path_that_can_be_none_is_refused() {
    let place = Place::new();
    let nowhere = place.path().join("x");
    let long = place.path().with_extension("x".repeat(120));
    for path in ["/", "..", nowhere.to_str().unwrap(), long.to_str().unwrap()] {
        let (code, said) = Site::sqlite().flag("--data-socket", path).refused();
        assert_eq!(code, 78, "{path}: {said}");
    }
    let site = Site::sqlite();
    fs::create_dir(site.data()).unwrap();
    fs::write(site.data().join("keydesk.toml"), "data_socket = \"\"\n").unwrap();
    assert_eq!(site.refused().0, 78);
}

#[test]
fn the_file_of_another_stays_at_the_end() {
    let place = Place::new();
    let server = place.site().start();
    fs::remove_file(place.path()).unwrap();
    File::create(place.path()).unwrap();
    assert_eq!(server.stop().code(), Some(0));
    assert!(place.path().exists());
}

#[test]
fn what_is_under_way_is_answered_before_the_end() {
    let place = Place::new();
    let server = place.site().start();
    let mut client = begun(place.path());
    server.signal("TERM");
    while place.path().exists() {
        sleep(Duration::from_millis(5));
    }
    client.write_all(b"{\"key\":\"x\"}").unwrap();
    let mut answer = String::new();
    client.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    assert_eq!(server.wait().code(), Some(0));
}

/// A request whose body the server waits for.
fn begun(path: &Path) -> UnixStream {
    let mut client = UnixStream::connect(path).unwrap();
    let head = "POST /v1/verify HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n\
                Content-Length: 11\r\nExpect: 100-continue\r\n\r\n";
    client.write_all(head.as_bytes()).unwrap();
    let mut seen = Vec::new();
    while !seen.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        client.read_exact(&mut byte).unwrap();
        seen.extend(byte);
    }
    assert!(seen.starts_with(b"HTTP/1.1 100 "));
    client
}
