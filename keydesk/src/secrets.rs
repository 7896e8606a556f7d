//! The two secrets kept outside the database: the pepper digests keys, the master key seals signing keys.

use crate::exit::{Fault, Kind};
use control::seal::MasterKey;
use domain::Pepper;
use rand_core::{Rng, UnwrapErr};
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// Where one secret comes from: said directly, in a file, or the file beside the database.
#[derive(Debug, Default, Clone)]
pub(crate) struct Given {
    pub(crate) value: Option<Zeroizing<String>>,
    pub(crate) file: Option<PathBuf>,
}

/// Both secrets, ready for use.
pub(crate) struct Secrets {
    pub(crate) pepper: Pepper,
    pub(crate) master: MasterKey,
}

type Bytes = Zeroizing<[u8; 32]>;

impl Secrets {
    /// Reads both secrets; makes the files beside the database only when that is new.
    pub(crate) fn load(data: &Path, pepper: &Given, master: &Given, new: bool) -> Result<Secrets, Fault> {
        let pepper = read("pepper", pepper, &data.join("pepper"), new)?;
        let master = read("master key", master, &data.join("master.key"), new)?;
        if pepper == master {
            return Err(config(
                "secrets_equal",
                "the pepper and the master key must be two different secrets",
            ));
        }
        let master = MasterKey::new(&master).map_err(|error| config("kek_mismatch", &error.to_string()))?;
        Ok(Secrets { pepper: Pepper::new(&pepper), master })
    }
}

fn config(code: &'static str, message: &str) -> Fault {
    Fault::new(Kind::Config, code, message)
}

fn read(name: &str, given: &Given, beside: &Path, new: bool) -> Result<Bytes, Fault> {
    match (&given.value, &given.file) {
        (Some(_), Some(_)) => {
            return Err(config(
                "configuration",
                &format!("the {name} is given twice: as a value and as a file"),
            ));
        }
        (Some(value), None) => return parse(name, value),
        (None, _) => {}
    }
    let path = given.file.as_deref().unwrap_or(beside);
    if given.file.is_none() && new && !path.exists() {
        make(path)?;
    }
    let text = fs::read_to_string(path).map(Zeroizing::new).map_err(|error| {
        let shown = path.display();
        config(
            "kek_mismatch",
            &format!("the {name} cannot be read from {shown}: {error}; without it no key verifies"),
        )
    })?;
    check_mode(path)?;
    parse(name, &text)
}

/// 32 bytes as 64 hexadecimal digits; not all alike, which no generator gives.
fn parse(name: &str, text: &str) -> Result<Bytes, Fault> {
    let refused =
        || config("kek_mismatch", &format!("the {name} must be 64 hexadecimal digits (32 random bytes)"));
    let text = text.trim().as_bytes();
    if text.len() != 64 {
        return Err(refused());
    }
    let mut bytes = Zeroizing::new([0; 32]);
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    for (byte, pair) in bytes.iter_mut().zip(text.chunks_exact(2)) {
        let [high, low] = pair else { return Err(refused()) };
        *byte = digit(*high).zip(digit(*low)).map(|(high, low)| high * 16 + low).ok_or_else(refused)?;
    }
    let first = bytes.first().copied();
    if bytes.iter().all(|byte| Some(*byte) == first) { Err(refused()) } else { Ok(bytes) }
}

fn make(path: &Path) -> Result<(), Fault> {
    let mut bytes = Zeroizing::new([0; 32]);
    UnwrapErr(getrandom::SysRng).fill_bytes(bytes.as_mut());
    let mut text = Zeroizing::new(String::with_capacity(65));
    for byte in bytes.iter() {
        text.push_str(&format!("{byte:02x}"));
    }
    text.push('\n');
    write_private(path, text.as_bytes())
}

/// Writes a file that only its owner can read, whole or not at all; one that is there already stays.
pub(crate) fn write_private(path: &Path, bytes: &[u8]) -> Result<(), Fault> {
    let unfinished = path.with_extension("new");
    let write = || -> std::io::Result<()> {
        let mut options = OpenOptions::new();
        let mut file = options.write(true).create(true).truncate(true).mode(0o600).open(&unfinished)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        // A link, unlike a rename, never takes the place of what is there.
        let linked = fs::hard_link(&unfinished, path);
        fs::remove_file(&unfinished)?;
        linked?;
        // The name must survive a power cut as well as the bytes.
        path.parent().map_or(Ok(()), |folder| fs::File::open(folder)?.sync_all())
    };
    write().map_err(|error| {
        Fault::new(
            Kind::CantCreate,
            "cannot_create",
            format!("{} cannot be written: {error}", path.display()),
        )
    })
}

/// A secret that others can read is none.
fn check_mode(path: &Path) -> Result<(), Fault> {
    let mode = fs::metadata(path).map(|found| found.permissions().mode()).unwrap_or(0);
    if mode & 0o077 == 0 {
        return Ok(());
    }
    let message = format!("{} can be read by others; run chmod 600 on it", path.display());
    Err(config("insecure_permissions", &message))
}
