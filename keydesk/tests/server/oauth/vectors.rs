//! Signatures and keys that others collected (`tests/vectors/wycheproof`).

use crate::harness::{Bearer, Request, Stage, Tally};
use crate::oauth::refused;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::token::{Jwk, PublicKey};
use serde_json::{Value, json};

/// Each group of a file.
fn groups(name: &str) -> Vec<Value> {
    let text = std::fs::read_to_string(format!("../tests/vectors/wycheproof/{name}.json")).unwrap();
    let file: Value = serde_json::from_str(&text).unwrap();
    file["testGroups"].as_array().unwrap().clone()
}

fn tests(group: &Value) -> &[Value] {
    group["tests"].as_array().unwrap()
}

/// What the vector says its key is; some groups have one key, some a set.
fn keys(group: &Value) -> Vec<Value> {
    let key = if group["public"].is_null() { &group["private"] } else { &group["public"] };
    key["keys"].as_array().cloned().unwrap_or_else(|| vec![key.clone()])
}

#[test]
fn no_vector_opens_any_door() {
    let stage = Stage::sqlite();
    let owner = &stage.owner;
    let key = owner.key();
    let mut tally = Tally::default();
    let nobody = Request::new("GET", "/admin/projects").header("Authorization", "Bearer x");
    let nobody = nobody.send(owner.public).bare();
    for group in ["json_web_signature_test", "json_web_key_test"].iter().flat_map(|name| groups(name)) {
        for test in tests(&group) {
            // A few are in the JSON form of a JWS.
            let Some(text) = test["jws"].as_str() else { continue };
            let case = format!("{} {}", group["comment"], test["tcId"]);
            tally.equal(&case, &owner.token_verdict(text).as_str(), &"malformed");
            // What a header cannot hold, or reads as a list, is for the tests of headers.
            if text.bytes().all(|byte| matches!(byte, b' '..=b'~') && byte != b',') && text.len() < 8 << 10 {
                let call =
                    Request::new("GET", "/admin/projects").header("Authorization", format!("Bearer {text}"));
                tally.equal(&case, &call.send(owner.public).bare(), &nobody);
                let bought = Request::new("POST", "/oauth/token")
                    .header("DPoP", text)
                    .json(&json!({"grant_type": "client_credentials", "client_secret": key.value}))
                    .send(owner.public);
                refused(&mut tally, &case, &bought, 400, "invalid_dpop_proof");
            }
        }
    }
    tally.end();
}

#[test]
fn a_key_of_the_vectors_proves_nothing_that_it_did_not_sign() {
    let stage = Stage::sqlite();
    let owner = &stage.owner;
    let (key, bearer, door) = (owner.key(), Bearer::es256(), format!("{}/oauth/token", owner.issuer()));
    let mut tally = Tally::default();
    for group in groups("json_web_key_test") {
        for (at, jwk) in keys(&group).into_iter().enumerate() {
            for alg in [jwk["alg"].as_str().unwrap_or("ES256"), "ES256", "EdDSA"] {
                let header = json!({"alg": alg, "typ": "dpop+jwt", "jwk": jwk});
                let proof = bearer.signed(&header, &Bearer::claims("POST", &door));
                let bought = Request::new("POST", "/oauth/token")
                    .header("DPoP", proof)
                    .json(&json!({"grant_type": "client_credentials", "client_secret": key.value}))
                    .send(owner.public);
                refused(
                    &mut tally,
                    &format!("{} {at} {alg}", group["comment"]),
                    &bought,
                    400,
                    "invalid_dpop_proof",
                );
            }
        }
    }
    tally.end();
}

/// The public half alone: a proof carries no other member that says what the key is for.
fn public(jwk: &Value) -> Option<PublicKey> {
    let mut bare = json!({});
    for name in ["kty", "crv", "x", "y"] {
        if !jwk[name].is_null() {
            bare[name] = jwk[name].clone();
        }
    }
    let jwk: Jwk = serde_json::from_value(bare).ok()?;
    PublicKey::of_jwk(&jwk)
}

#[test]
fn es256_signatures_are_told_as_the_vectors_say() {
    let mut tally = Tally::default();
    let (mut valid, mut invalid) = (0, 0);
    for group in groups("json_web_signature_test") {
        let jwk = &group["public"];
        if jwk["alg"] != "ES256" {
            continue;
        }
        let key = public(jwk).expect("a key on the curve");
        for test in tests(&group) {
            let Some((message, signature)) = test["jws"].as_str().and_then(|text| text.rsplit_once('.'))
            else {
                continue;
            };
            let header = message.split('.').next().and_then(|text| URL_SAFE_NO_PAD.decode(text).ok());
            let header: Option<Value> = header.and_then(|bytes| serde_json::from_slice(&bytes).ok());
            let named = header.is_some_and(|header| header["alg"] == "ES256");
            let signed =
                URL_SAFE_NO_PAD.decode(signature).is_ok_and(|bytes| key.verifies(message.as_bytes(), &bytes));
            let expected = test["result"] == "valid";
            tally.equal(format_args!("{} {}", group["comment"], test["tcId"]), &(named && signed), &expected);
            if expected { valid += 1 } else { invalid += 1 }
        }
    }
    assert!(valid >= 1 && invalid >= 30, "{valid} valid and {invalid} invalid ones were looked at");
    tally.end();
}

#[test]
fn points_that_are_on_no_curve_of_ours_are_no_keys() {
    let mut tally = Tally::default();
    for group in groups("json_web_key_test") {
        let wrong = ["invalid_point", "wrong_curve", "wrong_kty"];
        if !wrong.iter().any(|comment| group["comment"] == *comment) {
            continue;
        }
        for jwk in keys(&group) {
            let found = public(&jwk).map(|key| key.thumbprint());
            tally.equal(&group["comment"], &found, &None);
        }
    }
    tally.end();
}
