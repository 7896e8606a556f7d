//! Everything that can be wrong with a route: one line of a sound one is replaced.

use super::{Catalog, mistakes};
use crate::catalog::PathSegment;

/// Lines 4 to 10; the route follows.
const TYPES: &str = "[[resource_type]]\nname = 'A'\nsegments = ['id']\n\
    [[resource_type]]\nname = 'S'\nsegments = [['on', 'off'], 'id']\n[[route]]\n";

/// Lines 11 to 20.
const SOUND: [&str; 10] = [
    "host = 'api.example.com:8443'",
    "methods = ['GET', 'HEAD']",
    "path = '/v1/{id}'",
    "action = 'read'",
    "resource = 'A/{id}'",
    "upstream = 'http://127.0.0.1:9000'",
    "errors = 'problem'",
    "kind = 'rest'",
    "key_in_query = 'api_key'",
    "upstream_credential = 'my-api_1'",
];

/// The sound route with this line in the place of the one with the same key.
fn route(line: &str) -> String {
    let key = |line: &str| line.split(' ').next().unwrap().to_owned();
    let lines = SOUND.map(|sound| if key(sound) == key(line) { line } else { sound });
    format!("{TYPES}{}\n", lines.join("\n"))
}

#[test]
fn a_mistake_in_a_route_is_told_with_its_line() {
    for (line, expected) in [
        ("host = ''", "line 11: host `` must be"),
        ("host = 'Example.com'", "line 11: host `Example.com` must be"),
        ("host = 'a/b'", "line 11: host `a/b` must be"),
        ("host = 'a..b'", "line 11: host `a..b` must be"),
        ("host = 'a:99999'", "line 11: host `a:99999` must be"),
        ("methods = []", "line 13: a route needs at least one method"),
        ("methods = ['get']", "line 12: method `get` must be upper case"),
        ("methods = ['GET POST']", "line 12: method `GET POST` must be upper case"),
        ("methods = ['']", "line 12: method `` must be upper case"),
        ("methods = ['GET', 'GET']", "line 13: GET /v1/{id} is there twice for host api.example.com:8443"),
        ("path = 'v1/{id}'", "line 13: a path begins with /"),
        ("path = ''", "line 13: a path begins with /"),
        ("path = '/v1//{id}'", "line 13: segment `` of the path is not in the one form"),
        ("path = '/v1/../{id}'", "line 13: segment `..` of the path is not in the one form"),
        ("path = '/./{id}'", "line 13: segment `.` of the path is not in the one form"),
        ("path = '/%2e%2e/{id}'", "line 13: segment `%2e%2e` of the path is not in the one form"),
        ("path = '/a;b/{id}'", "line 13: segment `a;b` of the path is not in the one form"),
        ("path = '/a?b/{id}'", "line 13: segment `a?b` of the path is not in the one form"),
        ("path = '/a{id}'", "line 13: segment `a{id}` of the path is not in the one form"),
        ("path = '/{*id}/b'", "line 13: segment `{*id}` of the path takes all that is left"),
        ("path = '/{ID}'", "line 13: segment `{ID}` of the path has a name that is not of a-z"),
        ("path = '/{}'", "line 13: segment `{}` of the path has a name that is not of a-z"),
        ("path = '/{*}'", "line 13: segment `{*}` of the path has a name that is not of a-z"),
        ("path = '/{id}/{id}'", "line 13: segment `{id}` of the path has a name that is there twice"),
        ("path = '/{*id}'", "line 15: segment `{id}` of the resource may be many segments"),
        ("action = '*'", "line 14: action `*` must be read, write or admin"),
        ("action = 'Read'", "line 14: action `Read` must be read, write or admin"),
        ("resource = ''", "line 15: segment 1 of the resource is empty"),
        ("resource = '*'", "line 15: segment 1 of the resource holds a wildcard"),
        ("resource = 'A'", "line 15: the resource ends before"),
        ("resource = 'B/{id}'", "line 15: segment 1 of the resource is not a resource type"),
        ("resource = 'A/{other}'", "line 15: segment `{other}` of the resource has a name that the path"),
        ("resource = 'A/x{id}'", "line 15: segment `x{id}` of the resource is not a name alone"),
        ("resource = '{id}/x'", "line 15: segment 1 of the resource is not a resource type"),
        ("resource = 'S/half/{id}'", "line 15: segment 2 of the resource is not one of the values"),
        ("upstream = 'ftp://x'", "line 16: upstream `ftp://x` must be"),
        ("upstream = '127.0.0.1:9000'", "line 16: upstream `127.0.0.1:9000` must be"),
        ("upstream = 'http://'", "line 16: upstream `http://` must be"),
        ("upstream = 'http://a/b'", "line 16: upstream `http://a/b` must be"),
        ("upstream = 'http://user@a'", "line 16: upstream `http://user@a` must be"),
        ("upstream = 'http://a:'", "line 16: upstream `http://a:` must be"),
        ("upstream = 'http://a:+80'", "line 16: upstream `http://a:+80` must be"),
        ("upstream = 'http://a:0'", "line 16: upstream `http://a:0` must be"),
        ("upstream = 'http://[::1'", "line 16: upstream `http://[::1` must be"),
        ("errors = 'html'", "line 17: `errors` must be one of problem, unauthorized, graphql"),
        ("kind = 'soap'", "line 18: `kind` must be one of rest, graphql"),
        ("kind = 'graphql'", "line 14: a route of kind graphql takes its action from the operation"),
        ("key_in_query = ''", "line 19: key_in_query `` must be"),
        ("key_in_query = 'a%20b'", "line 19: key_in_query `a%20b` must be"),
        ("upstream_credential = ''", "line 20: upstream_credential must be a name"),
        ("upstream_credential = 'Api'", "line 20: upstream_credential must be a name"),
        ("upstream_credential = '../api'", "line 20: upstream_credential must be a name"),
        ("upstream_credential = 'Bearer s3cret'", "line 20: upstream_credential must be a name"),
        ("action_ = 'read'", ""),
    ] {
        let found = mistakes(&route(line));
        if expected.is_empty() {
            assert_eq!(found, Vec::<String>::new(), "{line}");
        } else {
            assert!(found.iter().any(|told| told.starts_with(expected)), "{line}\nfound {found:?}");
        }
    }
}

