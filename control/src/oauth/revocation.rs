//! `POST /oauth/revoke` (RFC 7009).

use super::client::client;
use super::credentials::given;
use super::{Refused, Request};
use crate::App;
use crate::ops::tokens;

/// Takes a token back. A token that is nobody's, or not the client's, is no error: there is nothing to take back.
///
/// # Errors
/// See [`Refused`].
pub async fn revoke(app: &App, request: Request<'_>) -> Result<(), Refused> {
    let parameters = request.parameters()?;
    let asks = client(app, request.head, &parameters).await?;
    let token = given(&parameters, "token").ok_or(Refused::invalid("token is missing"))?;
    if tokens::is_api_key(app, token)? {
        let description = "this is an API key: revoke it with DELETE /admin/api-keys/ and its id";
        return Err(Refused::Bad("unsupported_token_type", description));
    }
    Ok(tokens::revoke(app, &asks, token).await?)
}
