//! The JSON of a GraphQL request, read so that no other reader can find another document in it.

use super::operation::{BATCH_MAX, Unclear};
use serde::de::{Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use std::collections::BTreeMap;
use std::fmt;

/// One operation, as it was sent.
#[derive(Debug, Default)]
pub(super) struct Envelope {
    pub(super) query: Option<String>,
    pub(super) operation_name: Option<String>,
    /// Looked at by nobody; only that they are there.
    pub(super) variables: Option<String>,
}

/// All operations of a body: one, or a batch.
pub(super) fn read(body: &[u8]) -> Result<Vec<Envelope>, Unclear> {
    const SHAPE: Unclear =
        Unclear::Request("is not one JSON object, or a list of at most 50, of the known fields");
    let text = std::str::from_utf8(body).map_err(|_| Unclear::Request("is not UTF-8"))?;
    let envelopes = if text.trim_start().starts_with('[') {
        let Batch(batch) = serde_json::from_str(text).map_err(|_| SHAPE)?;
        batch
    } else {
        vec![serde_json::from_str(text).map_err(|_| SHAPE)?]
    };
    if envelopes.is_empty() { Err(SHAPE) } else { Ok(envelopes) }
}

impl<'de> Deserialize<'de> for Envelope {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Envelope, D::Error> {
        deserializer.deserialize_map(Fields)
    }
}

/// Every name once, and no name that is not known: a hash or an id would stand for another document, and some readers
/// take `Query` for `query`.
struct Fields;

impl<'de> Visitor<'de> for Fields {
    type Value = Envelope;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a GraphQL request")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Envelope, M::Error> {
        let (mut envelope, mut seen) = (Envelope::default(), Vec::with_capacity(4));
        while let Some(name) = map.next_key::<String>()? {
            match name.as_str() {
                "query" => envelope.query = map.next_value()?,
                "operationName" => envelope.operation_name = map.next_value()?,
                "variables" => map.next_value::<IgnoredAny>().map(drop)?,
                "extensions" => extensions(map.next_value()?)?,
                _ => return Err(M::Error::custom("an unknown field")),
            }
            if seen.contains(&name) {
                return Err(M::Error::custom("a field twice"));
            }
            seen.push(name);
        }
        Ok(envelope)
    }
}

/// Only what says who the client is.
fn extensions<E: Error>(sent: Option<BTreeMap<String, IgnoredAny>>) -> Result<(), E> {
    let is_known = sent.iter().flat_map(BTreeMap::keys).all(|name| name == "clientLibrary");
    if is_known { Ok(()) } else { Err(E::custom("an unknown extension")) }
}

struct Batch(Vec<Envelope>);

impl<'de> Deserialize<'de> for Batch {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Batch, D::Error> {
        struct Items;
        impl<'de> Visitor<'de> for Items {
            type Value = Batch;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of GraphQL requests")
            }

            fn visit_seq<S: SeqAccess<'de>>(self, mut items: S) -> Result<Batch, S::Error> {
                let mut batch = Vec::new();
                while let Some(item) = items.next_element()? {
                    if batch.len() == BATCH_MAX {
                        return Err(S::Error::custom("too many operations"));
                    }
                    batch.push(item);
                }
                Ok(Batch(batch))
            }
        }
        deserializer.deserialize_seq(Items)
    }
}
