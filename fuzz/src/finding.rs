//! What both evaluators have a say in, and where they differ.

use crate::case::{Question, Step, Words, World};
use crate::{fast, slow};
use domain::{Grant, Level};
use serde::{Deserialize, Serialize};

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
                // Making a case smaller must not make it one that cannot be.
                if !possible || end.keys.len() <= *key {
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
