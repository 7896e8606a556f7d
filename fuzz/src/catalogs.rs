//! The two catalogs, each as the slow and as the fast code reads it.

use crate::case::Words;
use domain::Catalog;
use spec::catalog::{Catalog as SlowCatalog, DEFAULT};
use std::fmt::Write;
use std::sync::LazyLock;

/// The same names as the default with other meanings, and what the default has not: an owned type of two segments,
/// one that may stand behind itself, one of seven segments, owned ones within owned ones, roles with `*` and `admin`.
const ODD: SlowCatalog = SlowCatalog {
    types: &[
        ("DATA", "*", "SHELF PROJECT ITEM", ""),
        ("GRAPHQL", "", "", ""),
        ("ROOM", "Big|Small *", "PROJECT", "owned"),
        ("SHELF", "*", "SHELF ROOM ENDPOINT THING", ""),
        ("ITEM", "* * * * * * *", "ITEM SHELF", "upstream"),
        ("THING", "*", "ROOM PLACE", "upstream"),
        ("PLACE", "* Site", "", "upstream"),
        ("ORGANIZATION", "*", "PLACE", ""),
        ("PROJECT", "*", "ORGANIZATION PROJECT", ""),
        ("ENDPOINT", "*", "PROJECT THING", "owned"),
        ("COMMERCE", "", "ENDPOINT SHELF", "upstream"),
    ],
    apis: &[
        ("graphql", "SHELF/#", false),
        ("ai", "SHELF", true),
        ("rest", "ENDPOINT", true),
        ("all", "*", false),
    ],
    roles: &[
        ("ProjectEditor", &[(&["*"], "*")]),
        ("ProjectViewer", &[(&["read", "admin"], "PROJECT/{project}"), (&["read"], "DATA/{project}")]),
        ("Keeper", &[(&["write"], "PROJECT/{project}/ROOM/#/#"), (&["admin"], "SHELF/#")]),
        ("Guest", &[(&["read"], "ORGANIZATION/#/PROJECT/{project}/ENDPOINT/#")]),
    ],
};

pub(crate) fn slow_catalog(words: Words) -> SlowCatalog {
    match words {
        Words::Default => DEFAULT,
        Words::Odd => ODD,
    }
}

pub(crate) fn fast_catalog(words: Words) -> &'static Catalog {
    static BUILTIN: LazyLock<Catalog> = LazyLock::new(Catalog::builtin);
    static ODD_ONE: LazyLock<Catalog> = LazyLock::new(|| match Catalog::parse(&toml(&ODD)) {
        Ok(catalog) => catalog,
        Err(mistakes) => unreachable!("the odd catalog: {mistakes:?}"),
    });
    match words {
        Words::Default => &BUILTIN,
        Words::Odd => &ODD_ONE,
    }
}

/// The catalog as an operator would write it.
fn toml(catalog: &SlowCatalog) -> String {
    let mut text = String::from("[[key_class]]\nname = \"standard\"\nprefix = \"rpa\"\n");
    let list = |words: &str, between: char| {
        words
            .split(between)
            .filter(|word| !word.is_empty())
            .map(|word| format!("\"{word}\""))
            .collect::<Vec<_>>()
    };
    for (name, segments, within, whose) in catalog.types {
        let segment = |words: &str| match words {
            "*" => "\"any\"".to_owned(),
            words => format!("[{}]", list(words, '|').join(", ")),
        };
        let segments = segments.split_whitespace().map(segment).collect::<Vec<_>>().join(", ");
        let within = list(within, ' ').join(", ");
        let whose = match *whose {
            "owned" => "owned = true",
            "upstream" => "tenant_checked_by_upstream = true",
            _ => "",
        };
        let head =
            format!("[[resource_type]]\nname = \"{name}\"\nsegments = [{segments}]\nwithin = [{within}]");
        write!(text, "{head}\n{whose}\n").unwrap_or_default();
    }
    for (id, resource, per_resource) in catalog.apis {
        let what = if *per_resource { "per_resource" } else { "resource" };
        write!(text, "[[api]]\nid = \"{id}\"\nname = \"{id}\"\n{what} = \"{resource}\"\n")
            .unwrap_or_default();
    }
    for (name, scopes) in catalog.roles {
        write!(text, "[[role]]\nname = \"{name}\"\nscopes = [\n").unwrap_or_default();
        for (actions, filter) in *scopes {
            for action in *actions {
                writeln!(text, "{{ action = \"{action}\", resource_filter = \"{filter}\" }},")
                    .unwrap_or_default();
            }
        }
        text.push_str("]\n");
    }
    text
}
