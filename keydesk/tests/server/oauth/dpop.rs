//! Tokens bound to a key of their bearer (RFC 9449): proven when bought and on each use, each proof good once.

use crate::harness::{Answer, Bearer, Key, Request, Site, Stage, Tally, Tenant, bought, claims, seconds};
use crate::oauth::refused;
use serde_json::{Value, json};

const URL: &str = "https://app.example/v2/things";

fn purchase(key: &Key) -> Request {
    let body = json!({"grant_type": "client_credentials", "client_secret": key.value});
    Request::new("POST", "/oauth/token").json(&body)
}

fn buy(owner: &Tenant, key: &Key, proof: &str) -> Answer {
    purchase(key).header("DPoP", proof).send(owner.public)
}

/// The code of the decision on a token that comes with a proof.
fn used(owner: &Tenant, token: &str, proof: &str, method: &str, url: &str) -> String {
    owner.verdict(&json!({"key": token, "dpop": {"proof": proof, "method": method, "url": url}}))
}

both!(a_bound_token_is_good_for_whoever_proves_its_key);
fn a_bound_token_is_good_for_whoever_proves_its_key(site: Site) {
    let stage = Stage::on(site);
    let owner = &stage.owner;
    let (key, issuer) = (owner.key(), owner.issuer());
    let door = format!("{issuer}/oauth/token");
    let mut tally = Tally::default();
    for bearer in [Bearer::es256(), Bearer::ed25519()] {
        let case = bearer.algorithm();
        let answer = buy(owner, &key, &bearer.proof("POST", &door));
        tally.equal(case, &answer.json()["token_type"], &json!("DPoP"));
        let token = bought(&answer);
        tally.equal(case, &claims(&token)["cnf"], &json!({"jkt": bearer.thumbprint()}));
        let proof = || bearer.proof_with("GET", URL, &token);
        tally.equal(case, &used(owner, &token, &proof(), "GET", URL).as_str(), &"allowed");
        let query = format!("{URL}?a=b#c");
        tally.equal("a query", &used(owner, &token, &proof(), "GET", &query).as_str(), &"allowed");
        tally.equal("no proof", &owner.token_verdict(&token).as_str(), &"malformed");
        tally.equal(
            "introspection",
            &owner.introspect(&token).json()["cnf"],
            &json!({"jkt": bearer.thumbprint()}),
        );
        tally.equal("introspection: type", &owner.introspect(&token).json()["token_type"], &json!("DPoP"));
        let once = proof();
        tally.equal("once", &used(owner, &token, &once, "GET", URL).as_str(), &"allowed");
        tally.equal("twice", &used(owner, &token, &once, "GET", URL).as_str(), &"malformed");
        let (thief, unbound) = (Bearer::es256(), bearer.proof("GET", URL));
        let stolen = thief.proof_with("GET", URL, &token);
        tally.equal("another key", &used(owner, &token, &stolen, "GET", URL).as_str(), &"malformed");
        tally.equal("no ath", &used(owner, &token, &unbound, "GET", URL).as_str(), &"malformed");
        let other = bought(&buy(owner, &key, &bearer.proof("POST", &door)));
        tally.equal(
            "another token's",
            &used(owner, &token, &bearer.proof_with("GET", URL, &other), "GET", URL).as_str(),
            &"malformed",
        );
        for (method, url) in [
            ("POST", URL),
            ("get", URL),
            ("GET", "https://app.example/v2/other"),
            ("GET", "http://app.example/v2/things"),
            ("GET", "https://evil.example/v2/things"),
            ("GET", ""),
        ] {
            let found = used(owner, &token, &proof(), method, url);
            tally.equal(format_args!("{method} {url}"), &found.as_str(), &"malformed");
        }
        for junk in ["", "x", "..", token.as_str()] {
            tally.equal(junk, &used(owner, &token, junk, "GET", URL).as_str(), &"malformed");
        }
    }
    tally.end();
}

