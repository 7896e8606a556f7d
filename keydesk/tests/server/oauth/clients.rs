//! The published crate `oauth2` buys a token, looks at it and gives it back, as it comes.

use crate::harness::{Request, Site, Stage, Tally, Tenant};
use oauth2::basic::BasicClient;
use oauth2::{
    AccessToken, AuthType, ClientId, ClientSecret, HttpRequest, HttpResponse, IntrospectionUrl,
    RevocationUrl, Scope, StandardRevocableToken, TokenIntrospectionResponse, TokenResponse, TokenUrl,
};
use serde_json::{Value, json};

/// One exchange over the harness's own HTTP: the crate's would be a second one.
fn exchange(owner: &Tenant, request: HttpRequest) -> Result<HttpResponse, std::convert::Infallible> {
    let (parts, body) = request.into_parts();
    let mut sent = Request::new(parts.method.as_str(), parts.uri.path()).body(body);
    for (name, value) in &parts.headers {
        sent = sent.header(name.as_str(), value.as_bytes());
    }
    let answer = sent.send(owner.public);
    let mut response = http::Response::builder().status(answer.status);
    for name in ["content-type", "www-authenticate"] {
        if let Some(value) = answer.header(name) {
            response = response.header(name, value);
        }
    }
    Ok(response.body(answer.body).unwrap())
}

both!(the_oauth2_crate_buys_introspects_and_revokes);
fn the_oauth2_crate_buys_introspects_and_revokes(site: Site) {
    let stage = Stage::on(site);
    let owner = &stage.owner;
    let key = owner.key_with(json!({"scopes": [{"action": "read", "resource_filter": "THING/#/#"}]}));
    let said = owner.metadata();
    let url = |name: &str| said[name].as_str().unwrap().to_owned();
    let https = |text: String| text.replacen("http://", "https://", 1);
    let send = |request: HttpRequest| exchange(owner, request);
    let mut tally = Tally::default();
    for (kind, id) in
        [(AuthType::BasicAuth, key.id.as_str()), (AuthType::BasicAuth, ""), (AuthType::RequestBody, &key.id)]
    {
        let case = format!("{kind:?} {id:?}");
        let client = BasicClient::new(ClientId::new(id.into()))
            .set_client_secret(ClientSecret::new(key.value.clone()))
            .set_auth_type(kind)
            .set_token_uri(TokenUrl::new(url("token_endpoint")).unwrap())
            .set_introspection_url(IntrospectionUrl::new(url("introspection_endpoint")).unwrap())
            // The crate gives nothing back without TLS; where it is sent is ours to say.
            .set_revocation_url(RevocationUrl::new(https(url("revocation_endpoint"))).unwrap());
        let scope = "read:THING/a/b";
        let bought = client.exchange_client_credentials().add_scope(Scope::new(scope.into())).request(&send);
        let bought = bought.unwrap_or_else(|error| panic!("{case}: {error:?}"));
        tally.equal(&case, &bought.expires_in().map(|life| life.as_secs()), &Some(600));
        tally.equal(
            &case,
            &bought.scopes().map(|all| all.iter().map(|one| one.to_string()).collect()),
            &Some(vec![scope.to_owned()]),
        );
        let token: &AccessToken = bought.access_token();
        tally.equal(&case, &owner.token_verdict(token.secret()).as_str(), &"allowed");
        let shown = client.introspect(token).request(&send).unwrap();
        tally.that(shown.active(), &case, &shown);
        let shown_key = shown.client_id().map(|id| Value::from(id.as_str()));
        tally.equal(&case, &shown_key, &Some(json!(key.id)));
        client.revoke_token(StandardRevocableToken::from(token.clone())).unwrap().request(&send).unwrap();
        tally.equal(&case, &owner.token_verdict(token.secret()).as_str(), &"revoked");
        tally.that(!client.introspect(token).request(&send).unwrap().active(), &case, &"active");
    }
    let wrong = BasicClient::new(ClientId::new(key.id))
        .set_client_secret(ClientSecret::new("wrong".into()))
        .set_token_uri(TokenUrl::new(url("token_endpoint")).unwrap());
    let refused = wrong.exchange_client_credentials().request(&send).unwrap_err();
    let told = matches!(&refused, oauth2::RequestTokenError::ServerResponse(said)
        if *said.error() == oauth2::basic::BasicErrorResponseType::InvalidClient);
    tally.that(told, "a wrong secret", &refused);
    tally.end();
}
