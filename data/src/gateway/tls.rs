//! Whom an upstream over TLS must be, and what is spoken with it.

use rustls::crypto::aws_lc_rs::default_provider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use std::fmt;
use std::sync::Arc;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

const HTTP2: &[u8] = b"h2";
const HTTP1: &[u8] = b"http/1.1";

/// The authorities whose word about an upstream counts.
#[derive(Clone)]
pub struct Authorities {
    either: Arc<ClientConfig>,
    /// For what only HTTP/1.1 has.
    http1: Arc<ClientConfig>,
}

impl Authorities {
    /// Those that browsers trust, as they were when this program was built.
    pub fn of_the_web() -> Result<Authorities, String> {
        Authorities::these(RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() })
    }

    /// Only these, in PEM.
    ///
    /// # Errors
    /// The text has no certificate, or one that is none.
    pub fn only(pem: &[u8]) -> Result<Authorities, String> {
        let mut roots = RootCertStore::empty();
        for certificate in CertificateDer::pem_slice_iter(pem) {
            let certificate = certificate.map_err(|error| format!("is not PEM: {error}"))?;
            roots.add(certificate).map_err(|error| format!("has a certificate that is none: {error}"))?;
        }
        if roots.is_empty() {
            return Err("has no certificate".to_owned());
        }
        Authorities::these(roots)
    }

    fn these(roots: RootCertStore) -> Result<Authorities, String> {
        let config = ClientConfig::builder_with_provider(Arc::new(default_provider()));
        let config = config.with_safe_default_protocol_versions().map_err(|error| error.to_string())?;
        let mut config = config.with_root_certificates(roots).with_no_client_auth();
        config.alpn_protocols = vec![HTTP1.to_vec()];
        let http1 = Arc::new(config.clone());
        config.alpn_protocols.insert(0, HTTP2.to_vec());
        Ok(Authorities { either: Arc::new(config), http1 })
    }

    /// Makes sure that it is this server.
    pub(super) async fn secure(
        &self,
        socket: TcpStream,
        name: ServerName<'static>,
        http1_only: bool,
    ) -> std::io::Result<TlsStream<TcpStream>> {
        let config = if http1_only { &self.http1 } else { &self.either };
        TlsConnector::from(Arc::clone(config)).connect(name, socket).await
    }
}

/// Whether the server chose HTTP/2.
pub(super) fn chose_http2(stream: &TlsStream<TcpStream>) -> bool {
    stream.get_ref().1.alpn_protocol() == Some(HTTP2)
}

impl fmt::Debug for Authorities {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Authorities")
    }
}
