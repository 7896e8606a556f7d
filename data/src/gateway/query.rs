//! Query strings, as far as the gateway looks at them.

use std::borrow::Cow;

/// The target without the parameters of this name, as it is written; all else stays as it was.
pub(super) fn without<'t>(target: &'t str, name: &str) -> Cow<'t, str> {
    let Some((path, query)) = target.split_once('?') else { return Cow::Borrowed(target) };
    let is_hidden = |pair: &str| pair.split_once('=').map_or(pair, |(found, _)| found) == name;
    if !query.split('&').any(is_hidden) {
        return Cow::Borrowed(target);
    }
    let kept: Vec<&str> = query.split('&').filter(|pair| !is_hidden(pair)).collect();
    Cow::Owned(if kept.is_empty() { path.to_owned() } else { format!("{path}?{}", kept.join("&")) })
}

/// Names and values, decoded as forms are; `None` when an escape is none, or the text is not UTF-8.
pub(super) fn pairs(query: &str) -> Option<Vec<(String, String)>> {
    let pair = |pair: &str| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        Some((decoded(name)?, decoded(value)?))
    };
    query.split('&').filter(|text| !text.is_empty()).map(pair).collect()
}

fn decoded(text: &str) -> Option<String> {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        out.push(match byte {
            b'%' => digit(bytes.next()?)? << 4 | digit(bytes.next()?)?,
            b'+' => b' ',
            plain => plain,
        });
    }
    String::from_utf8(out).ok()
}

fn digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

#[cfg(test)]
mod tests {
    use super::{pairs, without};

    #[test]
    fn the_key_is_taken_out_and_nothing_else_changes() {
        for (target, expected) in [
            ("/graphql?api_key=k", "/graphql"),
            ("/graphql?a=%2F&api_key=k&b", "/graphql?a=%2F&b"),
            ("/graphql?api_key&a=1&api_key=2", "/graphql?a=1"),
            ("/graphql?xapi_key=k", "/graphql?xapi_key=k"),
            ("/graphql", "/graphql"),
            ("/graphql?", "/graphql?"),
        ] {
            assert_eq!(without(target, "api_key"), expected);
        }
    }

    #[test]
    fn pairs_are_decoded_as_forms_are() {
        let found = pairs("a=1+%2B&%71uery=%7Bx%7D&b").unwrap();
        let found: Vec<(&str, &str)> = found.iter().map(|(name, value)| (&**name, &**value)).collect();
        assert_eq!(found, [("a", "1 +"), ("query", "{x}"), ("b", "")]);
        assert_eq!((pairs("a=%"), pairs("a=%zz"), pairs("a=%ff")), (None, None, None));
    }
}
