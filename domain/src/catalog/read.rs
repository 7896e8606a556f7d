//! From the catalog as written to the catalog as meant, with every mistake on the way.

use super::mistake::{Mistake, Mistakes};
use super::{Catalog, Routes, api, class, document, plan, resource_type, role, route};
use crate::scope::shorten;
use std::collections::HashSet;
use toml::Spanned;

pub(super) fn read(text: &str) -> Result<Catalog, Vec<Mistake>> {
    let mut mistakes = Mistakes::new(text);
    match assemble(text, &mut mistakes) {
        Some(catalog) if mistakes.count() == 0 => Ok(catalog),
        Some(_) | None => Err(mistakes.into_found()),
    }
}

fn assemble(text: &str, mistakes: &mut Mistakes<'_>) -> Option<Catalog> {
    let raw = document::read(text, mistakes)?;
    unique("resource type", raw.resource_type.iter().map(|raw| &raw.name), mistakes);
    unique("API id", raw.api.iter().map(|api| &api.id), mistakes);
    unique("role", raw.role.iter().map(|role| &role.name), mistakes);
    unique("key class", raw.key_class.iter().map(|class| &class.name), mistakes);
    unique("prefix", raw.key_class.iter().map(|class| &class.prefix), mistakes);
    unique("plan", raw.plan.iter().map(|plan| &plan.name), mistakes);
    let types = resource_type::read_all(raw.resource_type, mistakes);
    let apis = raw.api.into_iter().filter_map(|raw| api::read(raw, &types, mistakes)).collect();
    let roles: Vec<_> = raw.role.into_iter().map(|raw| role::read(raw, &types, mistakes)).collect();
    let classes: Vec<_> = raw.key_class.into_iter().filter_map(|raw| class::read(raw, mistakes)).collect();
    let plans = plan::read_all(raw.plan, &roles, mistakes);
    let routes = Routes::new(route::read_all(raw.route, &types, mistakes));
    let first_class = classes.first()?.clone();
    Some(Catalog { text: text.to_owned(), types, apis, roles, first_class, classes, plans: plans?, routes })
}

fn unique<'r>(what: &str, names: impl Iterator<Item = &'r Spanned<String>>, mistakes: &mut Mistakes<'_>) {
    let mut seen = HashSet::new();
    for name in names {
        if name.get_ref().is_empty() {
            mistakes.note(&name.span(), format!("{what} must not be empty"));
        } else if !seen.insert(name.get_ref()) {
            mistakes.note(&name.span(), format!("{what} `{}` is there twice", shorten(name.get_ref())));
        }
    }
}
