//! Reading a token request: a form or a JSON object, each parameter at most once (RFC 6749 section 3.2).

use std::collections::BTreeMap;

/// The parameters of a request; empty values count as omitted.
pub(super) type Parameters = BTreeMap<String, String>;

/// Why the body is no set of parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FormError {
    Repeated,
    Malformed,
}

/// Reads a body by its first byte: JSON objects begin with `{`, and no form does.
pub(super) fn read(body: &[u8]) -> Result<Parameters, FormError> {
    let begins = body.iter().copied().find(|byte| !byte.is_ascii_whitespace());
    match begins {
        Some(b'{') => read_json(body),
        // A JSON list would otherwise be a parameter of a strange name.
        Some(b'[') => Err(FormError::Malformed),
        _ => read_form(body),
    }
}

fn read_json(body: &[u8]) -> Result<Parameters, FormError> {
    let once: Once = serde_json::from_slice(body).map_err(|error| {
        if error.to_string().contains(REPEATED) { FormError::Repeated } else { FormError::Malformed }
    })?;
    Ok(once.0)
}

fn read_form(body: &[u8]) -> Result<Parameters, FormError> {
    let text = std::str::from_utf8(body).map_err(|_| FormError::Malformed)?;
    let mut parameters = Parameters::new();
    for pair in text.trim_ascii().split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        add(&mut parameters, decode(name)?, decode(value)?)?;
    }
    Ok(parameters)
}

fn add(parameters: &mut Parameters, name: String, value: String) -> Result<(), FormError> {
    if parameters.contains_key(&name) {
        return Err(FormError::Repeated);
    }
    parameters.insert(name, value);
    Ok(())
}

/// `application/x-www-form-urlencoded` decoding (WHATWG URL section 5.1); a bad escape is an error.
pub(super) fn decode(text: &str) -> Result<String, FormError> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    let digit = |byte: Option<u8>| byte.and_then(|byte| char::from(byte).to_digit(16));
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let pair = digit(rest.next()).zip(digit(rest.next())).ok_or(FormError::Malformed)?;
                u8::try_from(pair.0 * 16 + pair.1).map_err(|_| FormError::Malformed)?
            }
            plain => plain,
        });
    }
    String::from_utf8(bytes).map_err(|_| FormError::Malformed)
}

const REPEATED: &str = "a parameter is repeated";

/// A JSON object of strings, each name once; null counts as omitted.
struct Once(Parameters);

impl<'de> serde::Deserialize<'de> for Once {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Once, D::Error> {
        struct Visitor;
        impl<'de> serde::de::Visitor<'de> for Visitor {
            type Value = Once;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object of strings")
            }

            fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<Once, A::Error> {
                let mut parameters = Parameters::new();
                while let Some((name, value)) = map.next_entry::<String, Option<String>>()? {
                    let added = add(&mut parameters, name, value.unwrap_or_default());
                    added.map_err(|_| serde::de::Error::custom(REPEATED))?;
                }
                Ok(Once(parameters))
            }
        }
        deserializer.deserialize_map(Visitor)
    }
}
