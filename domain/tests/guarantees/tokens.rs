//! Tokens: good only while their key, their signing key and they themselves are, and never for more than the key.

use crate::given::{Held, NOW, Question, World, name, refusal, rng};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair};
use domain::token::{
    Algorithm, Confirmation, Header, Issuer, Jws, KEY_TOKEN_SECONDS, KeyClaims, KeyToken, LEAD_SECONDS,
    PublicKey, PublishedKey, RevokedToken, SERVICE_TOKEN_SECONDS, SigningState, Trust,
};
use domain::{
    ActorId, Address, Ask, Effect, KeyState, Networks, OrganizationId, Reason, SigningKeyId, Snapshot,
    Timestamp, TokenId, Verdict, Wanted, verify_token,
};
use proptest::prelude::*;
use serde_json::{Value, json};

enum Pair {
    Es256(EcdsaKeyPair),
    EdDsa(Ed25519KeyPair),
}

/// A key that signs, and what is published of it.
struct Signer {
    pair: Pair,
    published: PublishedKey,
}

impl Signer {
    fn new(algorithm: Algorithm, organization: Option<&str>, signs_from: Timestamp) -> Signer {
        let random = SystemRandom::new();
        let pair = match algorithm {
            Algorithm::Es256 => {
                let private =
                    EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
                Pair::Es256(
                    EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, private.as_ref()).unwrap(),
                )
            }
            Algorithm::EdDsa => {
                let private = Ed25519KeyPair::generate_pkcs8(&random).unwrap();
                Pair::EdDsa(Ed25519KeyPair::from_pkcs8(private.as_ref()).unwrap())
            }
        };
        let public_key = match &pair {
            Pair::Es256(pair) => pair.public_key().as_ref().to_vec(),
            Pair::EdDsa(pair) => pair.public_key().as_ref().to_vec(),
        };
        let published = PublishedKey {
            id: SigningKeyId::generate(signs_from, &mut rng(public_key[5])),
            organization_id: organization.map(|id| OrganizationId::parse(id).unwrap()),
            algorithm,
            public_key,
            created_at: signs_from,
            signs_from,
            ended_at: None,
        };
        Signer { pair, published }
    }

    fn kid(&self) -> String {
        PublicKey::new(self.published.algorithm, &self.published.public_key).unwrap().thumbprint()
    }

    fn header(&self) -> Value {
        json!(Header { alg: self.published.algorithm.name().into(), kid: self.kid(), typ: "at+jwt".into() })
    }

    fn sign(&self, header: &Value, claims: &Value) -> String {
        let message = Jws::message(header, claims).unwrap();
        let signature = match &self.pair {
            Pair::Es256(pair) => pair.sign(&SystemRandom::new(), message.as_bytes()).unwrap(),
            Pair::EdDsa(pair) => pair.sign(message.as_bytes()),
        };
        Jws::signed(message, signature.as_ref())
    }
}

fn issuer() -> Issuer {
    Issuer::new("https://keys.example")
}

/// The claims of a token that the key buys now.
fn claims(world: &World, held: &Held, scope: Option<&str>) -> Value {
    let claims = KeyClaims {
        iss: "https://keys.example".into(),
        sub: format!("key:{}", held.key.id),
        aud: "https://keys.example/api".into(),
        client_id: held.key.id,
        organization_id: world.own.organization_id.clone(),
        project_id: world.own.id,
        scope: scope.map(str::to_owned),
        iat: NOW.seconds(),
        exp: NOW.seconds() + KEY_TOKEN_SECONDS,
        jti: TokenId::generate(NOW, &mut rng(9)),
        cnf: None,
    };
    json!(claims)
}

fn known(world: &World, held: &[&Held], trust: Trust) -> Snapshot {
    let mut loaded = world.loaded(held.iter().copied());
    loaded.trust = trust;
    Snapshot::build(loaded)
}

fn read(known: &Snapshot, token: &str, now: Timestamp) -> Option<KeyToken> {
    KeyToken::read(token, known, &issuer(), now).ok()
}

