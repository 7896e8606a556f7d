//! What a key may do, and from where, in sentences.

use domain::{Action, Actions, Catalog, Networks, Scope};

/// A sentence, and whether it should make one pause.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::console) struct Line {
    pub(in crate::console) text: String,
    pub(in crate::console) warns: bool,
}

impl Line {
    fn plain(text: impl Into<String>) -> Line {
        Line { text: text.into(), warns: false }
    }

    fn warning(text: impl Into<String>) -> Line {
        Line { text: text.into(), warns: true }
    }
}

/// What the scopes allow.
pub(in crate::console) fn of_scopes(scopes: &[Scope], catalog: &Catalog) -> Vec<Line> {
    if scopes.is_empty() {
        return vec![Line::warning("Can do nothing yet: every call is refused.")];
    }
    let mut lines: Vec<Line> = Vec::new();
    for scope in scopes {
        let (verb, place) = (verb(scope.actions), place(scope.filter.text(), catalog));
        lines.push(Line { text: format!("Can {verb} {place}."), warns: scope.filter.text() == "*" });
    }
    let has = |action| scopes.iter().any(|scope| scope.actions.include(action));
    if !has(Action::Write) && !has(Action::Admin) {
        lines.push(Line::plain("Cannot change anything."));
    }
    if scopes.iter().any(|scope| scope.filter.text() == "*") {
        lines.push(Line::warning(
            "This reaches every resource of the organization that keys of this project can reach, and those that are \
             made later.",
        ));
    }
    lines
}

fn verb(actions: Actions) -> &'static str {
    match actions.text() {
        "read" => "read",
        "write" => "create, change and delete",
        "admin" => "administer",
        _ => "do anything to",
    }
}

/// A filter, outermost type last, as one would say it.
fn place(filter: &str, catalog: &Catalog) -> String {
    if filter == "*" {
        return "everything".into();
    }
    let mut groups: Vec<(&str, Vec<&str>)> = Vec::new();
    for segment in filter.split('/') {
        match (catalog.types().named(segment), groups.last_mut()) {
            (None, Some((_, values))) => values.push(segment),
            (Some(_), _) | (None, None) => groups.push((segment, Vec::new())),
        }
    }
    let said = groups.iter().rev().map(|(name, values)| {
        if values.is_empty() {
            (*name).to_owned()
        } else if values.iter().all(|value| *value == "#") {
            format!("any {name}")
        } else {
            format!("{name} {}", values.join("/").replace('#', "any"))
        }
    });
    said.collect::<Vec<_>>().join(" in ")
}

/// What the networks allow. The two families are apart: a list of one refuses the other.
pub(in crate::console) fn of_networks(networks: &Networks) -> Vec<Line> {
    if networks.allows(None) {
        return vec![Line::warning("Can be used from any address.")];
    }
    let entries: Vec<String> = networks.entries().map(|entry| entry.to_string()).collect();
    let (v6, v4): (Vec<&String>, Vec<&String>) = entries.iter().partition(|entry| entry.contains(':'));
    let mut lines = Vec::new();
    let wide = |family: &[&String], all: &str| family.iter().any(|entry| *entry == all);
    if wide(&v4, "0.0.0.0/0") {
        lines.push(Line::warning("0.0.0.0/0 is every IPv4 address."));
    }
    if wide(&v6, "::/0") {
        lines.push(Line::warning("::/0 is every IPv6 address."));
    }
    if v6.is_empty() {
        lines.push(Line::plain("No IPv6 range: calls over IPv6 will be refused."));
    }
    if v4.is_empty() {
        lines.push(Line::plain("No IPv4 range: calls over IPv4 will be refused."));
    }
    if lines.is_empty() {
        lines.push(Line::plain("Can be used from the listed addresses only."));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::{of_networks, of_scopes};
    use domain::{Catalog, Networks, Scope};

    fn said(scopes: &[(&str, &str)]) -> Vec<String> {
        let catalog = Catalog::builtin();
        let scope = |(action, filter): &(&str, &str)| Scope::parse(action, filter, catalog.types()).unwrap();
        let scopes: Vec<Scope> = scopes.iter().map(scope).collect();
        of_scopes(&scopes, &catalog).into_iter().map(|line| line.text).collect()
    }

    #[test]
    fn scopes_are_said_in_sentences() {
        assert_eq!(said(&[]), ["Can do nothing yet: every call is refused."]);
        assert_eq!(said(&[("read", "ENDPOINT/#")]), ["Can read any ENDPOINT.", "Cannot change anything."]);
        assert_eq!(
            said(&[("write", "PLACE/Site/s1/THING/#/#")]),
            ["Can create, change and delete any THING in PLACE Site/s1."]
        );
        assert_eq!(said(&[("*", "*")]).first().unwrap(), "Can do anything to everything.");
    }

    #[test]
    fn one_family_of_addresses_refuses_the_other() {
        let said = |texts: &[&str]| -> Vec<String> {
            let networks = Networks::parse(texts.iter().copied()).unwrap();
            of_networks(&networks).into_iter().map(|line| line.text).collect()
        };
        assert_eq!(said(&[]), ["Can be used from any address."]);
        assert_eq!(said(&["203.0.113.0/24"]), ["No IPv6 range: calls over IPv6 will be refused."]);
        assert_eq!(said(&["2001:db8::/32"]), ["No IPv4 range: calls over IPv4 will be refused."]);
        assert_eq!(
            said(&["203.0.113.0/24", "2001:db8::/32"]),
            ["Can be used from the listed addresses only."]
        );
        assert!(said(&["0.0.0.0/0"]).contains(&"0.0.0.0/0 is every IPv4 address.".to_owned()));
    }
}
