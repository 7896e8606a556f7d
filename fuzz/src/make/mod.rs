//! Random cases in which near misses are likely: few ids, filters and addresses that are mostly right.

mod address;
mod grant;
mod network;
mod question;
mod world;

use crate::case::{Question, Step, Words, World};
use crate::finding::Finding;
use crate::random::Random;
use domain::Level;

/// One world, what becomes of it, and many questions.
#[derive(Debug)]
pub(crate) struct Story {
    pub(crate) start: World,
    pub(crate) steps: Vec<Step>,
    /// What it all comes to.
    pub(crate) end: World,
    /// Which key, and what is asked with it.
    pub(crate) questions: Vec<(usize, Question)>,
    /// Filters, networks and grants to be accepted or refused.
    pub(crate) written: Vec<Finding>,
}

/// How many questions a story has.
pub(crate) const QUESTIONS: u64 = 48;

pub(crate) fn story(seed: u64, number: u64) -> Story {
    let random = &mut Random::new(seed, number);
    let start = world::world(random);
    let mut end = start.clone();
    let steps = random.some(3, |random| {
        let step = world::step(random, &end);
        end = end.after(&step);
        step
    });
    let questions = (0..QUESTIONS).map(|_| question::question(random, &end)).collect();
    let written = (0..QUESTIONS / 8).flat_map(|_| written(random)).collect();
    Story { start, steps, end, questions, written }
}

fn written(random: &mut Random) -> [Finding; 6] {
    let words = *random.pick(&[&Words::Default, &Words::Odd]);
    let filter = address::filter(random, words, 0);
    let networks = random.some(3, |random| network::mistaken(random, 30));
    [
        Finding::Filter(words, address::mistaken(random, filter)),
        Finding::Networks(networks),
        Finding::Grant(words, 0, grant::grant(random, words, 0, 5)),
        Finding::Legacy(
            words,
            *random.pick(&[&Level::None, &Level::ReadOnly, &Level::ReadWrite, &Level::Restricted]),
        ),
        grant::subset(random, words),
        Finding::Within(random.some(3, network::entry), random.some(3, network::entry)),
    ]
}
