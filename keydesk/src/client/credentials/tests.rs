//! Where credentials are found, and what is refused.

use super::*;
use crate::client::fake::{exit_code, private_file};

fn nowhere() -> Places {
    Places {
        client_id: None,
        client_secret: None,
        client_secret_file: None,
        credentials: None,
        profile: None,
        readers: Readers::OwnerOnly,
    }
}

fn secret(text: &str) -> Option<Zeroizing<String>> {
    Some(Zeroizing::new(text.into()))
}

#[test]
fn the_environment_wins_over_a_file_and_a_file_over_the_profile() {
    let file =
        private_file(r#"{"organization_id":"o","project_id":"p","client_id":"f","client_secret":"s"}"#);
    let profile = private_file("client_id = \"t\"\nclient_secret = \"s\"\nurl = \"http://h\"\n");
    let all = |client_id: Option<&str>, credentials: bool| Places {
        client_id: client_id.map(Into::into),
        client_secret: client_id.and_then(|_| secret("s")),
        credentials: credentials.then(|| file.path().into()),
        profile: Some(profile.path().into()),
        ..nowhere()
    };
    assert_eq!(all(Some("e"), true).find().ok().unwrap().client_id, "e");
    let from_file = all(None, true).find().ok().unwrap();
    assert_eq!((from_file.client_id.as_str(), from_file.project_id.as_deref()), ("f", Some("p")));
    let from_profile = all(None, false).find().ok().unwrap();
    assert_eq!((from_profile.client_id.as_str(), from_profile.url.as_deref()), ("t", Some("http://h")));
}

#[test]
fn a_secret_may_come_from_a_file_of_its_own() {
    let file = private_file("from-file\n");
    let path = Some(file.path().to_owned());
    let places = Places { client_id: Some("c".into()), client_secret_file: path, ..nowhere() };
    assert_eq!(*places.find().ok().unwrap().client_secret, "from-file");
}

#[test]
fn half_or_twice_given_credentials_are_refused() {
    let id = || Some("c".to_owned());
    let file = || Some(PathBuf::from("/nonexistent"));
    for places in [
        nowhere(),
        Places { client_id: id(), ..nowhere() },
        Places { client_secret: secret("s"), ..nowhere() },
        Places { client_secret_file: file(), ..nowhere() },
        Places { client_id: id(), client_secret: secret("s"), client_secret_file: file(), ..nowhere() },
        Places { profile: file(), ..nowhere() },
    ] {
        assert_eq!(exit_code(&places.find().err().unwrap()), 78);
    }
    assert_eq!(exit_code(&Places { credentials: file(), ..nowhere() }.find().err().unwrap()), 66);
}

#[test]
fn a_broken_file_is_refused_without_quoting_it() {
    for text in ["client_secret = s3cret", "client_id=\"a\"\nclient_secret=\"s3cret\"\nurll=\"x\"", "s3cret"]
    {
        let file = private_file(text);
        let profile = Places { profile: Some(file.path().into()), ..nowhere() };
        let credentials = Places { credentials: Some(file.path().into()), ..nowhere() };
        for places in [profile, credentials] {
            let fault = places.find().err().unwrap();
            assert_eq!(exit_code(&fault), 78);
            assert!(!format!("{fault:?}").contains("s3cret"));
        }
    }
}
