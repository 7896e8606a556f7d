//! Which route a request takes: one and the same whoever reads the path, and none when two could read it
//! differently.

use domain::catalog::{Catalog, PathError, PathSegment, RequestPath, ResourcePart, Route, Unresolved};
use proptest::prelude::*;

fn catalog(routes: &[(&str, &str, &str)]) -> Catalog {
    let types = "[[resource_type]]\nname = 'A'\nsegments = ['id']\n[[resource_type]]\nname = 'B'\n\
        [[key_class]]\nname = 'k'\nprefix = 'kd'\n";
    let plans =
        ["Free", "Standard", "Enterprise", "Dedicated"].map(|name| format!("[[plan]]\nname='{name}'\n"));
    let route = |(host, method, path): &(&str, &str, &str)| {
        let resource = if path.contains("{id}") { "A/{id}" } else { "B" };
        format!(
            "[[route]]\nhost='{host}'\nmethods=['{method}']\npath='{path}'\naction='read'\nresource='{resource}'\n"
        )
    };
    let routes: String = routes.iter().map(route).collect();
    Catalog::parse(&format!("{types}{}{routes}", plans.concat())).unwrap()
}

fn path<'c>(catalog: &'c Catalog, host: &str, method: &str, target: &'c str) -> Result<&'c str, Unresolved> {
    catalog.routes().resolve(host, method, target).map(|resolved| resolved.route.path.as_str())
}

#[test]
fn the_method_alone_does_not_decide_the_action() {
    let catalog = Catalog::builtin();
    for (method, target, action, resource) in [
        ("POST", "/v2/ep1/run", "Write", "ENDPOINT/ep1"),
        ("POST", "/v2/ep1/runsync?wait=1000", "Write", "ENDPOINT/ep1"),
        ("GET", "/v2/ep1/status/j1", "Read", "ENDPOINT/ep1"),
        ("POST", "/v2/ep1/status/j1", "Read", "ENDPOINT/ep1"),
        ("POST", "/v2/ep1/status-sync/j1", "Read", "ENDPOINT/ep1"),
        ("GET", "/v2/ep1/stream/j1", "Read", "ENDPOINT/ep1"),
        ("POST", "/v2/ep1/stream/j1", "Read", "ENDPOINT/ep1"),
        ("GET", "/v2/ep1/health", "Read", "ENDPOINT/ep1"),
        ("GET", "/v2/ep1/requests", "Read", "ENDPOINT/ep1"),
        ("POST", "/v2/ep1/cancel/j1", "Write", "ENDPOINT/ep1"),
        ("POST", "/v2/ep1/retry/j1", "Write", "ENDPOINT/ep1"),
        ("POST", "/v2/ep1/purge-queue", "Write", "ENDPOINT/ep1"),
        ("POST", "/v2/ep1/openai/v1/chat/completions", "Write", "ENDPOINT/ep1"),
        ("GET", "/v2/ep1/openai/v1/models", "Read", "ENDPOINT/ep1"),
    ] {
        let resolved = catalog.routes().resolve("api.example.com", method, target).unwrap();
        assert_eq!(format!("{:?}", resolved.action.unwrap()), action, "{method} {target}");
        let resource: Vec<&str> = resource.split('/').collect();
        let found: Vec<&str> = resolved.resource.iter().map(|part| part.as_deref().unwrap()).collect();
        assert_eq!(found, resource, "{method} {target}");
    }
    for (method, target) in [
        ("GET", "/v2/ep1/run"),
        ("PUT", "/v2/ep1/run"),
        ("post", "/v2/ep1/run"),
        ("POST", "/v2/ep1/run/"),
        ("POST", "/v2/ep1/Run"),
        ("POST", "/v2/ep1"),
        ("POST", "/v2/ep1/openai"),
        ("POST", "/v2/ep1/openai/"),
        ("GET", "/v2/ep1/status/"),
        ("GET", "/"),
    ] {
        let found = catalog.routes().resolve("a", method, target);
        assert_eq!(found.unwrap_err(), Unresolved::NoRoute, "{method} {target}");
    }
    assert_eq!(catalog.routes().resolve("a", "POST", "/graphql").unwrap().action, None);
}

