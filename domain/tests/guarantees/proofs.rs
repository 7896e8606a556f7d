//! A DPoP proof (RFC 9449 section 4.3) is good for one request, once, for a minute.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::token::{Algorithm, Jws, Occasion, Proof, PublicKey};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

const NOW: i64 = 1_800_000_000;
const URL: &str = "https://keys.example/oauth/token";

struct Client(Ed25519KeyPair);

impl Client {
    fn new() -> Client {
        let private = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).unwrap();
        Client(Ed25519KeyPair::from_pkcs8(private.as_ref()).unwrap())
    }

    fn public(&self) -> PublicKey {
        PublicKey::new(Algorithm::EdDsa, self.0.public_key().as_ref()).unwrap()
    }

    fn header(&self) -> Value {
        json!({"typ": "dpop+jwt", "alg": "EdDSA", "jwk": self.public().jwk()})
    }

    fn sign(&self, header: &Value, claims: &Value) -> String {
        let message = Jws::message(header, claims).unwrap();
        let signature = self.0.sign(message.as_bytes());
        Jws::signed(message, signature.as_ref())
    }
}

fn claims() -> Value {
    json!({"jti": "one", "htm": "POST", "htu": URL, "iat": NOW})
}

fn check(text: &str) -> Option<Proof> {
    Proof::check(text, Occasion { method: "POST", url: URL, token: None }, NOW).ok()
}

#[test]
fn a_proof_holds_for_its_request_and_names_its_key() {
    let client = Client::new();
    let proof = check(&client.sign(&client.header(), &claims())).unwrap();
    assert_eq!(proof.thumbprint, client.public().thumbprint());
    let mut newer = client.header();
    newer["alg"] = json!("Ed25519");
    assert!(check(&client.sign(&newer, &claims())).is_some(), "its name by RFC 9864");
    for (member, same) in [
        ("htu", json!(format!("{URL}?x#y"))),
        ("htu", json!("HTTPS://KEYS.example/oauth/token")),
        ("iat", json!(NOW - 60)),
        ("iat", json!(NOW + 60)),
        ("other", json!(1)),
    ] {
        let mut claims = claims();
        claims[member] = same.clone();
        assert!(check(&client.sign(&client.header(), &claims)).is_some(), "{member} {same}");
    }
}

#[test]
fn a_proof_for_anything_else_holds_for_nothing() {
    let client = Client::new();
    for (member, other) in [
        ("htm", json!("GET")),
        ("htm", json!("post")),
        ("htu", json!("https://keys.example/oauth/other")),
        ("htu", json!("https://other.example/oauth/token")),
        ("htu", json!("https://keys.example/OAUTH/token")),
        ("iat", json!(NOW - 61)),
        ("iat", json!(NOW + 61)),
        ("iat", json!("1800000000")),
        ("iat", Value::Null),
        ("jti", json!("")),
        ("jti", json!("x".repeat(257))),
        ("jti", Value::Null),
    ] {
        let mut claims = claims();
        claims[member] = other.clone();
        assert!(check(&client.sign(&client.header(), &claims)).is_none(), "{member} {other}");
    }
    let stranger = Client::new();
    for (case, header) in [
        ("typ", json!({"typ": "JWT", "alg": "EdDSA", "jwk": client.public().jwk()})),
        ("alg", json!({"typ": "dpop+jwt", "alg": "ES256", "jwk": client.public().jwk()})),
        ("alg none", json!({"typ": "dpop+jwt", "alg": "none", "jwk": client.public().jwk()})),
        ("another key", json!({"typ": "dpop+jwt", "alg": "EdDSA", "jwk": stranger.public().jwk()})),
        ("no key", json!({"typ": "dpop+jwt", "alg": "EdDSA"})),
        ("crit", json!({"typ": "dpop+jwt", "alg": "EdDSA", "jwk": client.public().jwk(), "crit": ["b64"]})),
        ("kid", json!({"typ": "dpop+jwt", "alg": "EdDSA", "kid": "x", "jwk": client.public().jwk()})),
    ] {
        assert!(check(&client.sign(&header, &claims())).is_none(), "{case}");
    }
    let mut private = client.header();
    private["jwk"]["d"] = json!("AA");
    assert!(check(&client.sign(&private, &claims())).is_none(), "a private key");
}

#[test]
fn a_proof_that_comes_with_a_token_names_that_token() {
    let client = Client::new();
    let with = |hash: Option<&str>| {
        let mut claims = claims();
        claims["ath"] = json!(hash.map(|token| URL_SAFE_NO_PAD.encode(Sha256::digest(token))));
        let occasion = Occasion { method: "POST", url: URL, token: Some("the token") };
        Proof::check(&client.sign(&client.header(), &claims), occasion, NOW).is_ok()
    };
    assert!(with(Some("the token")));
    assert!(!with(Some("another token")) && !with(None));
}
