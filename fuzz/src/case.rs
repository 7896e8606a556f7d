//! A case as plain data: what is known, what became of it, and what was asked.

use crate::{fast, slow};
use domain::{Grant, Level};
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

/// Something that both evaluators have a say in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Finding {
    /// The verdict on a key, after these steps.
    Verdict {
        /// What was on record at first.
        start: World,
        /// What became of it.
        steps: Vec<Step>,
        /// Which key is presented.
        key: usize,
        /// What is asked.
        question: Question,
    },
    /// Whether this is a filter.
    Filter(Words, String),
    /// Whether these are networks.
    Networks(Vec<String>),
    /// Whether this is a grant for a key of this project.
    Grant(Words, usize, Grant),
    /// What a key means that had this level for GraphQL where it was made.
    Legacy(Words, Level),
    /// Whether the first grant gives nothing that the second does not give.
    Subset(Words, Grant, Grant),
    /// Whether the first list lets nobody through whom the second does not let through.
    Within(Vec<String>, Vec<String>),
}

impl World {
    /// Whether this can be on record: lists of networks were accepted, each resource is registered once and under
    /// its canonical name, and an organization is removed only when its projects are.
    fn possible(&self) -> bool {
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
    fn allows(&self, step: &Step) -> bool {
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

impl Finding {
    /// Whether the documents accept what is written; a verdict is none of it.
    pub(crate) fn accepted(&self) -> bool {
        match self {
            Finding::Verdict { .. } => false,
            Finding::Filter(words, text) => slow::filter(*words, text).is_some(),
            Finding::Networks(entries) => slow::networks(entries).is_some(),
            Finding::Grant(words, project, grant) => slow::grant(*words, *project, grant).is_some(),
            Finding::Legacy(words, level) => slow::legacy(*words, *level).is_some(),
            Finding::Subset(words, given, held) => slow::subset(*words, given, held),
            Finding::Within(given, held) => slow::within(given, held) == Some(true),
        }
    }

    /// How the two evaluators differ, or `None` where they agree.
    pub fn difference(&self) -> Option<String> {
        match self {
            Finding::Verdict { start, steps, key, question } => {
                let mut end = start.clone();
                let mut possible = end.possible();
                for step in steps {
                    possible = possible && end.allows(step);
                    end = end.after(step);
                    possible = possible && end.possible();
                }
                if !possible {
                    return None;
                }
                let slow = slow::Known::new(&end).verdict(*key, question);
                let built = fast::verdict(&fast::built(&end), *key, question);
                let followed = fast::verdict(&fast::followed(start, steps), *key, question);
                (built != slow || followed != slow)
                    .then(|| format!("the documents: {slow}; built: {built}; followed: {followed}"))
            }
            Finding::Filter(words, text) => differs(slow::filter(*words, text), fast::filter(*words, text)),
            Finding::Networks(entries) => differs(slow::networks(entries), fast::networks(entries)),
            Finding::Grant(words, project, grant) => {
                differs(slow::grant(*words, *project, grant), fast::grant(*words, *project, grant))
            }
            Finding::Legacy(words, level) => {
                differs(slow::legacy(*words, *level), fast::legacy(*words, *level))
            }
            Finding::Subset(words, given, held) => {
                differs(slow::subset(*words, given, held), fast::subset(*words, given, held))
            }
            Finding::Within(given, held) => differs(slow::within(given, held), fast::within(given, held)),
        }
    }
}

fn differs<T: PartialEq + std::fmt::Debug>(slow: T, fast: T) -> Option<String> {
    (slow != fast).then(|| format!("the documents: {slow:?}; the code: {fast:?}"))
}
