use super::{ApiTarget, Catalog};
use crate::catalog::types::Ownership;

#[test]
fn the_default_catalog_is_sound() {
    let catalog = Catalog::builtin();
    assert_eq!(catalog.default_class().prefix, "rpa");
    assert!(catalog.class("admin").unwrap().admin_api);
    assert_eq!(catalog.roles().len(), 6);
    assert_eq!(catalog.routes().len(), 13);
    assert!(matches!(&catalog.api("ai").unwrap().scope_of, ApiTarget::PerResource { type_name, .. } if type_name == "ENDPOINT"));
    let ownership = |name| catalog.types().named(name).unwrap().1.ownership;
    assert_eq!(ownership("PROJECT"), Ownership::Project);
    assert_eq!(ownership("ORGANIZATION"), Ownership::Organization);
    assert_eq!(ownership("ENDPOINT"), Ownership::Registered);
    assert_eq!(ownership("DATA"), Ownership::NamedInAsk);
    assert_eq!(ownership("THING"), Ownership::CheckedByUpstream);
}

const CLASS: &str = "[[key_class]]\nname = \"a\"\nprefix = \"aa\"\n";

/// A catalog with one key class in three lines and then this.
fn mistakes(rest: &str) -> Vec<String> {
    let text = format!("{CLASS}{rest}");
    Catalog::parse(&text).map(|_| Vec::new()).unwrap_or_else(|found| found.iter().map(ToString::to_string).collect())
}