#[test]
fn a_part_of_a_path_stays_one_segment_of_the_resource() {
    let catalog = Catalog::builtin();
    for (sent, meant) in [
        ("a%20b", "a b"),
        ("%23", "#"),
        ("%2A", "*"),
        ("*", "*"),
        ("a:b", "a:b"),
        ("a%3Ab", "a:b"),
        ("%C3%A9", "é"),
        ("ENDPOINT", "ENDPOINT"),
    ] {
        let target = format!("/v2/{sent}/run");
        let resolved = catalog.routes().resolve("a", "POST", &target).unwrap();
        let found: Vec<Option<&str>> = resolved.resource.iter().map(|part| part.as_deref()).collect();
        assert_eq!(found, [Some("ENDPOINT"), Some(meant)], "{sent}");
    }
}

#[test]
fn what_two_programs_could_read_differently_is_refused() {
    use PathError::*;
    for (target, why) in [
        ("", NoSlash),
        ("*", NoSlash),
        ("v2/a", NoSlash),
        ("?a=/b", NoSlash),
        ("http://a/b", NoSlash),
        ("//", EmptySegment),
        ("//v2/a", EmptySegment),
        ("/v2//a", EmptySegment),
        ("/v2/a//", EmptySegment),
        ("/v2/./a", DotSegment),
        ("/v2/../a", DotSegment),
        ("/..", DotSegment),
        ("/.", DotSegment),
        ("/v2/a/..?x", DotSegment),
        ("/a\\b", Character),
        ("/a;b", Character),
        ("/..;/a", Character),
        ("/a b", Character),
        ("/a#b", Character),
        ("/a|b", Character),
        ("/a\"b", Character),
        ("/a[0]", Character),
        ("/a\0b", Character),
        ("/a\tb", Character),
        ("/é", Character),
        ("/a\u{ff0f}b", Character),
        ("/%", Escape),
        ("/%2", Escape),
        ("/%zz", Escape),
        ("/%c3%a9", Escape),
        ("/%2f", Escape),
        ("/%u002f", Escape),
        ("/a%2Fb", Hidden),
        ("/a%5Cb", Hidden),
        ("/a%3Bb", Hidden),
        ("/a%00", Hidden),
        ("/a%0A", Hidden),
        ("/a%7F", Hidden),
        ("/a%C2%80", Hidden),
        ("/%252e", Hidden),
        ("/%252F", Hidden),
        ("/100%25", Hidden),
        ("/%2E%2E/a", Needless),
        ("/%2E", Needless),
        ("/%61dmin", Needless),
        ("/%7Euser", Needless),
        ("/a%FF", NotUtf8),
        ("/%C0%AF", NotUtf8),
        ("/%ED%A0%80", NotUtf8),
        ("/%C3", NotUtf8),
    ] {
        assert_eq!(RequestPath::parse(target), Err(why), "{target:?}");
        assert_eq!(
            Catalog::builtin().routes().resolve("a", "GET", target).unwrap_err(),
            Unresolved::Path(why)
        );
    }
    assert_eq!(RequestPath::parse(&format!("/{}", "a".repeat(8191))).map(drop), Ok(()));
    assert_eq!(RequestPath::parse(&format!("/{}", "a".repeat(8192))), Err(TooLong));
}

