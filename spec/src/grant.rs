//! What a key may do, as it was written down, and the scopes that this means (architecture, "The nouns": Grant).

use crate::address::{Link, encode, filter};
use crate::catalog::Catalog;

#[derive(Debug, Clone)]
pub enum Grant {
    /// Action and filter of each scope.
    Scopes(Vec<(String, Option<String>)>),
    Roles(Vec<String>),
    /// A preset, the level of each API, and the level of each single resource.
    Access(String, Vec<(String, String)>, Vec<(String, String)>),
    /// Of a key that another system made, the level it had for GraphQL there.
    Legacy(String),
}

/// Action and filter: the only thing that is ever evaluated. Here for a key of this project.
pub fn scopes(grant: &Grant, project: &str, catalog: &Catalog) -> Option<Vec<(String, Vec<Link>)>> {
    if let Grant::Legacy(level) = grant {
        // architecture, "Resource filters": as set for GraphQL, everything on `ENDPOINT/#`. compat 2.2: full access
        // is Read/Write.
        let levels = [("graphql", level.as_str()), ("ai", "read_write")]
            .map(|(api, level)| (api.into(), level.into()));
        return scopes(&Grant::Access("restricted".to_owned(), levels.into(), vec![]), project, catalog);
    }
    let mut scopes = Vec::new();
    for (actions, text) in compiled(grant, project, catalog)? {
        let filter = filter(text.as_deref(), catalog)?; // it must make sense even where no action is allowed
        for action in actions {
            // bad-input S-01 and S-07: an action is spelled exactly.
            let known = ["read", "write", "admin", "*"].contains(&action);
            scopes.push(known.then(|| (action.to_owned(), filter.clone()))?);
        }
    }
    Some(scopes)
}

type Compiled<'a> = Vec<(Vec<&'a str>, Option<String>)>;

/// Actions and a filter, as often as it takes. bad-input S-02 and S-05: lists have 1 to 128 entries.
fn compiled<'a>(grant: &'a Grant, project: &str, catalog: &Catalog) -> Option<Compiled<'a>> {
    let mut list = Vec::new();
    match grant {
        Grant::Scopes(scopes) if (1..=128).contains(&scopes.len()) => {
            list.extend(scopes.iter().map(|(action, text)| (vec![action.as_str()], text.clone())));
        }
        Grant::Roles(names) if (1..=128).contains(&names.len()) => {
            for name in names {
                for (actions, text) in catalog.roles.iter().find(|role| role.0 == name)?.1 {
                    // catalog, `[[role]]`: `{project}` is the key's own project; several roles are a union.
                    list.push((actions.to_vec(), Some(text.replace("{project}", project))));
                }
            }
        }
        // compat 2.2; architecture, "API key"; the table in catalog, `[[api]]`. What is absent is `none`.
        Grant::Access(preset, levels, resources) if preset == "restricted" && resources.len() <= 128 => {
            let mut restricted = false;
            for (id, level) in levels {
                let api = catalog.apis.iter().find(|api| api.0 == id)?;
                if level == "restricted" && api.2 {
                    restricted = true;
                    for (resource, level) in resources {
                        list.push((actions(level)?, Some(format!("{}/{}", api.1, encode(resource)))));
                    }
                } else {
                    let text = if api.2 { format!("{}/#", api.1) } else { api.1.to_owned() };
                    list.push((actions(level)?, Some(text)));
                }
            }
            (restricted || resources.is_empty()).then_some(())?;
        }
        Grant::Access(preset, levels, resources) if levels.is_empty() && resources.is_empty() => {
            match preset.as_str() {
                "all" => list.push((vec!["read", "write"], None)), // never `admin`: only scopes can grant that
                "read_only" => list.push((vec!["read"], None)),
                _ => return None,
            }
        }
        Grant::Scopes(_) | Grant::Roles(_) | Grant::Access(..) | Grant::Legacy(_) => return None,
    }
    Some(list)
}

fn actions(level: &str) -> Option<Vec<&'static str>> {
    let levels = [("none", vec![]), ("read_only", vec!["read"]), ("read_write", vec!["read", "write"])];
    levels.into_iter().find(|(name, _)| *name == level).map(|(_, actions)| actions)
}