#[test]
fn every_mistake_is_told_with_its_line() {
    for (rest, expected) in [
        ("x = ", "line 4: "),
        ("[[key_class]]\nname = \"b\"\nprefix = \"aa\"", "line 6: prefix `aa` is there twice"),
        ("[[key_class]]\nname = \"a\"\nprefix = \"bb\"", "line 5: key class `a` is there twice"),
        ("[[key_class]]\nname = \"b\"\nprefix = \"B_\"", "line 6: prefix `B_` must be"),
        ("[[key_class]]\nname = \"b\"\nprefix = \"b\"", "line 6: prefix `b` must be"),
        ("[[key_class]]\nname = \"b\"\nprefix = \"bb\"\nadmin = true", "line 7: unknown field `admin`"),
        ("[[resource_type]]\nname = \"thing\"", "line 5: resource type `thing` must be"),
        ("[[resource_type]]\nname = \"A\"\n[[resource_type]]\nname = \"A\"", "line 7: resource type `A` is there twice"),
        ("[[resource_type]]\nname = \"A\"\nsegments = [[]]", "line 6: a segment is a name"),
        ("[[resource_type]]\nname = \"A\"\nsegments = [\"\"]", "line 6: a segment is a name"),
        ("[[resource_type]]\nname = \"A\"\nsegments = [[\"a/b\"]]", "line 6: a segment is a name"),
        ("[[resource_type]]\nname = \"A\"\nsegments = [\"a\",\"b\",\"c\",\"d\",\"e\",\"f\",\"g\",\"h\"]", "line 5: resource type `A` has more"),
        ("[[resource_type]]\nname = \"A\"\nowned = true\ntenant_checked_by_upstream = true", "line 5: a type is either"),
        ("[[resource_type]]\nname = \"PROJECT\"", "line 5: `PROJECT` is known"),
        ("[[resource_type]]\nname = \"PROJECT\"\nsegments = [\"id\"]\nowned = true", "line 5: `PROJECT` is known"),
        ("[[resource_type]]\nname = \"ORGANIZATION\"\nsegments = [[\"a\"]]", "line 5: `ORGANIZATION` is known"),
        ("[[resource_type]]\nname = \"A\"\nwithin = [\"B\"]", "line 6: `B` is not a resource type"),
        ("[[api]]\nid = \"x\"\nname = \"X\"", "line 5: an API has either"),
        ("[[api]]\nid = \"x\"\nname = \"X\"\nresource = \"NO\"", "line 7: segment 1 of resource filter"),
        ("[[api]]\nid = \"x\"\nname = \"X\"\nper_resource = \"NO\"", "line 7: `NO` is not a resource type"),
        ("[[resource_type]]\nname = \"A\"\n[[api]]\nid = \"x\"\nname = \"X\"\nper_resource = \"A\"", "line 9: a type with levels"),
        ("[[role]]\nname = \"r\"\nscopes = []", "line 5: a role must have"),
        ("[[role]]\nname = \"r\"\nscopes = [{ action = \"reed\", resource_filter = \"*\" }]", "line 6: action `reed`"),
        ("[[role]]\nname = \"r\"\nscopes = [{ action = \"read\", resource_filter = \"NO/x\" }]", "line 6: segment 1"),
        ("[[role]]\nname = \"r\"\nscopes = [{ action = \"read\", resource_filter = \"*\", x = 1 }]", "line 6: unknown field `x`"),
        ("[[route]]\nhost = \"*\"\nmethods = [\"GET\"]\npath = \"a\"\naction = \"read\"\nresource = \"A\"", "line 7: a path begins"),
        ("[[route]]\nhost = \"*\"\nmethods = [\"GET\"]\npath = \"/a//b\"\naction = \"read\"\nresource = \"A\"", "line 7: segment `` of the path"),
        ("[[route]]\nhost = \"*\"\nmethods = [\"GET\"]\npath = \"/../b\"\naction = \"read\"\nresource = \"A\"", "line 7: segment `..`"),
        ("[[route]]\nhost = \"*\"\nmethods = [\"GET\"]\npath = \"/{*a}/b\"\naction = \"read\"\nresource = \"A\"", "line 7: segment `{*a}`"),
        ("[[route]]\nhost = \"*\"\nmethods = [\"GET\"]\npath = \"/a\"\nresource = \"A\"", "line 7: a route needs an `action`"),
        ("[[route]]\nhost = \"*\"\nmethods = [\"GET\"]\npath = \"/a\"\naction = \"*\"\nresource = \"A\"", "line 8: action `*`"),
        ("[[route]]\nhost = \"*\"\nmethods = [\"get\"]\npath = \"/a\"\naction = \"read\"\nresource = \"A\"", "line 6: method `get`"),
        ("[[route]]\nhost = \"*\"\nmethods = []\npath = \"/a\"\naction = \"read\"\nresource = \"A\"", "line 7: a route needs at least"),
        ("[[route]]\nhost = \"*\"\nmethods = [\"GET\"]\npath = \"/a\"\naction = \"read\"\nresource = \"A/{b}\"", "line 9: resource `A/{b}` has a name"),
        ("[[route]]\nhost = \"*\"\nmethods = [\"GET\"]\npath = \"/a\"\naction = \"read\"\nresource = \"A\"", "line 9: segment 1 of the resource"),
        ("[[route]]\nhost = \"*\"\nmethods = [\"GET\"]\npath = \"/a\"\naction = \"read\"\nresource = \"A\"\nupstream = \"ftp://x\"", "line 10: upstream"),
        ("[[route]]\nhost = \"*\"\nmethods = [\"GET\"]\npath = \"/a\"\naction = \"read\"\nresource = \"A\"\nkind = \"soap\"", "line 10: `kind` must be"),
        ("[[route]]\nhost = \"*\"\nmethods = [\"GET\"]\npath = \"/a\"\naction = \"read\"\nresource = \"A\"\nerrors = \"html\"", "line 10: `errors` must be"),
        ("[[resource_type]]\nname = \"A\"\n[[route]]\nhost = \"*\"\nmethods = [\"GET\", \"GET\"]\npath = \"/a\"\naction = \"read\"\nresource = \"A\"", "line 9: GET /a is there twice"),
    ] {
        let found = mistakes(rest);
        assert!(found.iter().any(|line| line.starts_with(expected)), "{rest}\nfound {found:?}");
    }
}

#[test]
fn all_mistakes_are_told_at_once() {
    let found = mistakes("[[resource_type]]\nname = \"a\"\n[[role]]\nname = \"r\"\nscopes = []\n[[api]]\nid = \"x\"\nname = \"X\"");
    assert_eq!(found.len(), 3, "{found:?}");
}

#[test]
fn a_catalog_without_a_key_class_is_none() {
    let found = Catalog::parse("").unwrap_err();
    assert_eq!(found.first().unwrap().to_string(), "line 1: there must be at least one [[key_class]]");
}
