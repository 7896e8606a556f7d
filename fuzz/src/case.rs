//! A case as plain data: what is known, what became of it, and what was asked.

use crate::{fast, slow};
use domain::Grant;
use serde::{Deserialize, Serialize};
use std::net::IpAddr;

/// Which catalog is in force.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Words {
    /// The one that is compiled in.
    Default,
    /// One with the same names and other meanings.
    Odd,
}

/// What became of a project.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Standing {
    /// It is there.
    Alive,
    /// It was there.
    Removed,
    /// It never was.
    Unknown,
}

/// Everything on record. Projects, organizations and keys are numbers: their places in `places.rs`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct World {
    /// The catalog.
    pub words: Words,
    /// The two organizations: whether each was removed.
    pub closed: Vec<bool>,
    /// The four projects.
    pub projects: Vec<Standing>,
    /// Registered resources and the projects that have them.
    pub resources: Vec<(String, usize)>,
    /// The two imports of keys that other systems made.
    #[serde(default)]
    pub imports: Vec<Import>,
    /// The keys.
    pub keys: Vec<Key>,
}

/// How far an import has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Import {
    /// Its keys are nobody's yet.
    Staged,
    /// Its keys are keys.
    Complete,
    /// Its keys are gone.
    Abandoned,
}

/// A key as written down.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Key {
    /// Its project.
    pub project: usize,
    /// Which of its secrets it has.
    #[serde(default)]
    pub secret: usize,
    /// The import it came with, if another system made it.
    #[serde(default)]
    pub import: Option<usize>,
    /// What was done to it.
    pub state: State,
    /// When it ends.
    pub expires_at: Option<i64>,
    /// From where it may be used.
    pub networks: Vec<String>,
    /// What it may do.
    pub grant: Grant,
}

/// What was done to a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum State {
    /// Nothing.
    Active,
    /// It was switched off.
    Disabled,
    /// It was ended.
    Revoked,
}

/// What became of one thing, by one change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Step {
    /// The key of this number is this one now.
    Key(usize, Key),
    /// The project of this number is removed or renamed.
    Project(usize, Standing),
    /// The organization of this number is removed with its projects.
    Close(usize),
    /// The resource is the project's now.
    Register(String, usize),
    /// The resource is nobody's now.
    Release(String),
    /// What the import of this number has come to.
    Import(usize, Import),
    /// Another catalog.
    Words(Words),
}

/// What is asked with a key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    /// Which of the key's secrets is presented.
    #[serde(default)]
    pub secret: usize,
    /// Action and resource.
    pub wanted: Option<(String, Asked)>,
    /// From where.
    pub client: Option<IpAddr>,
    /// Whose resource it is.
    pub organization: Option<String>,
    /// When.
    pub now: i64,
}

/// How a resource is named.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Asked {
    /// As text.
    Text(String),
    /// As literal segments.
    Array(Vec<Option<String>>),
}

impl World {
    /// Whether this can be on record: lists of networks were accepted, each resource is registered once and under
    /// its canonical name, and an organization is removed only when its projects are.
    pub(crate) fn possible(&self) -> bool {
        let once = |(text, _): &(String, usize)| {
            let same = self.resources.iter().filter(|(other, _)| other == text);
            same.count() == 1 && registrable(text)
        };
        let standing = |(at, standing): (usize, &Standing)| {
            *standing != Standing::Alive || self.closed.get(crate::places::organization_of(at)) != Some(&true)
        };
        let key = |key: &Key| key.import.is_some() || key.secret < crate::places::FOREIGN;
        let networks =
            |key: &Key| slow::networks(&key.networks).is_some() && fast::networks(&key.networks).is_some();
        self.resources.iter().all(once)
            && self.projects.iter().enumerate().all(standing)
            && self.keys.iter().all(networks)
            && self.keys.iter().all(key)
    }

    /// Whether this can happen: to a key that there is, and that is made where it was made; to a project that is there
    /// for ever once it is; to an import until it is over.
    pub(crate) fn allows(&self, step: &Step) -> bool {
        match step {
            Step::Key(at, key) => self.keys.get(*at).is_some_and(|known| {
                known.import == key.import
                    && (key.import.is_none() || known.secret == key.secret)
                    && !self.forgotten(key)
            }),
            Step::Register(text, _) | Step::Release(text) => registrable(text),
            Step::Import(at, state) => {
                self.imports.get(*at) == Some(&Import::Staged) && *state != Import::Staged
            }
            Step::Project(at, standing) => self.projects.len() > *at && *standing != Standing::Unknown,
            Step::Close(_) | Step::Words(_) => true,
        }
    }

    /// The world after the step.
    #[must_use]
    pub(crate) fn after(&self, step: &Step) -> World {
        let mut next = self.clone();
        match step {
            Step::Key(at, key) => {
                next.keys.iter_mut().skip(*at).take(1).for_each(|known| *known = key.clone())
            }
            Step::Project(at, standing) => {
                next.projects.iter_mut().skip(*at).take(1).for_each(|known| *known = *standing);
            }
            Step::Close(at) => {
                next.closed.iter_mut().skip(*at).take(1).for_each(|closed| *closed = true);
                // An organization can be removed only when its projects are.
                for (project, standing) in next.projects.iter_mut().enumerate() {
                    if crate::places::organization_of(project) == *at && *standing == Standing::Alive {
                        *standing = Standing::Removed;
                    }
                }
            }
            Step::Register(text, project) => {
                next.resources.retain(|(other, _)| other != text);
                next.resources.push((text.clone(), *project));
            }
            Step::Release(text) => next.resources.retain(|(other, _)| other != text),
            Step::Import(at, state) => {
                next.imports.iter_mut().skip(*at).take(1).for_each(|known| *known = *state)
            }
            Step::Words(words) => next.words = *words,
        }
        next
    }

    /// Whether the key went with its import.
    pub(crate) fn forgotten(&self, key: &Key) -> bool {
        key.import.is_some_and(|import| self.imports.get(import) == Some(&Import::Abandoned))
    }
}

/// Whether this is one resource, in its canonical form.
fn registrable(text: &str) -> bool {
    let canonical = |words| slow::filter(words, text).as_deref() == Some(text);
    !text.contains(['*', '#']) && (canonical(Words::Default) || canonical(Words::Odd))
}