/// Why a token is refused; `None` when it may pass.
fn why(known: &Snapshot, token: &str, question: Question<'_>) -> Option<Reason> {
    let Some(token) = read(known, token, question.now) else { return Some(Reason::Malformed) };
    why_read(known, &token, question)
}

fn why_read(known: &Snapshot, token: &KeyToken, question: Question<'_>) -> Option<Reason> {
    let wanted = question.wanted.map(|(action, resource)| Wanted {
        action: domain::Action::parse(action).unwrap(),
        address: Address::parse(resource, known.catalog().types()).unwrap(),
    });
    let ask = Ask { wanted, client: question.client, organization: question.organization };
    match verify_token(known, token, &ask, question.now) {
        Verdict::Granted(found) => {
            assert_eq!(found.key.id, token.key);
            None
        }
        Verdict::Denied(reason, _) => Some(reason),
    }
}

#[test]
fn a_token_of_either_algorithm_passes_until_it_ends() {
    for algorithm in [Algorithm::Es256, Algorithm::EdDsa] {
        let mut world = World::new();
        let held = world.key(&[("*", "*")]);
        let signer = Signer::new(algorithm, Some(world.organization()), NOW);
        let known = known(&world, &[&held], Trust::of(vec![signer.published.clone()], vec![]));
        let token = signer.sign(&signer.header(), &claims(&world, &held, None));
        let at = |seconds| Question::nothing().at(NOW.plus_seconds(seconds));
        assert_eq!(why(&known, &token, at(0)), None);
        assert_eq!(why(&known, &token, at(KEY_TOKEN_SECONDS - 1)), None);
        assert_eq!(why(&known, &token, at(KEY_TOKEN_SECONDS)), Some(Reason::Expired));
        assert_eq!(why(&known, &token, at(-31)), Some(Reason::Malformed), "bought in the future");
        assert_eq!(why(&known, &token, at(-30)), None, "clocks differ");
    }
}

#[test]
fn what_is_done_to_the_key_holds_for_a_token_read_before() {
    let mut world = World::new();
    let mut held = world.key(&[("*", "*")]);
    let signer = Signer::new(Algorithm::EdDsa, Some(world.organization()), NOW);
    let trust = Trust::of(vec![signer.published.clone()], vec![]);
    let before = known(&world, &[&held], trust.clone());
    let token = signer.sign(&signer.header(), &claims(&world, &held, None));
    let read = read(&before, &token, NOW).unwrap();
    let own = world.organization().to_owned();
    let ask = || Question::of("read", "DATA").in_organization(&own).from("203.0.113.9");
    assert_eq!(why_read(&before, &read, ask()), None);

    let mut changed = |edit: &dyn Fn(&mut domain::Key)| {
        let kept = held.key.clone();
        edit(&mut held.key);
        let after = known(&world, &[&held], trust.clone());
        held.key = kept;
        why_read(&after, &read, ask())
    };
    let (at, by) = (NOW, ActorId::Operator);
    assert_eq!(changed(&|key| key.state = KeyState::Active.revoked(at, by)), Some(Reason::Revoked));
    assert_eq!(changed(&|key| key.state = KeyState::Disabled { since: at }), Some(Reason::Disabled));
    assert_eq!(changed(&|key| key.expires_at = Some(NOW)), Some(Reason::Expired));
    let elsewhere = Networks::parse(["198.51.100.0/24"]).unwrap();
    assert_eq!(changed(&|key| key.networks = elsewhere.clone()), Some(Reason::IpNotAllowed));
    let narrower = || domain::Grant::Scopes(vec![("write".into(), "DATA".into())]);
    assert_eq!(changed(&|key| key.grant = narrower()), Some(Reason::InsufficientScope));
    assert_eq!(changed(&|key| key.name = name("another")), None);
}

