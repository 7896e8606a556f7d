//! Tokens with a valid signature and claims that are not right (bad-input O-22 to O-28).

use crate::harness::{Request, Stage, Tally, claims, seconds};
use serde_json::{Value, json};

/// The claims with these replaced; `null` takes one out.
fn with(claims: &Value, edits: Value) -> Value {
    let mut claims = claims.clone();
    for (name, value) in edits.as_object().unwrap() {
        claims[name] = value.clone();
    }
    claims.as_object_mut().unwrap().retain(|_, value| !value.is_null());
    claims
}

#[test]
fn a_claim_that_is_not_right_makes_a_token_malformed() {
    let stage = Stage::sqlite();
    let (owner, stranger) = (&stage.owner, stage.stranger());
    let (key, other, theirs) = (owner.key(), owner.key(), stranger.key());
    let said = claims(&owner.token_of(&key));
    let (forge, ours) = (stage.site.forge(), Some(owner.organization.as_str()));
    let (issuer, now) = (owner.issuer(), seconds());
    let sub = |id: &str| format!("key:{id}");
    let mut cases: Vec<Value> =
        ["iss", "sub", "aud", "client_id", "organization_id", "project_id", "iat", "exp", "jti"]
            .into_iter()
            .map(|name| json!({name: null}))
            .collect();
    cases.extend([
        json!({"iss": format!("{issuer}/")}),
        json!({"iss": "https://other.example"}),
        json!({"iss": [issuer]}),
        json!({"aud": issuer}),
        json!({"aud": format!("{issuer}/admin")}),
        json!({"aud": format!("{issuer}/api/")}),
        json!({"aud": "https://api.pinecone.io/"}),
        json!({"aud": ["https://other.example"]}),
        json!({"aud": vec![format!("{issuer}/x"); 1000]}),
        json!({"aud": []}),
        json!({"aud": 1}),
        json!({"sub": key.id}),
        json!({"sub": sub(&other.id)}),
        json!({"client_id": other.id}),
        json!({"sub": format!("sa:{}", key.id)}),
        json!({"sub": sub(&key.id.to_uppercase())}),
        json!({"sub": sub("x"), "client_id": "x"}),
        json!({"organization_id": stranger.organization}),
        json!({"iat": now + 120, "exp": now + 600}),
        json!({"nbf": now + 120}),
        json!({"iat": (now + 60).to_string()}),
        json!({"exp": (now + 60).to_string()}),
        json!({"exp": 1e300}),
        json!({"exp": -1}),
        json!({"exp": now as f64 + 60.5}),
        json!({"exp": [now + 60]}),
        json!({"exp": true}),
        json!({"scope": ["read:THING/a/b"]}),
        json!({"cnf": {}}),
        json!({"cnf": "x"}),
        json!({"jti": 1}),
    ]);
    let mut tally = Tally::default();
    tally.equal("unchanged", &owner.token_verdict(&forge.token(ours, &said)).as_str(), &"allowed");
    for edits in cases {
        let shown: String = edits.to_string().chars().take(80).collect();
        let token = forge.token(ours, &with(&said, edits));
        tally.equal(&shown, &owner.token_verdict(&token).as_str(), &"malformed");
        tally.equal(
            format_args!("introspection, {shown}"),
            &owner.introspect(&token).json(),
            &json!({"active": false}),
        );
    }
    // A key of another organization, as if it were ours; and one that there is not.
    for id in [theirs.id.as_str(), "01a1fd74-d772-79df-9763-35a5869daa68"] {
        let token = forge.token(ours, &with(&said, json!({"sub": sub(id), "client_id": id})));
        let code = owner.token_verdict(&token);
        tally.that(["malformed", "unknown"].contains(&&*code), format_args!("key {id}"), &code);
        tally.equal(
            format_args!("introspection, key {id}"),
            &owner.introspect(&token).json(),
            &json!({"active": false}),
        );
    }
    let text = said.to_string();
    for (case, text) in [
        ("O-28 sub twice", text.replacen('{', &format!(r#"{{"sub":"{}","#, sub(&other.id)), 1)),
        ("O-28 exp twice", text.replacen('{', r#"{"exp":4000000000,"#, 1)),
        ("a list", format!("[{text}]")),
        ("more after it", format!("{text}{{}}")),
        ("a text", "\"x\"".into()),
        ("null", "null".into()),
        ("nothing", String::new()),
    ] {
        let token = forge.signed(ours, &forge.header(ours).to_string(), &text);
        tally.equal(case, &owner.token_verdict(&token).as_str(), &"malformed");
    }
    tally.end();
}

#[test]
fn a_header_that_is_not_ours_makes_a_token_malformed() {
    let stage = Stage::sqlite();
    let owner = &stage.owner;
    let token = owner.token_of(&owner.key());
    let (said, forge, ours) = (claims(&token), stage.site.forge(), Some(owner.organization.as_str()));
    let header = forge.header(ours);
    let jwk = owner.jwks()[0].clone();
    let kid = header["kid"].as_str().unwrap();
    let mut tally = Tally::default();
    for edits in [
        json!({"typ": "JWT"}),
        json!({"typ": "id+jwt"}),
        json!({"typ": "dpop+jwt"}),
        json!({"typ": ["at+jwt"]}),
        json!({"typ": null}),
        json!({"alg": "none"}),
        json!({"alg": "HS256"}),
        json!({"alg": "EdDSA"}),
        json!({"alg": ["ES256"]}),
        json!({"alg": null}),
        json!({"kid": null}),
        json!({"kid": ""}),
        json!({"kid": 1}),
        json!({"kid": format!("{kid}=")}),
        json!({"kid": kid.to_uppercase()}),
        json!({"crit": ["exp"]}),
        json!({"crit": []}),
        json!({"b64": false, "crit": ["b64"]}),
        json!({"jwk": jwk}),
        json!({"jku": "http://127.0.0.1:1/"}),
        json!({"x5u": "http://127.0.0.1:1/"}),
        json!({"x5c": []}),
        json!({"cty": "JWT"}),
        json!({"zip": "DEF"}),
    ] {
        let token = forge.signed(ours, &with(&header, edits.clone()).to_string(), &said.to_string());
        tally.equal(&edits, &owner.token_verdict(&token).as_str(), &"malformed");
    }
    for text in
        [header.to_string().replacen('{', r#"{"alg":"none","#, 1), format!("[{header}]"), String::new()]
    {
        let token = forge.signed(ours, &text, &said.to_string());
        tally.equal(format_args!("O-28 {text}"), &owner.token_verdict(&token).as_str(), &"malformed");
    }
    tally.end();
}

#[test]
fn a_token_past_its_end_is_expired() {
    let stage = Stage::sqlite();
    let owner = &stage.owner;
    let key = owner.key();
    let said = claims(&owner.token_of(&key));
    let (forge, ours, now) = (stage.site.forge(), Some(owner.organization.as_str()), seconds());
    let aged = |iat: i64, exp: i64| forge.token(ours, &with(&said, json!({"iat": iat, "exp": exp})));
    let mut tally = Tally::default();
    for (case, token, code) in [
        ("a minute ago", aged(now - 660, now - 60), "expired"),
        ("O-25 just beyond the leeway", aged(now - 635, now - 35), "expired"),
        ("a year ago", aged(now - 31_536_600, now - 31_536_000), "expired"),
        ("still good", aged(now - 540, now + 60), "allowed"),
    ] {
        tally.equal(case, &owner.token_verdict(&token).as_str(), &code);
        let active = code == "allowed";
        tally.equal(case, &owner.introspect(&token).json()["active"], &json!(active));
    }
    // Its key has ended as well: the token is told of first or last, but never allowed.
    owner.delete(&key.path());
    let code = owner.token_verdict(&aged(now - 660, now - 60));
    tally.that(["expired", "revoked"].contains(&&*code), "of a revoked key", &code);
    tally.end();
}

#[test]
fn an_accounts_claim_that_is_not_right_makes_its_token_nobodys() {
    let stage = Stage::sqlite();
    let owner = &stage.owner;
    let said = claims(&owner.token);
    let (forge, issuer, now) = (stage.site.forge(), owner.issuer(), seconds());
    let call = |token: &str| {
        Request::new("GET", "/admin/projects")
            .header("Authorization", format!("Bearer {token}"))
            .send(owner.public)
    };
    let key = owner.key();
    let mut tally = Tally::default();
    let nobody = call("x").bare();
    tally.status("unchanged", &call(&forge.token(None, &said)), 200);
    for edits in [
        json!({"aud": format!("{issuer}/api")}),
        json!({"aud": issuer}),
        json!({"aud": null}),
        json!({"iss": "https://other.example"}),
        json!({"exp": now - 60, "iat": now - 1860}),
        json!({"exp": null}),
        json!({"iat": now + 120, "exp": now + 1800}),
        json!({"nbf": now + 120}),
        json!({"sub": format!("key:{}", key.id)}),
        json!({"sub": "sa:01a1fd74-d772-79df-9763-35a5869daa68"}),
        json!({"sub": null}),
        json!({"jti": null}),
    ] {
        tally.equal(&edits, &call(&forge.token(None, &with(&said, edits.clone()))).bare(), &nobody);
    }
    tally.end();
}
