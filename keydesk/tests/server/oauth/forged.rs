//! Tokens that nobody signed as they are (bad-input O-16 to O-31): at the data listener, and every other door.

use crate::harness::{Forge, Request, Stage, Tally, claims, part};
use crate::tokens::{edited, forged};
use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};

/// Everything that can be done to a token by whoever has no key.
fn attacks(token: &str, jwk: &Value) -> Vec<(String, String)> {
    let mut all: Vec<(String, String)> =
        forged(token).into_iter().map(|(case, text)| (case.to_owned(), text)).collect();
    let edit = |name: &str, value: Value| edited(token, &[], &[(name, value)]);
    for (name, value) in [
        ("sub", json!("key:01a1fd74-d772-79df-9763-35a5869daa68")),
        ("client_id", json!("01a1fd74-d772-79df-9763-35a5869daa68")),
        ("organization_id", json!("org_ZGFORTR17E3V5B7R775Z")),
        ("scope", json!("*:*")),
        ("exp", json!(4_000_000_000_i64)),
        ("iat", json!(0)),
        ("cnf", json!({"jkt": "x"})),
        ("jti", json!("another")),
    ] {
        all.push((format!("edited {name}"), edit(name, value)));
    }
    for alg in ["EdDSA", "Ed25519", "es256", "ES384", "ES256K", "PS256", "HS384", ""] {
        all.push((format!("alg {alg}"), edited(token, &[("alg", json!(alg))], &[])));
    }
    all.push(("O-20 long kid".into(), edited(token, &[("kid", json!("k".repeat(10 << 10)))], &[])));
    all.push(("O-20 NUL".into(), edited(token, &[("kid", json!("\0"))], &[])));
    let [header, said, signature]: [&str; 3] =
        token.split('.').collect::<Vec<_>>().try_into().expect("three parts");
    let der = [&[0x30, 0x44, 0x02, 0x20], &[1; 32][..], &[0x02, 0x20], &[1; 32]].concat();
    let order = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551".as_bytes().chunks(2);
    let order: Vec<u8> =
        order.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect();
    for (case, bytes) in
        [("O-17 DER", der), ("O-17 n", [order.clone(), order].concat()), ("O-17 none", vec![])]
    {
        all.push((case.into(), format!("{header}.{said}.{}", URL_SAFE_NO_PAD.encode(bytes))));
    }
    all.push(("O-29 five parts".into(), format!("{token}.{said}.{signature}")));
    all.push(("O-31 1 KiB short of 64".into(), format!("{token}{}", "A".repeat(60 << 10))));
    all.extend(by_public_half(token, jwk));
    all
}

/// O-16: the public half taken for a shared secret.
fn by_public_half(token: &str, jwk: &Value) -> Vec<(String, String)> {
    let decode = |name: &str| URL_SAFE_NO_PAD.decode(jwk[name].as_str().unwrap()).unwrap();
    let point = [vec![4], decode("x"), decode("y")].concat();
    let prefix = "3059301306072a8648ce3d020106082a8648ce3d030107034200".as_bytes().chunks(2);
    let prefix: Vec<u8> =
        prefix.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect();
    let der = [prefix, point.clone()].concat();
    let text = STANDARD.encode(&der);
    let lines = [&text[..64], &text[64..]].join("\n");
    let pem = format!("-----BEGIN PUBLIC KEY-----\n{lines}\n-----END PUBLIC KEY-----\n");
    let secrets = [
        ("PEM", pem.into_bytes()),
        ("DER", der),
        ("JWK", jwk.to_string().into_bytes()),
        ("point", point),
        ("x", decode("x")),
        ("x as text", jwk["x"].as_str().unwrap().into()),
        ("nothing", Vec::new()),
    ];
    let mut header = part(token, 0);
    header["alg"] = "HS256".into();
    let message = [&header, &claims(token)].map(|part| URL_SAFE_NO_PAD.encode(part.to_string())).join(".");
    let sign = |secret: &[u8]| {
        let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), message.as_bytes());
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(tag))
    };
    secrets.iter().map(|(case, secret)| (format!("O-16 HS256 by {case}"), sign(secret))).collect()
}