#[test]
fn a_credential_is_for_an_upstream_and_its_name_is_not_quoted_when_it_may_be_a_secret() {
    let without = route("upstream_credential = 'api'").replace("upstream = 'http://127.0.0.1:9000'\n", "");
    assert_eq!(mistakes(&without), ["line 19: a route with an `upstream_credential` needs an `upstream`"]);
    let secret = mistakes(&route("upstream_credential = 'Bearer s3cret'"));
    assert!(!secret.iter().any(|told| told.contains("s3cret")), "{secret:?}");
    let long = |count| mistakes(&route(&format!("upstream_credential = '{}'", "a".repeat(count))));
    assert_eq!((long(64).len(), long(65).len()), (0, 1));
}

#[test]
fn a_sound_route_is_read() {
    for line in [
        "host = '*'",
        "host = 'localhost'",
        "path = '/{id}'",
        "path = '/v1/{id}/'",
        "path = '/v1/models:predict/{id}/{*rest}'",
        "resource = 'S/{id}/#'",
        "resource = 'A/#'",
        "upstream = 'https://example.com'",
        "upstream = 'h2c://127.0.0.1:50051'",
        "upstream = 'http://[::1]:9000'",
        "upstream = 'http://[::1]'",
    ] {
        assert_eq!(mistakes(&route(line)), Vec::<String>::new(), "{line}");
    }
}

#[test]
fn two_routes_that_answer_the_same_requests_are_refused() {
    let second = |line: &str| route(line).replace(TYPES, "[[route]]\n");
    let found =
        |line| mistakes(&format!("{}{}", route("host = '*'"), second("host = '*'").replace("{id}", line)));
    assert_eq!(found("{other}").len(), 2, "{:?}", found("{other}"));
    assert!(found("{other}").iter().all(|told| told.contains("/v1/{other} is there twice for host *")));
}

#[test]
fn a_path_is_handed_out_in_segments() {
    let catalog = Catalog::builtin();
    let segments = |path| &catalog.routes().iter().find(|route| route.path == path).unwrap().segments;
    let literal = |text: &str| PathSegment::Literal(text.into());
    let name = |text: &str| PathSegment::Name(text.into());
    assert_eq!(*segments("/graphql"), [literal("graphql")]);
    let openai = [literal("v2"), name("endpoint"), literal("openai"), PathSegment::Rest("rest".into())];
    assert_eq!(*segments("/v2/{endpoint}/openai/{*rest}"), openai);
}
