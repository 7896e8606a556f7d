//! Many stories, on all cores, until there are enough cases or there is a difference.

use crate::make::{self, QUESTIONS, Story};
use crate::{Finding, fast, slow};
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// What came of it.
#[derive(Debug, Default)]
pub struct Outcome {
    /// How many verdicts were compared.
    pub cases: u64,
    /// How many filters, lists of networks and grants were compared.
    pub written: u64,
    /// How many of these were accepted.
    pub accepted: u64,
    /// How often each verdict was given.
    pub verdicts: BTreeMap<&'static str, u64>,
    /// The first difference that was met, as it was met.
    pub difference: Option<Finding>,
}

/// Compares at least so many verdicts.
pub fn run(seed: u64, cases: u64) -> Outcome {
    let stories = cases.div_ceil(QUESTIONS);
    let next = AtomicU64::new(0);
    let over = AtomicBool::new(false);
    let total = Mutex::new(Outcome::default());
    let work = || {
        let mut own = Outcome::default();
        while !over.load(Ordering::Relaxed) {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= stories {
                break;
            }
            tell(&make::story(seed, number), &mut own);
            if own.difference.is_some() {
                over.store(true, Ordering::Relaxed);
            }
        }
        let mut total = total.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        total.add(own);
    };
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    std::thread::scope(|scope| (0..threads).for_each(|_| drop(scope.spawn(work))));
    total.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner)
}

fn tell(story: &Story, outcome: &mut Outcome) {
    let known = slow::Known::new(&story.end);
    let built = fast::built(&story.end);
    let followed = fast::followed(&story.start, &story.steps);
    for (key, question) in &story.questions {
        let verdict = known.verdict(*key, question);
        outcome.cases += 1;
        *outcome.verdicts.entry(verdict).or_default() += 1;
        let same = |snapshot| fast::verdict(snapshot, *key, question) == verdict;
        if !same(&built) || !same(&followed) {
            outcome.difference = Some(Finding::Verdict {
                start: story.start.clone(),
                steps: story.steps.clone(),
                key: *key,
                question: question.clone(),
            });
            return;
        }
    }
    for written in &story.written {
        outcome.written += 1;
        outcome.accepted += u64::from(written.accepted());
        if written.difference().is_some() {
            outcome.difference = Some(written.clone());
            return;
        }
    }
}

impl Outcome {
    fn add(&mut self, other: Outcome) {
        self.cases += other.cases;
        self.written += other.written;
        self.accepted += other.accepted;
        for (verdict, count) in other.verdicts {
            *self.verdicts.entry(verdict).or_default() += count;
        }
        self.difference = self.difference.take().or(other.difference);
    }
}
