use super::Table;
use crate::{Digest, KeyId, Timestamp};
use proptest::prelude::*;
use std::collections::HashMap;

/// One of 64 digests in four shards, four of them with the same word.
fn digest(which: u8) -> Digest {
    let mut bytes = [0; 32];
    bytes[0] = which & 1;
    bytes[1] = which << 3 & 0x10;
    bytes[4] = which >> 2 & 3;
    bytes[31] = which >> 4 & 3;
    Digest::from_bytes(bytes)
}

#[derive(Debug, Clone)]
enum Step {
    Insert(u8, u32),
    Remove(u8),
    Keep,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => any::<(u8, u32)>().prop_map(|(key, value)| Step::Insert(key % 64, value)),
        2 => any::<u8>().prop_map(|key| Step::Remove(key % 64)),
        1 => Just(Step::Keep),
    ]
}

fn assert_same(table: &Table<Digest, u32>, model: &HashMap<Digest, u32>) {
    for which in 0..64 {
        assert_eq!(table.get(&digest(which)), model.get(&digest(which)), "{which}");
    }
    let all: HashMap<Digest, u32> = table.iter().map(|(key, value)| (*key, *value)).collect();
    assert_eq!((&all, table.iter().count()), (model, model.len()));
}

proptest! {
    #[test]
    fn a_table_is_a_map_and_a_clone_of_it_never_changes(steps in proptest::collection::vec(step(), 0..60)) {
        let (mut table, mut model) = (Table::new(), HashMap::new());
        let mut kept = Vec::new();
        for step in steps {
            match step {
                Step::Insert(key, value) => {
                    prop_assert_eq!(table.insert(digest(key), value), model.insert(digest(key), value).is_some());
                }
                Step::Remove(key) => prop_assert_eq!(table.remove(&digest(key)), model.remove(&digest(key)).is_some()),
                Step::Keep => kept.push((table.clone(), model.clone())),
            }
        }
        kept.push((table, model));
        for (table, model) in &kept {
            assert_same(table, model);
        }
    }
}

#[test]
fn a_table_keeps_ids_apart_that_were_made_in_the_same_moment() {
    let mut rng =
        proptest::test_runner::TestRng::deterministic_rng(proptest::test_runner::RngAlgorithm::ChaCha);
    let ids: Vec<KeyId> = (0..10_000).map(|_| KeyId::generate(Timestamp::from_micros(1), &mut rng)).collect();
    let mut table = Table::new();
    for (at, id) in ids.iter().enumerate() {
        table.insert(*id, at);
    }
    assert!(ids.iter().enumerate().all(|(at, id)| table.get(id) == Some(&at)));
    let occupied = table.root.iter().flat_map(|branch| branch.iter()).filter(|shard| shard.taken > 0).count();
    assert!(occupied > 3_500, "{occupied} of 4096 shards");
}