#[test]
fn a_token_that_nobody_signed_as_it_is_opens_nothing() {
    let stage = Stage::sqlite();
    let owner = &stage.owner;
    let key = owner.key();
    let token = owner.token_of(&key);
    let kid = part(&token, 0)["kid"].clone();
    let jwk = owner.jwks().into_iter().find(|jwk| jwk["kid"] == kid).expect("published");
    let nobody = Request::new("GET", "/admin/projects").header("Authorization", "Bearer x");
    let nobody = nobody.send(owner.public).bare();
    let mut tally = Tally::default();
    tally.equal("the token itself", &owner.token_verdict(&token).as_str(), &"allowed");
    for (case, forged) in attacks(&token, &jwk) {
        tally.equal(&case, &owner.token_verdict(&forged).as_str(), &"malformed");
        let said = owner.introspect(&forged);
        if !forged.is_empty() {
            tally.equal(
                format_args!("introspection, {case}"),
                &(said.status, said.json()),
                &(200, json!({"active": false})),
            );
        }
        if forged.len() < 8 << 10 {
            let call =
                Request::new("GET", "/admin/projects").header("Authorization", format!("Bearer {forged}"));
            tally.equal(format_args!("/admin, {case}"), &call.send(owner.public).bare(), &nobody);
        }
    }
    let large = Request::new("GET", "/admin/projects")
        .header("Authorization", format!("Bearer {token}{}", "A".repeat(1 << 20)));
    let large = large.try_send(owner.public);
    tally.that(large.is_none_or(|answer| [400, 401, 431].contains(&answer.status)), "O-31 1 MiB", &"");
    tally.equal("still", &owner.token_verdict(&token).as_str(), &"allowed");
    tally.end();
}

#[test]
fn a_token_signed_by_a_key_of_somebody_else_is_malformed() {
    let stage = Stage::sqlite();
    let (owner, stranger) = (&stage.owner, stage.stranger());
    let key = owner.key();
    let token = owner.token_of(&key);
    let said = claims(&token);
    let forge = stage.site.forge();
    let (ours, theirs) = (Some(owner.organization.as_str()), Some(stranger.organization.as_str()));
    let elsewhere = Stage::sqlite();
    let other_site: Forge = elsewhere.site.forge();
    let foreign = Some(elsewhere.owner.organization.as_str());
    let mut tally = Tally::default();
    tally.equal("ours", &owner.token_verdict(&forge.token(ours, &said)).as_str(), &"allowed");
    // Whose key signs, and whose it says it is.
    for (case, token) in [
        ("the server's", forge.token(None, &said)),
        ("another organization's", forge.token(theirs, &said)),
        ("the server's as ours", forge.signed(None, &forge.header(ours).to_string(), &said.to_string())),
        ("theirs as ours", forge.signed(theirs, &forge.header(ours).to_string(), &said.to_string())),
        ("ours as theirs", forge.signed(ours, &forge.header(theirs).to_string(), &said.to_string())),
        ("ours as the server's", forge.signed(ours, &forge.header(None).to_string(), &said.to_string())),
        ("another server's", other_site.token(foreign, &said)),
        (
            "another server's as ours",
            other_site.signed(foreign, &forge.header(ours).to_string(), &said.to_string()),
        ),
    ] {
        tally.equal(case, &owner.token_verdict(&token).as_str(), &"malformed");
        tally.equal(case, &owner.introspect(&token).json(), &json!({"active": false}));
    }
    let account = claims(&owner.token);
    let call = |token: &str| {
        Request::new("GET", "/admin/projects")
            .header("Authorization", format!("Bearer {token}"))
            .send(owner.public)
    };
    tally.status("an account's, by the server", &call(&forge.token(None, &account)), 200);
    for (case, token) in [("ours", forge.token(ours, &account)), ("theirs", forge.token(theirs, &account))] {
        tally.admin(format_args!("an account's, by {case}"), &call(&token), 401, "UNAUTHENTICATED");
    }
    tally.end();
}
