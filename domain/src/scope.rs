//! A scope: an action and a resource filter. The only thing a verification ever evaluates.

use crate::catalog::types::Types;
use crate::resource::{Address, Filter, FilterError};
use std::fmt;

/// What a call wants to do. `read`, `write` and `admin` are independent: none implies another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Action {
    /// Look at something.
    Read,
    /// Create, update or delete something.
    Write,
    /// Administer something.
    Admin,
}

impl Action {
    /// All there are.
    pub const EACH: [Action; 3] = [Action::Read, Action::Write, Action::Admin];

    /// The action of exactly these bytes; `*` is no single action.
    pub fn parse(text: &str) -> Option<Action> {
        match text {
            "read" => Some(Action::Read),
            "write" => Some(Action::Write),
            "admin" => Some(Action::Admin),
            _ => None,
        }
    }

    /// As written.
    pub fn text(self) -> &'static str {
        Actions::only(self).text()
    }
}

/// The action part of a scope: one action, or `*` for all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Actions(u8);

impl Actions {
    /// `*`
    pub const ALL: Actions = Actions(0b111);

    /// `read`, `write`, `admin` or `*`, exactly.
    pub fn parse(text: &str) -> Option<Actions> {
        if text == "*" { Some(Actions::ALL) } else { Action::parse(text).map(Actions::only) }
    }

    /// Just this one action.
    pub fn only(action: Action) -> Actions {
        match action {
            Action::Read => Actions(0b001),
            Action::Write => Actions(0b010),
            Action::Admin => Actions(0b100),
        }
    }

    pub(crate) fn bits(self) -> u8 {
        self.0
    }

    /// What [`Actions::bits`] gave out.
    pub(crate) fn from_bits(bits: u8) -> Actions {
        Actions(bits)
    }

    /// Whether the action is one of these.
    pub fn include(self, action: Action) -> bool {
        self.0 & Actions::only(action).0 != 0
    }

    /// As written in a scope.
    pub fn text(self) -> &'static str {
        match self.0 {
            0b001 => "read",
            0b010 => "write",
            0b100 => "admin",
            _ => "*",
        }
    }
}

impl fmt::Display for Actions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

/// `action` × `resource filter`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    /// What may be done.
    pub actions: Actions,
    /// To what.
    pub filter: Filter,
}

/// Why a scope was refused.
#[derive(Debug, thiserror::Error, PartialEq, Eq, Clone)]
pub enum ScopeError {
    /// Not one of the four words.
    #[error("action `{0}` is not one of read, write, admin, *")]
    UnknownAction(String),
    /// The filter does not follow the grammar.
    #[error(transparent)]
    Filter(#[from] FilterError),
}

impl Scope {
    /// Reads an action and a filter against the types of a catalog.
    ///
    /// # Errors
    /// The action is unknown, or the filter does not follow the grammar.
    pub fn parse(action: &str, filter: &str, types: &Types) -> Result<Scope, ScopeError> {
        let actions = Actions::parse(action).ok_or_else(|| ScopeError::UnknownAction(shorten(action)))?;
        Ok(Scope { actions, filter: Filter::parse(filter, types)? })
    }

    /// Whether this scope allows the action on the address.
    pub fn allows(&self, action: Action, address: &Address<'_>) -> bool {
        self.actions.include(action) && self.filter.matches(address)
    }
}

/// The user's own input for a message, without line breaks and not too long.
pub(crate) fn shorten(text: &str) -> String {
    let shown: String = text.chars().take(64).flat_map(char::escape_debug).collect();
    if text.chars().count() > 64 { format!("{shown}…") } else { shown }
}