#[test]
fn a_host_decides_before_the_path_and_is_written_as_hosts_are() {
    let catalog =
        catalog(&[("*", "GET", "/a"), ("h.example", "GET", "/{id}"), ("h.example:8443", "GET", "/{*id_}")]);
    for (host, found) in [
        ("other", Ok("/a")),
        ("h.example", Ok("/{id}")),
        ("H.Example", Ok("/{id}")),
        ("h.example:80", Ok("/{id}")),
        ("h.example:8443", Ok("/{*id_}")),
        ("[::1]:80", Ok("/a")),
        ("xh.example", Ok("/a")),
        ("h.example.", Err(Unresolved::Host)),
        ("", Err(Unresolved::Host)),
        ("*", Err(Unresolved::Host)),
        ("h.example:", Err(Unresolved::Host)),
        ("h.example:80:80", Err(Unresolved::Host)),
        ("user@h.example", Err(Unresolved::Host)),
        ("h.example/a", Err(Unresolved::Host)),
        (" h.example", Err(Unresolved::Host)),
        ("h.example, other", Err(Unresolved::Host)),
    ] {
        assert_eq!(path(&catalog, host, "GET", "/a"), found, "{host}");
    }
    // What a host's own routes do not answer may still be answered for all hosts.
    assert_eq!(path(&catalog, "h.example", "GET", "/a/b"), Err(Unresolved::NoRoute));
}

#[test]
fn a_literal_segment_is_the_same_however_it_is_written() {
    let catalog = catalog(&[("*", "GET", "/models:list"), ("*", "GET", "/{id}")]);
    assert_eq!(path(&catalog, "a", "GET", "/models:list"), Ok("/models:list"));
    assert_eq!(path(&catalog, "a", "GET", "/models%3Alist"), Ok("/models:list"));
}

#[test]
fn a_template_has_at_most_32_segments() {
    let text = |count| format!("/{}", vec!["a"; count].join("/"));
    catalog(&[("*", "GET", &text(32))]);
    let refused = std::panic::catch_unwind(|| catalog(&[("*", "GET", &text(33))]));
    assert!(refused.is_err());
}

/// The routes that answer the path at all, best first: the order is that of their segments, left to right.
fn slow<'c>(catalog: &'c Catalog, method: &str, segments: &[&str]) -> Option<&'c Route> {
    let answers = |route: &&Route| {
        let mut left = segments;
        for segment in &route.segments {
            let Some((first, rest)) = left.split_first() else { return false };
            match segment {
                PathSegment::Literal(text) if text == first => left = rest,
                PathSegment::Name(_) if !first.is_empty() => left = rest,
                PathSegment::Rest(_) => return left != [""],
                PathSegment::Literal(_) | PathSegment::Name(_) => return false,
            }
        }
        left.is_empty() && route.methods.iter().any(|known| known == method)
    };
    let answers = |route: &&Route| route.methods.iter().any(|known| known == method) && answers(route);
    let rank = |route: &&Route| -> Vec<u8> {
        let rank = |segment: &PathSegment| match segment {
            PathSegment::Literal(_) => 0,
            PathSegment::Name(_) => 1,
            PathSegment::Rest(_) => 2,
        };
        route.segments.iter().map(rank).collect()
    };
    catalog.routes().iter().filter(answers).min_by_key(rank)
}