#[test]
fn a_token_that_was_taken_back_is_revoked_until_it_would_have_ended() {
    let mut world = World::new();
    let held = world.key(&[("*", "*")]);
    let signer = Signer::new(Algorithm::EdDsa, Some(world.organization()), NOW);
    let mut trust = Trust::of(vec![signer.published.clone()], vec![]);
    let token = signer.sign(&signer.header(), &claims(&world, &held, None));
    let id = TokenId::generate(NOW, &mut rng(9));
    let ends = NOW.plus_seconds(KEY_TOKEN_SECONDS);
    trust.put_revoked(&RevokedToken { id, expires_at: ends }, NOW);
    let known = known(&world, &[&held], trust.clone());
    assert_eq!(why(&known, &token, Question::nothing()), Some(Reason::Revoked));

    // Remembered a minute longer than it lives, and forgotten with the next.
    let other = RevokedToken { id: TokenId::generate(NOW, &mut rng(8)), expires_at: ends };
    trust.put_revoked(&other, ends.plus_seconds(59));
    assert!(trust.is_revoked(&id));
    trust.put_revoked(&other, ends.plus_seconds(60));
    assert!(!trust.is_revoked(&id) && trust.is_revoked(&other.id));
}

#[test]
fn nothing_but_an_untouched_token_of_the_keys_own_organization_is_one() {
    let mut world = World::new();
    let held = world.key(&[("*", "*")]);
    let ours = Signer::new(Algorithm::Es256, Some(world.organization()), NOW);
    let theirs = Signer::new(Algorithm::Es256, Some(world.other_organization()), NOW);
    let servers = Signer::new(Algorithm::Es256, None, NOW);
    let stranger = Signer::new(Algorithm::Es256, Some(world.organization()), NOW);
    let keys = [&ours, &theirs, &servers].map(|signer| signer.published.clone());
    let known = known(&world, &[&held], Trust::of(keys.into(), vec![]));
    let good = claims(&world, &held, Some("read:DATA"));
    let with = |edits: &[(&str, Value)]| {
        let mut claims = good.clone();
        edits.iter().for_each(|(name, value)| claims[*name] = value.clone());
        ours.sign(&ours.header(), &claims)
    };
    let headed = |edits: &[(&str, Value)]| {
        let mut header = ours.header();
        edits.iter().for_each(|(name, value)| header[*name] = value.clone());
        ours.sign(&header, &good)
    };
    let token = with(&[]);
    assert_eq!(why(&known, &token, Question::nothing()), None);
    let other_org = json!(world.other_organization());
    for (case, token) in [
        ("another organization's key", theirs.sign(&theirs.header(), &good)),
        (
            "another organization's key and claim",
            theirs.sign(&theirs.header(), &{
                let mut claims = good.clone();
                claims["organization_id"] = other_org.clone();
                claims
            }),
        ),
        ("the server's key", servers.sign(&servers.header(), &good)),
        ("a key that nobody published", stranger.sign(&stranger.header(), &good)),
        ("a key under another's kid", stranger.sign(&ours.header(), &good)),
        ("alg", headed(&[("alg", json!("EdDSA"))])),
        ("alg none", headed(&[("alg", json!("none"))])),
        ("typ", headed(&[("typ", json!("JWT"))])),
        ("crit", headed(&[("crit", json!(["exp"]))])),
        ("another header member", headed(&[("jku", json!("https://keys.example/"))])),
        ("iss", with(&[("iss", json!("https://other.example"))])),
        ("aud", with(&[("aud", json!("https://keys.example/admin"))])),
        ("aud list", with(&[("aud", json!(["https://keys.example/api"]))])),
        ("sub", with(&[("sub", json!("key:01a1fd74-d772-79df-9763-35a5869daa68"))])),
        ("sub of another kind", with(&[("sub", json!(format!("sa:{}", held.key.id)))])),
        ("organization", with(&[("organization_id", other_org)])),
        ("nbf", with(&[("nbf", json!(NOW.seconds()))])),
        ("exp text", with(&[("exp", json!("4000000000"))])),
        ("exp fraction", with(&[("exp", json!(4e9 + 0.5))])),
        ("exp before iat", with(&[("exp", json!(NOW.seconds()))])),
        ("no exp", with(&[("exp", Value::Null)])),
        ("iat later", with(&[("iat", json!(NOW.seconds() + 31))])),
        ("padding", format!("{token}=")),
        ("cut", token[..token.len() - 2].to_owned()),
        ("long", format!("{token}{}", "A".repeat(8192))),
    ] {
        assert_eq!(why(&known, &token, Question::nothing()), Some(Reason::Malformed), "{case}");
    }
}

