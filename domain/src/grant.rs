//! How a list of scopes was written down: kept as written, compiled to scopes when loaded.

use crate::catalog::{ApiTarget, Catalog};
use crate::scope::{ScopeError, shorten};
use crate::{Action, Actions, Filter, FilterError, ProjectId, Scope};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Most scopes, roles or endpoints in one grant.
const ENTRIES_MAX: usize = 128;

/// One of three ways to say what a key may do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Grant {
    /// Scopes as they are: action and canonical resource filter.
    Scopes(Vec<(String, String)>),
    /// Named sets of the catalog.
    Roles(BTreeSet<String>),
    /// A preset, with a level per API and per endpoint.
    Access(Access),
}

/// `all`, `read_only`, or a level for each API.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Access {
    /// Which of the three.
    pub preset: Preset,
    /// The level of each API; absent means none. Only with `restricted`.
    #[serde(default)]
    pub levels: BTreeMap<String, Level>,
    /// The level of each endpoint of the API whose level is `restricted`; absent means none.
    #[serde(default)]
    pub endpoints: BTreeMap<Endpoint, Level>,
}

/// The id of an endpoint, as the operator's API names it.
pub type Endpoint = String;

/// The three permissions a key can be made with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Preset {
    /// Read and write everything; never `admin`.
    All,
    /// Read everything.
    ReadOnly,
    /// What the levels say.
    Restricted,
}

impl Preset {
    /// The preset of exactly this name.
    pub fn parse(text: &str) -> Option<Preset> {
        [Preset::All, Preset::ReadOnly, Preset::Restricted].into_iter().find(|preset| preset.name() == text)
    }

    /// The name as written on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Preset::All => "all",
            Preset::ReadOnly => "read_only",
            Preset::Restricted => "restricted",
        }
    }
}

/// How far a key reaches into one API or endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Not at all.
    None,
    /// `read`.
    ReadOnly,
    /// `read` and `write`.
    ReadWrite,
    /// A level for each endpoint.
    Restricted,
}

