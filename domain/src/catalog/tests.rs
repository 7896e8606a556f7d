//! The default is sound, and a broken catalog is told all that is wrong with it.

mod plans;
mod routes;
mod tables;

use super::{ApiTarget, Catalog, RouteKind};
use crate::catalog::types::Ownership;
use crate::scope::Action;

#[test]
fn the_default_catalog_is_sound() {
    let catalog = Catalog::builtin();
    assert_eq!(catalog.default_class().prefix, "rpa");
    assert!(catalog.class("admin").unwrap().admin_api);
    assert_eq!(catalog.roles().len(), 6);
    assert_eq!(catalog.routes().iter().len(), 13);
    assert!(
        matches!(&catalog.api("ai").unwrap().scope_of, ApiTarget::PerResource { type_name, .. } if type_name == "ENDPOINT")
    );
    let ownership = |name| catalog.types().named(name).unwrap().1.ownership;
    assert_eq!(ownership("PROJECT"), Ownership::Project);
    assert_eq!(ownership("ORGANIZATION"), Ownership::Organization);
    assert_eq!(ownership("ENDPOINT"), Ownership::Registered);
    assert_eq!(ownership("DATA"), Ownership::NamedInAsk);
    assert_eq!(ownership("THING"), Ownership::CheckedByUpstream);
}

#[test]
fn a_role_of_the_default_reaches_its_own_project_only() {
    let catalog = Catalog::builtin();
    let held = |name| {
        let scopes = catalog.role(name).unwrap().scopes_for("p1", catalog.types());
        scopes.iter().map(|scope| format!("{} {}", scope.actions, scope.filter.text())).collect::<Vec<_>>()
    };
    let [read_control, write_control] = ["read PROJECT/p1/CONTROL", "write PROJECT/p1/CONTROL"];
    let [read_data, write_data] = ["read PROJECT/p1/DATA", "write PROJECT/p1/DATA"];
    assert_eq!(held("ProjectEditor"), [read_control, write_control, read_data, write_data]);
    assert_eq!(held("ProjectViewer"), [read_control, read_data]);
    assert_eq!(held("ControlPlaneEditor"), [read_control, write_control]);
    assert_eq!(held("ControlPlaneViewer"), [read_control]);
    assert_eq!(held("DataPlaneEditor"), [read_data, write_data]);
    assert_eq!(held("DataPlaneViewer"), [read_data]);
}

#[test]
fn the_default_routes_read_and_write_as_published() {
    let catalog = Catalog::builtin();
    let routes = catalog.routes().iter().flat_map(|route| {
        let methods = route.methods.iter();
        methods.map(move |method| (method.as_str(), route.path.as_str(), route.action, route.kind))
    });
    let found: Vec<_> = routes.filter(|(_, _, _, kind)| *kind == RouteKind::Rest).collect();
    let (read, write) = (Some(Action::Read), Some(Action::Write));
    for (method, path, action) in [
        ("POST", "run", write),
        ("POST", "runsync", write),
        ("GET", "status/{job}", read),
        ("POST", "status/{job}", read),
        ("GET", "status-sync/{job}", read),
        ("POST", "status-sync/{job}", read),
        ("GET", "stream/{job}", read),
        ("POST", "stream/{job}", read),
        ("GET", "health", read),
        ("GET", "requests", read),
        ("POST", "cancel/{job}", write),
        ("POST", "retry/{job}", write),
        ("POST", "purge-queue", write),
        ("POST", "openai/{*rest}", write),
        ("GET", "openai/{*rest}", read),
    ] {
        let path = format!("/v2/{{endpoint}}/{path}");
        assert!(found.contains(&(method, &path, action, RouteKind::Rest)), "{method} {path}");
    }
    assert_eq!(found.len(), 15);
}

const CLASS: &str = "[[key_class]]\nname = 'a'\nprefix = 'aa'\n";

/// What is wrong with one key class in three lines and then this.
fn mistakes(rest: &str) -> Vec<String> {
    match Catalog::parse(&format!("{CLASS}{rest}")) {
        Ok(_) => Vec::new(),
        Err(found) => found.iter().map(ToString::to_string).collect(),
    }
}

#[test]
fn all_mistakes_are_told_at_once_in_the_order_of_the_text() {
    let found = mistakes(
        "[[role]]\nname = 'r'\nscopes = []\n[[api]]\nid = 'x'\nname = 'X'\n[[api]]\nid = 1\nname = 'Y'\n\
         [[role]]\nname = 's'\nscope = []\n[[resource_type]]\nname = 'a'\nwithin = ['B']\n[[limit]]\n",
    );
    let lines: Vec<&str> = found.iter().map(|line| line.split(':').next().unwrap()).collect();
    assert_eq!(
        lines,
        ["line 5", "line 8", "line 11", "line 15", "line 17", "line 18", "line 19"],
        "{found:#?}"
    );
}

#[test]
fn a_mistake_has_a_column_too() {
    let found = Catalog::parse("# é\n[[key_class]]\nname = 'a'\nprefix = 'é'").unwrap_err();
    assert_eq!(found.iter().map(|mistake| (mistake.line, mistake.column)).collect::<Vec<_>>(), [(4, 10)]);
}

#[test]
fn a_type_that_cannot_be_read_is_not_missed_by_the_rest() {
    let role = "[[role]]\nname = 'r'\nscopes = [{ action = 'read', resource_filter = 'A' }]\n";
    let found = mistakes(&format!("[[resource_type]]\nname = 'A'\nowner = true\n{role}"));
    assert_eq!(found.len(), 1, "{found:?}");
}

#[test]
fn a_catalog_without_a_key_class_is_none() {
    let found = Catalog::parse("").unwrap_err();
    assert_eq!(found.first().unwrap().to_string(), "line 1: there must be at least one [[key_class]]");
}

#[test]
fn a_catalog_has_bounds() {
    assert_eq!(mistakes(&"#".repeat(1 << 20)), ["line 1: a catalog is at most 1 MiB long"]);
    let types = |count| (0..count).map(|n| format!("[[resource_type]]\nname = 'A{n}'\n")).collect::<String>();
    assert!(mistakes(&types(1000)).is_empty());
    assert_eq!(mistakes(&types(1001)), ["line 2004: there are more than 1000 [[resource_type]]"]);
    let many = format!("resource_type = [{}]\n{CLASS}", "{name='A'},".repeat(70_000));
    let found = Catalog::parse(&many).unwrap_err();
    assert!(found.len() <= 101, "{}", found.len());
}

#[test]
fn a_hundred_mistakes_are_shown_and_the_rest_counted() {
    let found = mistakes(&"[[api]]\nid = 1\n".repeat(150));
    assert_eq!(found.len(), 101);
    assert!(found.last().unwrap().ends_with("50 more mistakes are not shown"));
}

#[test]
fn deep_nesting_is_a_mistake_and_no_crash() {
    assert!(!mistakes(&format!("x = {}", "[".repeat(100_000))).is_empty());
    assert!(!mistakes(&format!("x = {}", "{a=".repeat(100_000))).is_empty());
    assert!(!mistakes(&format!("{} = 1", ["a"; 100_000].join("."))).is_empty());
}

#[test]
fn a_message_holds_no_raw_line_break() {
    for rest in
        ["\"a\\nb\" = 1", "[[role]]\nname = \"a\\nb\"\nscopes = []\n[[role]]\nname = \"a\\nb\"\nscopes = []"]
    {
        let found = mistakes(rest);
        assert!(!found.is_empty() && found.iter().all(|line| !line.contains('\n')), "{found:?}");
    }
}
