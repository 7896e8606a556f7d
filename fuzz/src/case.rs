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
    /// The keys.
    pub keys: Vec<Key>,
}

/// A key as written down.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Key {
    /// Its project.
    pub project: usize,
    /// Which of its two secrets it has.
    #[serde(default)]
    pub secret: usize,
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
    /// Another catalog.
    Words(Words),
}

/// What is asked with a key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    /// Which of the key's two secrets is presented.
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
    /// Whether the first grant gives nothing that the second does not give.
    Subset(Words, Grant, Grant),
    /// Whether the first list lets nobody through whom the second does not let through.
    Within(Vec<String>, Vec<String>),
}

impl World {
    /// Whether this can be on record: lists of networks were accepted, each resource is registered once and under
    /// its canonical name, and an organization is removed only when its projects are.
    fn possible(&self) -> bool {
        let registered = |(text, _): &(String, usize)| {
            let canonical = |words| slow::filter(words, text).as_ref() == Some(text);
            let once = self.resources.iter().filter(|(other, _)| other == text).count() == 1;
            once && !text.contains(['*', '#']) && (canonical(Words::Default) || canonical(Words::Odd))
        };
        let standing = |(at, standing): (usize, &Standing)| {
            *standing != Standing::Alive || self.closed.get(crate::places::organization_of(at)) != Some(&true)
        };
        let networks =
            |key: &Key| slow::networks(&key.networks).is_some() && fast::networks(&key.networks).is_some();
        self.resources.iter().all(registered)
            && self.projects.iter().enumerate().all(standing)
            && self.keys.iter().all(networks)
    }

    /// Whether this can happen: to a key that there is, and to a project once it is there for ever.
    fn allows(&self, step: &Step) -> bool {
        match step {
            Step::Key(at, _) => self.keys.len() > *at,
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
            Step::Words(words) => next.words = *words,
        }
        next
    }
}

impl Finding {
    /// Whether the documents accept what is written; a verdict is none of it.
    pub(crate) fn accepted(&self) -> bool {
        match self {
            Finding::Verdict { .. } => false,
            Finding::Filter(words, text) => slow::filter(*words, text).is_some(),
            Finding::Networks(entries) => slow::networks(entries).is_some(),
            Finding::Grant(words, project, grant) => slow::grant(*words, *project, grant).is_some(),
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
