//! Who is calling: one credential, a service account's access token or an API key.

mod credential;
mod live_key;

pub use credential::Credential;
pub use live_key::LiveKey;

use crate::{App, Error, oauth};
use axum::extract::ConnectInfo;
use domain::access::Caller;
use http::request::Parts;
use std::net::{IpAddr, SocketAddr};

impl App {
    /// The caller of the Admin API, looked up on every call: a removed account or a revoked key is nobody.
    ///
    /// # Errors
    /// There is no valid credential or more than one, the key may not administer, or the database did not
    /// answer.
    pub async fn authenticate(&self, request: &Parts) -> Result<Caller, Error> {
        match Credential::of(&request.headers)?.ok_or(Error::NoCredential)? {
            Credential::Token(token) => {
                let bearer = oauth::token::verify(self, token).await?;
                self.store.caller(bearer.account, bearer.generation).await?.ok_or(Error::Unauthenticated)
            }
            Credential::Key(text) => {
                // The same bytes whatever is wrong with it: nobody learns which keys there are.
                let found = self.live_key(text, self.client(request)).await?;
                let key = found.map_err(|_| Error::Unauthenticated)?;
                key.into_caller().ok_or(Error::NoAdministrator)
            }
        }
    }

    /// Where the request came from, as far as somebody trustworthy said so.
    pub fn client(&self, request: &Parts) -> Option<IpAddr> {
        let ConnectInfo(peer) = request.extensions.get::<ConnectInfo<SocketAddr>>()?;
        let lines: Vec<&[u8]> =
            request.headers.get_all("x-forwarded-for").iter().map(|line| line.as_bytes()).collect();
        self.proxies.client(peer.ip(), lines)
    }
}