/// Why a grant was refused.
#[derive(Debug, thiserror::Error, PartialEq, Eq, Clone)]
pub enum GrantError {
    /// An empty list.
    #[error("`{0}` must have at least one entry")]
    Empty(&'static str),
    /// More than 128 entries.
    #[error("`{0}` must have at most 128 entries")]
    TooMany(&'static str),
    /// A bad scope; counted from 0.
    #[error("`scopes[{at}]`: {error}")]
    Scope {
        /// Place in the list.
        at: usize,
        /// What is wrong with it.
        error: ScopeError,
    },
    /// A role the catalog does not have.
    #[error("role `{0}` is not a role of this catalog for API keys")]
    UnknownRole(String),
    /// An API the catalog does not have.
    #[error("`access.levels`: `{0}` is not an API of this catalog")]
    UnknownApi(String),
    /// `restricted` where there is nothing to restrict to.
    #[error("`access.levels.{0}` cannot be restricted: this API has one level for everything")]
    NotPerResource(String),
    /// Levels beside `all` or `read_only`.
    #[error("`access.levels` and `access.endpoints` are only allowed with the preset restricted")]
    LevelsWithoutRestricted,
    /// Endpoints without an API they belong to.
    #[error("`access.endpoints` needs an API whose level is restricted")]
    EndpointsWithoutRestricted,
    /// A level that is none for an endpoint.
    #[error("`access.endpoints`: `{0}` must be none, read_only or read_write")]
    EndpointLevel(String),
    /// An id that no endpoint can have.
    #[error("`access.endpoints`: `{filter}`: {error}")]
    Endpoint {
        /// The filter that would reach it.
        filter: String,
        /// What is wrong with it.
        error: FilterError,
    },
}

impl Grant {
    /// What a key is given when nothing is said (`compat.md` 1.4).
    pub fn default_roles() -> Grant {
        Grant::Roles(BTreeSet::from(["ProjectEditor".to_owned()]))
    }

    /// What a key of another system is taken to mean: the level it had on GraphQL, and all of the AI API.
    pub fn legacy(graphql: Level) -> Grant {
        let levels = [("graphql", graphql), ("ai", Level::ReadWrite)];
        let levels = levels.map(|(api, level)| (api.to_owned(), level)).into();
        Grant::Access(Access { preset: Preset::Restricted, levels, endpoints: BTreeMap::new() })
    }

    /// The scopes this grant means for a key of the project.
    ///
    /// # Errors
    /// The grant does not fit the catalog; the message says where.
    pub fn compile(&self, catalog: &Catalog, project: ProjectId) -> Result<Vec<Scope>, GrantError> {
        match self {
            Grant::Scopes(written) => compile_scopes(written, catalog),
            Grant::Roles(names) => compile_roles(names, catalog, project),
            Grant::Access(access) => access.compile(catalog),
        }
    }

    /// The same grant with every filter in its canonical form.
    ///
    /// # Errors
    /// As [`Grant::compile`].
    pub fn canonical(self, catalog: &Catalog, project: ProjectId) -> Result<Grant, GrantError> {
        let scopes = self.compile(catalog, project)?;
        Ok(match self {
            Grant::Scopes(_) => Grant::Scopes(scopes.iter().map(written).collect()),
            Grant::Roles(_) | Grant::Access(_) => self,
        })
    }
}

fn written(scope: &Scope) -> (String, String) {
    (scope.actions.text().to_owned(), scope.filter.text().to_owned())
}

fn compile_scopes(written: &[(String, String)], catalog: &Catalog) -> Result<Vec<Scope>, GrantError> {
    bounded("scopes", written.len())?;
    let read = |(at, (action, filter)): (usize, &(String, String))| {
        Scope::parse(action, filter, catalog.types()).map_err(|error| GrantError::Scope { at, error })
    };
    written.iter().enumerate().map(read).collect()
}

fn compile_roles(
    names: &BTreeSet<String>,
    catalog: &Catalog,
    project: ProjectId,
) -> Result<Vec<Scope>, GrantError> {
    bounded("roles", names.len())?;
    let mut scopes = Vec::new();
    for name in names {
        let role = catalog.role(name).ok_or_else(|| GrantError::UnknownRole(shorten(name)))?;
        scopes.extend(role.scopes_for(&project.to_string(), catalog.types()));
    }
    Ok(scopes)
}

impl Access {
    fn compile(&self, catalog: &Catalog) -> Result<Vec<Scope>, GrantError> {
        let level = match self.preset {
            Preset::Restricted => return self.compile_levels(catalog),
            Preset::All => Level::ReadWrite,
            Preset::ReadOnly => Level::ReadOnly,
        };
        if !self.levels.is_empty() || !self.endpoints.is_empty() {
            return Err(GrantError::LevelsWithoutRestricted);
        }
        level.on("*", catalog)
    }

    fn compile_levels(&self, catalog: &Catalog) -> Result<Vec<Scope>, GrantError> {
        if self.endpoints.len() > ENTRIES_MAX {
            return Err(GrantError::TooMany("access.endpoints"));
        }
        let mut scopes = Vec::new();
        let mut restricted = false;
        for (id, level) in &self.levels {
            let api = catalog.api(id).ok_or_else(|| GrantError::UnknownApi(shorten(id)))?;
            match (&api.scope_of, level) {
                (ApiTarget::Whole(_), Level::Restricted) => {
                    return Err(GrantError::NotPerResource(id.clone()));
                }
                (ApiTarget::Whole(resource), level) => scopes.extend(level.on(resource, catalog)?),
                (ApiTarget::PerResource { type_name, .. }, Level::Restricted) => {
                    restricted = true;
                    scopes.extend(self.compile_endpoints(type_name, catalog)?);
                }
                (ApiTarget::PerResource { type_name, .. }, level) => {
                    scopes.extend(level.on(&format!("{type_name}/#"), catalog)?);
                }
            }
        }
        if restricted || self.endpoints.is_empty() {
            Ok(scopes)
        } else {
            Err(GrantError::EndpointsWithoutRestricted)
        }
    }

    fn compile_endpoints(&self, type_name: &str, catalog: &Catalog) -> Result<Vec<Scope>, GrantError> {
        let mut scopes = Vec::new();
        for (endpoint, level) in &self.endpoints {
            if *level == Level::Restricted {
                return Err(GrantError::EndpointLevel(shorten(endpoint)));
            }
            let filter = crate::resource::literal_filter(type_name, endpoint);
            scopes.extend(level.on(&filter, catalog)?);
        }
        Ok(scopes)
    }
}

impl Level {
    fn on(self, filter: &str, catalog: &Catalog) -> Result<Vec<Scope>, GrantError> {
        let actions: &[Action] = match self {
            Level::None | Level::Restricted => &[],
            Level::ReadOnly => &[Action::Read],
            Level::ReadWrite => &[Action::Read, Action::Write],
        };
        // Read also where the level is none: what cannot be an endpoint is a mistake worth telling.
        let filter = Filter::parse(filter, catalog.types())
            .map_err(|error| GrantError::Endpoint { filter: shorten(filter), error })?;
        let scope = |action: &Action| Scope { actions: Actions::only(*action), filter: filter.clone() };
        Ok(actions.iter().map(scope).collect())
    }
}

fn bounded(field: &'static str, count: usize) -> Result<(), GrantError> {
    match count {
        0 => Err(GrantError::Empty(field)),
        1..=ENTRIES_MAX => Ok(()),
        _ => Err(GrantError::TooMany(field)),
    }
}