/// Proofs for buying that are wrong in one thing each.
fn wrong(bearer: &Bearer, door: &str) -> Vec<(String, String)> {
    let (header, now) = (bearer.header(), seconds());
    let with = |value: &Value, edits: &Value| {
        let mut value = value.clone();
        edits.as_object().unwrap().iter().for_each(|(name, new)| value[name] = new.clone());
        value.as_object_mut().unwrap().retain(|_, value| !value.is_null());
        value
    };
    let other = Bearer::es256();
    let jwk = |edits: Value| json!({"jwk": with(&bearer.jwk(), &edits)});
    let headers = [
        json!({"typ": "JWT"}),
        json!({"typ": "at+jwt"}),
        json!({"typ": null}),
        json!({"alg": "none"}),
        json!({"alg": "HS256"}),
        json!({"alg": "RS256"}),
        json!({"alg": "ES384"}),
        json!({"alg": null}),
        json!({"alg": if bearer.algorithm() == "ES256" { "EdDSA" } else { "ES256" }}),
        json!({"jwk": null}),
        json!({"jwk": "x"}),
        json!({"jwk": other.jwk()}),
        jwk(json!({"d": "AAAA"})),
        jwk(json!({"x": null})),
        jwk(json!({"x": "AAAA"})),
        jwk(json!({"kty": "oct", "k": "AAAA"})),
        jwk(json!({"crv": "P-384"})),
        json!({"crit": ["x"], "x": 1}),
    ];
    let said = [
        json!({"htm": "GET"}),
        json!({"htm": "post"}),
        json!({"htm": null}),
        json!({"htu": "https://other.example/oauth/token"}),
        json!({"htu": door.replace("/oauth/token", "/oauth/introspect")}),
        json!({"htu": format!("{door}/")}),
        json!({"htu": "/oauth/token"}),
        json!({"htu": null}),
        json!({"iat": now - 120}),
        json!({"iat": now + 120}),
        json!({"iat": now.to_string()}),
        json!({"iat": null}),
        json!({"jti": null}),
        json!({"jti": ""}),
        json!({"jti": 1}),
    ];
    let claims = || Bearer::claims("POST", door);
    let mut all: Vec<(String, String)> = headers
        .iter()
        .map(|edits| (edits.to_string(), bearer.signed(&with(&header, edits), &claims())))
        .collect();
    all.extend(said.iter().map(|edits| (edits.to_string(), bearer.signed(&header, &with(&claims(), edits)))));
    let good = bearer.proof("POST", door);
    let (message, signature) = good.rsplit_once('.').unwrap();
    let (_, foreign) =
        other.proof("POST", door).rsplit_once('.').map(|(a, b)| (a.to_owned(), b.to_owned())).unwrap();
    all.extend([
        ("another signature".to_owned(), format!("{message}.{foreign}")),
        ("no signature".to_owned(), format!("{message}.")),
        ("cut".to_owned(), good[..good.len() - 2].to_owned()),
        ("padded".to_owned(), format!("{good}=")),
        ("four parts".to_owned(), format!("{good}.{signature}")),
        ("empty".to_owned(), String::new()),
        ("junk".to_owned(), "x".to_owned()),
        ("two in one".to_owned(), format!("{good}, {}", bearer.proof("POST", door))),
    ]);
    all
}

#[test]
fn a_proof_that_does_not_hold_buys_nothing() {
    let stage = Stage::sqlite();
    let owner = &stage.owner;
    let (key, door) = (owner.key(), format!("{}/oauth/token", owner.issuer()));
    let mut tally = Tally::default();
    for bearer in [Bearer::es256(), Bearer::ed25519()] {
        for (case, proof) in wrong(&bearer, &door) {
            let shown: String = case.chars().take(80).collect();
            let case = format!("{} {shown}", bearer.algorithm());
            refused(&mut tally, &case, &buy(owner, &key, &proof), 400, "invalid_dpop_proof");
        }
        let proof = bearer.proof("POST", &door);
        tally.status("good", &buy(owner, &key, &proof), 200);
        refused(&mut tally, "replayed", &buy(owner, &key, &proof), 400, "invalid_dpop_proof");
        refused(
            &mut tally,
            "replayed by another",
            &buy(owner, &owner.key(), &proof),
            400,
            "invalid_dpop_proof",
        );
        let two = purchase(&key).header("DPoP", bearer.proof("POST", &door));
        let two = two.header("DPoP", bearer.proof("POST", &door)).send(owner.public);
        refused(&mut tally, "two headers", &two, 400, "invalid_dpop_proof");
        for back in [50, -50] {
            let mut claims = Bearer::claims("POST", &door);
            claims["iat"] = (seconds() - back).into();
            let answer = buy(owner, &key, &bearer.signed(&bearer.header(), &claims));
            tally.status(format_args!("{back} seconds ago"), &answer, 200);
        }
    }
    tally.end();
}

#[test]
fn of_the_same_proof_at_the_same_time_one_is_good() {
    let stage = Stage::sqlite();
    let owner = &stage.owner;
    let (key, bearer, door) = (owner.key(), Bearer::es256(), format!("{}/oauth/token", owner.issuer()));
    let mut tally = Tally::default();
    for round in 0..5 {
        let proof = bearer.proof("POST", &door);
        let bought = at_once(|| u16::from(buy(owner, &key, &proof).status == 200));
        tally.equal(format_args!("bought, {round}"), &bought, &1);
        let token = bought_with(owner, &key, &bearer.proof("POST", &door));
        let proof = bearer.proof_with("GET", URL, &token);
        let allowed = at_once(|| u16::from(used(owner, &token, &proof, "GET", URL) == "allowed"));
        tally.equal(format_args!("used, {round}"), &allowed, &1);
    }
    tally.end();
}

fn bought_with(owner: &Tenant, key: &Key, proof: &str) -> String {
    bought(&buy(owner, key, proof))
}

/// How many of sixteen at the same time had it.
fn at_once(attempt: impl Fn() -> u16 + Sync) -> u16 {
    std::thread::scope(|scope| {
        let all: Vec<_> = (0..16).map(|_| scope.spawn(&attempt)).collect();
        all.into_iter().map(|one| one.join().unwrap()).sum()
    })
}
