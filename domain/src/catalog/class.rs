//! `[[key_class]]`: kinds of keys, told apart by their prefix.

use super::mistake::Mistakes;
use super::raw::RawClass;
use crate::scope::shorten;

/// A kind of key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyClass {
    /// Its name.
    pub name: String,
    /// What its keys begin with.
    pub prefix: String,
    /// Whether keys of this class may administer, if an owner granted them that.
    pub admin_api: bool,
}

pub(super) fn read(raw: RawClass, mistakes: &mut Mistakes<'_>) -> Option<KeyClass> {
    let prefix = raw.prefix.get_ref();
    let shape = (2..=16).contains(&prefix.len())
        && prefix.starts_with(|first: char| first.is_ascii_lowercase())
        && prefix.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    if !shape {
        let message = format!("prefix `{}` must be 2 to 16 of a-z and 0-9, a letter first", shorten(prefix));
        mistakes.note(&raw.prefix.span(), message);
        return None;
    }
    Some(KeyClass { name: raw.name.into_inner(), prefix: raw.prefix.into_inner(), admin_api: raw.admin_api })
}