#[test]
fn any_changed_character_makes_it_none() {
    let mut world = World::new();
    let held = world.key(&[("*", "*")]);
    let signer = Signer::new(Algorithm::EdDsa, Some(world.organization()), NOW);
    let known = known(&world, &[&held], Trust::of(vec![signer.published.clone()], vec![]));
    let token = signer.sign(&signer.header(), &claims(&world, &held, None));
    for at in 0..token.len() {
        for other in [b'A', b'z', b'.', b'-'] {
            let mut bytes = token.clone().into_bytes();
            if bytes[at] != other {
                bytes[at] = other;
                let changed = String::from_utf8(bytes).unwrap();
                assert!(read(&known, &changed, NOW).is_none(), "byte {at}: {changed}");
            }
        }
    }
}

#[test]
fn a_bound_token_says_so() {
    let mut world = World::new();
    let held = world.key(&[("*", "*")]);
    let signer = Signer::new(Algorithm::EdDsa, Some(world.organization()), NOW);
    let known = known(&world, &[&held], Trust::of(vec![signer.published.clone()], vec![]));
    let mut bound = claims(&world, &held, None);
    bound["cnf"] = json!(Confirmation { jkt: "thumbprint".into() });
    let token = read(&known, &signer.sign(&signer.header(), &bound), NOW).unwrap();
    assert_eq!(token.bound_to.as_deref(), Some("thumbprint"));
    bound["cnf"] = json!({"jkt": "thumbprint", "x5t#S256": "other"});
    assert!(read(&known, &signer.sign(&signer.header(), &bound), NOW).is_none(), "a binding nobody checks");
}

#[test]
fn through_a_rotation_there_is_always_one_signer_and_every_token_it_signed_is_good_to_its_end() {
    for (owner, life) in [(Some("org_a"), KEY_TOKEN_SECONDS), (None, SERVICE_TOKEN_SECONDS)] {
        let first = Signer::new(Algorithm::Es256, owner, NOW);
        let made = NOW.plus_seconds(10_000);
        let mut second = Signer::new(Algorithm::EdDsa, owner, made);
        second.published.signs_from = made.plus_seconds(LEAD_SECONDS);
        let trust = Trust::of(vec![second.published.clone(), first.published.clone()], vec![]);
        let id = owner.map(|id| OrganizationId::parse(id).unwrap());
        let states = |now: Timestamp| {
            let keys = trust.of_owner(id.as_ref(), now);
            keys.map(|(known, state)| (known.record.algorithm.name(), state.name())).collect::<Vec<_>>()
        };
        let switch = second.published.signs_from;
        assert_eq!(states(made), [("ES256", "active"), ("EdDSA", "next")]);
        assert_eq!(states(switch), [("ES256", "retiring"), ("EdDSA", "active")]);
        assert_eq!(states(switch.plus_seconds(life + 60)), [("EdDSA", "active")]);
        for second in (0..LEAD_SECONDS + life + 100).step_by(7) {
            let now = made.plus_seconds(second);
            let signer = trust.signer(id.as_ref(), now).unwrap();
            for used in [now, now.plus_seconds(life - 1)] {
                assert!(trust.trusted(&signer.kid, used).is_some(), "bought after {second} s");
            }
            let active =
                states(now).iter().filter(|(_, state)| *state == SigningState::Active.name()).count();
            assert_eq!(active, 1, "after {second} s");
        }
        assert!(trust.trusted(&first.kid(), switch.plus_seconds(life + 60)).is_none(), "and no longer");
    }
}

