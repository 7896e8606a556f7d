//! Scopes as OAuth writes them: `action:filter`, separated by single spaces.

use crate::catalog::types::Types;
use crate::{Scope, resource::Filter};

/// The longest text that is read or written.
pub const SCOPE_BYTES_MAX: usize = 4 * 1024;

/// Reads a scope text; `None` when it is too long or a part of it is no scope. A filter is said, even when it is
/// `*`: what was left out must not mean everything.
pub fn parse_scopes(text: &str, types: &Types) -> Option<Vec<Scope>> {
    if text.len() > SCOPE_BYTES_MAX {
        return None;
    }
    text.split(' ').map(|token| parse_one(token, types)).collect()
}

fn parse_one(token: &str, types: &Types) -> Option<Scope> {
    let (action, filter) = token.split_once(':').filter(|(_, filter)| !filter.is_empty())?;
    Scope::parse(action, filter, types).ok()
}

/// Writes scopes; `None` when the text would be longer than [`SCOPE_BYTES_MAX`], or there are none.
pub fn scope_text(scopes: &[Scope]) -> Option<String> {
    let mut text = String::new();
    for Scope { actions, filter } in scopes {
        if !text.is_empty() {
            text.push(' ');
        }
        text.push_str(actions.text());
        text.push(':');
        text.push_str(Filter::text(filter));
        if text.len() > SCOPE_BYTES_MAX {
            return None;
        }
    }
    (!text.is_empty()).then_some(text)
}
