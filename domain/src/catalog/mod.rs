//! The catalog: the operator's whole vocabulary. Nothing about one customer's API is known to Rust.

mod api;
mod authority;
mod class;
mod document;
mod mistake;
mod path;
mod plan;
mod raw;
mod read;
mod resource_type;
mod role;
mod route;
mod routes;
mod template;
mod tree;
pub mod types;

pub use api::{Api, ApiTarget};
pub use class::KeyClass;
pub use mistake::Mistake;
pub use path::{PathError, RequestPath};
pub use plan::PlanLimits;
pub use role::{Role, RoleScope};
pub use route::{ErrorStyle, Route, RouteKind, is_credential_name};
pub use routes::{Resolved, Routes, Unresolved};
pub use template::{PathSegment, ResourcePart};
use types::Types;

/// Resource types, APIs, roles, key classes, plans and routes, read from one TOML text and checked against
/// each other.
#[derive(Debug, Clone)]
pub struct Catalog {
    text: String,
    types: Types,
    apis: Vec<Api>,
    roles: Vec<Role>,
    first_class: KeyClass,
    classes: Vec<KeyClass>,
    plans: plan::Plans,
    routes: Routes,
}

impl Catalog {
    /// The documented default, compiled in.
    pub const DEFAULT: &'static str = include_str!("default.toml");

    /// Reads a catalog.
    ///
    /// # Errors
    /// The mistakes, each with its line, as many as can be told apart in one reading (at most 100 are shown).
    pub fn parse(text: &str) -> Result<Catalog, Vec<Mistake>> {
        read::read(text)
    }

    /// The default, read.
    pub fn builtin() -> Catalog {
        match Catalog::parse(Catalog::DEFAULT) {
            Ok(catalog) => catalog,
            Err(mistakes) => unreachable!("a test reads the default catalog: {mistakes:?}"),
        }
    }

    /// The text it was read from.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The resource types.
    pub fn types(&self) -> &Types {
        &self.types
    }

    /// The APIs a key can have a level for.
    pub fn apis(&self) -> &[Api] {
        &self.apis
    }

    /// The API of this id.
    pub fn api(&self, id: &str) -> Option<&Api> {
        self.apis.iter().find(|api| api.id == id)
    }

    /// The roles a key can have.
    pub fn roles(&self) -> &[Role] {
        &self.roles
    }

    /// The role of this name.
    pub fn role(&self, name: &str) -> Option<&Role> {
        self.roles.iter().find(|role| role.name == name)
    }

    /// The key classes; there is at least one.
    pub fn classes(&self) -> &[KeyClass] {
        &self.classes
    }

    /// The class a key gets when nothing is said: the first one.
    pub fn default_class(&self) -> &KeyClass {
        &self.first_class
    }

    /// The class of this name.
    pub fn class(&self, name: &str) -> Option<&KeyClass> {
        self.classes.iter().find(|class| class.name == name)
    }

    /// The class whose keys begin with this prefix.
    pub fn class_of_prefix(&self, prefix: &str) -> Option<&KeyClass> {
        self.classes.iter().find(|class| class.prefix == prefix)
    }

    /// What an organization on this plan may have.
    pub fn plan(&self, plan: crate::Plan) -> &PlanLimits {
        self.plans.get(plan)
    }

    /// The routes of the gateway and the forward doors.
    pub fn routes(&self) -> &Routes {
        &self.routes
    }
}

#[cfg(test)]
mod tests;
