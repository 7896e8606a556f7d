//! What upstreams get in place of the client's credential. The catalog, which all nodes share and everybody may read who
//! reads the database, has names only; the values are the node's own.

use arc_swap::ArcSwap;
use axum::body::Bytes;
use domain::Catalog;
use http::header::{AUTHORIZATION, HeaderMap, HeaderValue};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;
use zeroize::Zeroizing;

/// The longest value; many servers take no longer header.
const BYTES_MAX: usize = 4096;

/// The value of an `Authorization` header. It is wiped when the last request that it goes out with is over; what a
/// connection has in its buffers is not.
#[derive(Clone)]
pub struct Credential(HeaderValue);

/// Memory that is wiped.
struct Wiped(Zeroizing<Vec<u8>>);

impl AsRef<[u8]> for Wiped {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl Credential {
    /// Reads what a file holds; the end of its line does not belong to the value.
    ///
    /// # Errors
    /// It is no such value. What is said does not quote it.
    pub fn parse(text: Zeroizing<Vec<u8>>) -> Result<Credential, &'static str> {
        let line = text.strip_suffix(b"\n").unwrap_or(&text);
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let is_shown = |byte: &u8| matches!(byte, b' '..=b'~');
        match line {
            [] => return Err("is empty"),
            [b' ', ..] | [.., b' '] => return Err("begins or ends with a space"),
            line if line.len() > BYTES_MAX => return Err("is longer than 4096 bytes"),
            line if !line.iter().all(is_shown) => return Err("is not one line of visible ASCII"),
            _ => {}
        }
        let length = line.len();
        let bytes = Bytes::from_owner(Wiped(text)).slice(..length);
        let mut value = HeaderValue::from_maybe_shared(bytes).map_err(|_| "is no value of a header")?;
        // HTTP/2 keeps no table of it, and nothing prints it.
        value.set_sensitive(true);
        Ok(Credential(value))
    }

    /// Puts it into the head of a request, whatever stood there.
    pub(super) fn put(self, headers: &mut HeaderMap) {
        headers.insert(AUTHORIZATION, self.0);
    }
}

/// All that the node has, by name. Copies are the same ones.
#[derive(Clone, Default)]
pub struct Credentials(Arc<ArcSwap<BTreeMap<String, Credential>>>);

impl Credentials {
    /// Has these in place of all before.
    pub fn replace(&self, all: BTreeMap<String, Credential>) {
        self.0.store(Arc::new(all));
    }

    /// The names for which routes to an upstream need one that is not here.
    pub fn missing(&self, catalog: &Catalog) -> BTreeSet<String> {
        let here = self.0.load();
        let needed = catalog.routes().iter().filter_map(|route| route.upstream_credential.as_ref());
        needed.filter(|name| !here.contains_key(*name)).cloned().collect()
    }

    pub(super) fn get(&self, name: &str) -> Option<Credential> {
        self.0.load().get(name).cloned()
    }
}

// They must not be printed.
impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credential")
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credentials")
    }
}

#[cfg(test)]
mod tests {
    use super::{Credential, Credentials};
    use domain::Catalog;
    use http::HeaderMap;
    use zeroize::Zeroizing;

    fn parse(text: &[u8]) -> Result<Credential, &'static str> {
        Credential::parse(Zeroizing::new(text.to_vec()))
    }

    #[test]
    fn a_value_is_one_line_and_is_sent_as_it_is() {
        for (text, value) in [
            ("Bearer s3cret", "Bearer s3cret"),
            ("Bearer s3cret\n", "Bearer s3cret"),
            ("Basic dTpw\r\n", "Basic dTpw"),
            ("~", "~"),
        ] {
            let credential = parse(text.as_bytes()).unwrap();
            assert_eq!(format!("{credential:?}"), "Credential");
            let mut headers = HeaderMap::new();
            headers.insert("authorization", "the client's".parse().unwrap());
            credential.put(&mut headers);
            assert_eq!(headers.get_all("authorization").iter().collect::<Vec<_>>(), [value]);
            assert!(headers["authorization"].is_sensitive());
        }
        assert!(parse(&[b'a'; 4096]).is_ok());
    }

    #[test]
    fn what_is_no_value_is_refused_without_being_quoted() {
        let long = [b'a'; 4097];
        for text in [
            &b""[..],
            b"\n",
            b"\r\n",
            b" a",
            b"a ",
            b"a\n\n",
            b"a\nb",
            b"a\rb",
            b"a\tb",
            b"a\0",
            b"\x7f",
            &long,
            "é".as_bytes(),
        ] {
            let refused = parse(text).unwrap_err();
            assert!(!refused.contains('\n') && refused.len() < 60, "{refused}");
        }
    }

    #[test]
    fn what_routes_need_and_the_node_lacks_is_named() {
        let route = |path: &str, credential: &str| {
            format!(
                "[[route]]\nhost = '*'\nmethods = ['GET']\npath = '{path}'\naction = 'read'\nresource = 'GRAPHQL'\n\
                 upstream = 'http://a'\nupstream_credential = '{credential}'\n"
            )
        };
        let routes = [route("/a", "one"), route("/b", "two"), route("/c", "two"), route("/d", "three")];
        let catalog = Catalog::parse(&[Catalog::DEFAULT, &routes.concat()].concat()).unwrap();
        let credentials = Credentials::default();
        let missing = || credentials.missing(&catalog).into_iter().collect::<Vec<_>>();
        assert_eq!(missing(), ["one", "three", "two"]);
        credentials.replace([("two".to_owned(), parse(b"x").unwrap())].into());
        assert_eq!(missing(), ["one", "three"]);
        assert!(credentials.get("two").is_some() && credentials.get("one").is_none());
        assert!(credentials.missing(&Catalog::builtin()).is_empty());
    }
}