fn template() -> impl Strategy<Value = String> {
    let segment = prop_oneof![3 => Just("a"), 2 => Just("b"), 3 => Just("{}")];
    let last = prop_oneof![4 => Just(""), 1 => Just("/{*rest}"), 1 => Just("/")];
    (prop::collection::vec(segment, 1..4), last).prop_map(|(segments, last)| {
        let name = |(index, text): (usize, &str)| match text {
            "{}" => format!("/{{n{index}}}"),
            text => format!("/{text}"),
        };
        segments.into_iter().enumerate().map(name).collect::<String>() + last
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn the_route_found_is_the_one_a_walk_over_all_of_them_finds(
        templates in prop::collection::vec((prop::sample::select(vec!["GET", "POST"]), template()), 1..12),
        segments in prop::collection::vec(prop::sample::select(vec!["a", "b", "c"]), 1..5),
        slash in any::<bool>(),
    ) {
        let mut seen = std::collections::HashSet::new();
        let shape = |text: &str| -> String { text.split('/').map(|s| if s.starts_with("{n") { "/{}" } else { s }).collect::<Vec<_>>().join("/") };
        let templates: Vec<_> = templates.iter().filter(|(method, text)| seen.insert((*method, shape(text)))).collect();
        let routes: Vec<_> = templates.iter().map(|(method, text)| ("*", *method, text.as_str())).collect();
        let catalog = catalog(&routes);
        let mut segments = segments;
        if slash { segments.push(""); }
        let target = format!("/{}", segments.join("/"));
        for method in ["GET", "POST"] {
            let slow = slow(&catalog, method, &segments).map(|route| route.path.as_str());
            prop_assert_eq!(path(&catalog, "a", method, &target).ok(), slow, "{} {}", method, target);
        }
    }

    /// One text for each list of values, up to the escapes that RFC 3986 keeps apart: what is accepted is what
    /// its own segments are written as.
    #[test]
    fn an_accepted_path_is_its_own_canonical_form(bytes in prop::collection::vec(
        prop_oneof![Just(b'/'), Just(b'%'), Just(b'.'), Just(b'2'), Just(b'F'), Just(b'C'), Just(b'3'), any::<u8>()], 0..12))
    {
        let Ok(tail) = String::from_utf8(bytes) else { return Ok(()) };
        let target = format!("/{tail}");
        let Ok(path) = RequestPath::parse(&target) else { return Ok(()) };
        let sent = target.split('?').next().unwrap();
        prop_assert_eq!(canonical(sent), sent);
        let segments: Vec<String> = path.segments().map(|segment| segment.into_owned()).collect();
        prop_assert!(segments.iter().all(|segment| !segment.contains(['/', '\\', ';', '%', '\0'])));
        prop_assert!(segments.iter().all(|segment| segment != "." && segment != ".."));
        // Decoding once more changes nothing, so it does not matter who else decodes.
        prop_assert!(segments.iter().all(|segment| percent(segment.as_bytes()) == segment.as_bytes()));
    }
}

fn percent(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let pair = text.get(at + 1..at + 3).and_then(|pair| std::str::from_utf8(pair).ok());
        match (text[at], pair.and_then(|pair| u8::from_str_radix(pair, 16).ok())) {
            (b'%', Some(byte)) => {
                out.push(byte);
                at += 3;
            }
            (byte, _) => {
                out.push(byte);
                at += 1;
            }
        }
    }
    out
}

/// RFC 3986 section 6.2.2, by the letter: upper-case escapes, none for unreserved characters, dots resolved.
fn canonical(path: &str) -> String {
    let mut segments: Vec<String> = Vec::new();
    for segment in path.split('/').skip(1) {
        let mut out = String::new();
        let mut bytes = segment.bytes();
        while let Some(byte) = bytes.next() {
            if byte == b'%' {
                let pair: String = bytes.by_ref().take(2).map(char::from).collect();
                let value = u8::from_str_radix(&pair, 16).unwrap();
                match value {
                    b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                        out.push(value.into())
                    }
                    _ => out.push_str(&format!("%{value:02X}")),
                }
            } else if byte.is_ascii_graphic() {
                out.push(byte.into());
            } else {
                out.push_str(&format!("%{byte:02X}"));
            }
        }
        match out.as_str() {
            "." => {}
            ".." => drop(segments.pop()),
            _ => segments.push(out),
        }
    }
    format!("/{}", segments.join("/"))
}

#[test]
fn a_route_hands_out_its_resource_in_parts() {
    let catalog = Catalog::builtin();
    let run = catalog.routes().iter().find(|route| route.path == "/v2/{endpoint}/run").unwrap();
    assert_eq!(run.parts, [ResourcePart::Literal("ENDPOINT".into()), ResourcePart::Segment(1)]);
}