#[test]
fn a_signing_key_that_is_withdrawn_takes_its_tokens_along_at_once() {
    let mut world = World::new();
    let held = world.key(&[("*", "*")]);
    let mut signer = Signer::new(Algorithm::EdDsa, Some(world.organization()), NOW);
    let mut snapshot = known(&world, &[&held], Trust::of(vec![signer.published.clone()], vec![]));
    let token = read(&snapshot, &signer.sign(&signer.header(), &claims(&world, &held, None)), NOW).unwrap();
    assert_eq!(why_read(&snapshot, &token, Question::nothing()), None);
    signer.published.ended_at = Some(NOW);
    let change = world.change(&snapshot, &[Effect::SigningKey(signer.published)]);
    snapshot.apply(&change).unwrap();
    assert_eq!(why_read(&snapshot, &token, Question::nothing()), Some(Reason::Malformed));
    assert!(!token.fits(&known(&world, &[&held], Trust::default())), "read with another memory");
}

const SCOPES: [(&str, &str); 8] = [
    ("*", "*"),
    ("read", "*"),
    ("read", "THING/#/#"),
    ("write", "THING/Battery/#"),
    ("*", "THING/#/b1"),
    ("read", "PLACE/Site/s1/THING/#/#"),
    ("write", "ENDPOINT/own"),
    ("admin", "GRAPHQL"),
];
const RESOURCES: [&str; 6] = [
    "THING/Battery/b1",
    "THING/Pump/b1",
    "PLACE/Site/s1/THING/Battery/b2",
    "ENDPOINT/own",
    "ENDPOINT/foreign",
    "GRAPHQL",
];

fn some() -> impl Strategy<Value = Vec<usize>> {
    prop::collection::vec(0..SCOPES.len(), 1..4)
}

proptest! {
    #[test]
    fn a_token_may_what_both_its_scope_and_its_key_may(
        held in some(),
        asked in prop::option::of(some()),
        action in prop::sample::select(vec!["read", "write", "admin"]),
        resource in prop::sample::select(RESOURCES.to_vec()),
    ) {
        let mut world = World::new();
        let pick = |chosen: &[usize]| chosen.iter().map(|at| SCOPES[*at]).collect::<Vec<_>>();
        let key = world.key(&pick(&held));
        let text = asked.as_deref().map(|asked| {
            pick(asked).iter().map(|(action, filter)| format!("{action}:{filter}")).collect::<Vec<_>>().join(" ")
        });
        let narrow = asked.as_deref().map(|asked| world.key(&pick(asked)));
        let signer = Signer::new(Algorithm::EdDsa, Some(world.organization()), NOW);
        let keys: Vec<&Held> = std::iter::once(&key).chain(&narrow).collect();
        let known = known(&world, &keys, Trust::of(vec![signer.published.clone()], vec![]));
        let token = signer.sign(&signer.header(), &claims(&world, &key, text.as_deref()));
        let question = || Question::of(action, resource);
        let both = std::iter::once(&key).chain(&narrow).all(|key| refusal(&known, key, question()).is_none());
        prop_assert_eq!(why(&known, &token, question()).is_none(), both);
    }

    #[test]
    fn scopes_survive_being_written(chosen in some()) {
        let catalog = domain::Catalog::builtin();
        let scopes: Vec<domain::Scope> = chosen
            .iter()
            .map(|at| domain::Scope::parse(SCOPES[*at].0, SCOPES[*at].1, catalog.types()).unwrap())
            .collect();
        let text = domain::token::scope_text(&scopes).unwrap();
        prop_assert_eq!(domain::token::parse_scopes(&text, catalog.types()), Some(scopes));
    }
}

#[test]
fn a_scope_text_is_strict() {
    let catalog = domain::Catalog::builtin();
    let types = catalog.types();
    for text in [
        "",
        " ",
        "read",
        "read:",
        ":THING/#/#",
        "read:THING/#/# ",
        "read:*  write:*",
        "READ:*",
        "read:THING",
        "read write",
    ] {
        assert_eq!(domain::token::parse_scopes(text, types), None, "{text:?}");
    }
    let long = vec!["read:THING/#/#"; 280].join(" ");
    assert!(long.len() > 4096 && domain::token::parse_scopes(&long, types).is_none());
    assert_eq!(domain::token::scope_text(&[]), None);
}
