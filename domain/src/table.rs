//! A map that is cheap to clone: a change copies one shard in 4,096, readers keep the old one.

use std::sync::Arc;

/// Both levels fan out by this much.
const FAN: usize = 64;

type Branch<K, V> = [Shard<K, V>; FAN];

/// A persistent map over keys that are uniformly random: keyed digests and the random end of ids.
#[derive(Debug)]
pub(crate) struct Table<K, V> {
    root: Arc<[Arc<Branch<K, V>>; FAN]>,
}

/// Open addressing: an item stands in its own slot or, when that is taken, in the next free one. Slots are
/// small, so a look-up among a million items waits for memory twice: for the slot and for the item.
#[derive(Debug)]
struct Shard<K, V> {
    /// A power of two; at most three in four are taken, so that every search finds an end.
    slots: Arc<[Option<Item<K, V>>]>,
    taken: usize,
}

#[derive(Debug)]
struct Item<K, V> {
    word: u64,
    pair: Arc<(K, V)>,
}

/// 64 uniformly random bits of a key; nobody outside can choose them.
pub(crate) trait Word {
    fn word(&self) -> u64;
}

impl<K: Word + Eq, V> Table<K, V> {
    pub(crate) fn new() -> Table<K, V> {
        let branch: Arc<Branch<K, V>> = Arc::new(std::array::from_fn(|_| Shard::with_slots(0)));
        Table { root: Arc::new(std::array::from_fn(|_| Arc::clone(&branch))) }
    }

    pub(crate) fn get(&self, key: &K) -> Option<&V> {
        let (branch, shard) = place(key.word());
        self.root.get(branch)?.get(shard)?.get(key)
    }

    /// Puts the value in; true when there was one before.
    pub(crate) fn insert(&mut self, key: K, value: V) -> bool {
        let item = Item { word: key.word(), pair: Arc::new((key, value)) };
        self.shard_mut(item.word).is_some_and(|shard| shard.insert(item).is_some())
    }

    /// Takes the value out; true when there was one.
    pub(crate) fn remove(&mut self, key: &K) -> bool {
        self.shard_mut(key.word()).is_some_and(|shard| shard.remove(key).is_some())
    }

    fn shard_mut(&mut self, word: u64) -> Option<&mut Shard<K, V>> {
        let (branch, shard) = place(word);
        let branch = Arc::make_mut(&mut self.root).get_mut(branch)?;
        Arc::make_mut(branch).get_mut(shard)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&K, &V)> {
        let shards = self.root.iter().flat_map(|branch| branch.iter());
        shards.flat_map(|shard| shard.slots.iter().flatten()).map(|item| (&item.pair.0, &item.pair.1))
    }
}

impl<K: Word + Eq, V> Shard<K, V> {
    fn with_slots(count: usize) -> Shard<K, V> {
        Shard { slots: (0..count).map(|_| None).collect(), taken: 0 }
    }

    fn get(&self, key: &K) -> Option<&V> {
        let word = key.word();
        let (behind, ahead) = self.slots.split_at_checked(self.home(word))?;
        let mut searched = ahead.iter().chain(behind).map_while(Option::as_ref);
        searched.find(|item| item.is(word, key)).map(|item| &item.pair.1)
    }

    /// What was there before comes out.
    fn insert(&mut self, item: Item<K, V>) -> Option<Item<K, V>> {
        if (self.taken + 1) * 4 > self.slots.len() * 3 {
            *self = self.moved_to((self.slots.len() * 2).max(4));
        }
        let before = self.slot_mut(&item.pair.0)?.replace(item);
        self.taken += usize::from(before.is_none());
        before
    }

    fn remove(&mut self, key: &K) -> Option<Item<K, V>> {
        let item = self.slot_mut(key)?.take()?;
        // Those behind it may stand where they do only because its slot was taken.
        *self = self.moved_to(self.slots.len());
        Some(item)
    }

    fn moved_to(&self, slots: usize) -> Shard<K, V> {
        let mut moved = Shard::with_slots(slots);
        for item in self.slots.iter().flatten() {
            moved.insert(item.clone());
        }
        moved
    }

    /// The slot of the key, or the free one that is next for it, in slots that are this shard's own.
    fn slot_mut(&mut self, key: &K) -> Option<&mut Option<Item<K, V>>> {
        let word = key.word();
        let home = self.home(word);
        let (behind, ahead) = Arc::make_mut(&mut self.slots).split_at_mut_checked(home)?;
        let fits = |slot: &&mut Option<Item<K, V>>| slot.as_ref().is_none_or(|item| item.is(word, key));
        ahead.iter_mut().chain(behind).find(fits)
    }

    /// All keys of a shard share the top twelve bits of their words, so lower ones are used.
    fn home(&self, word: u64) -> usize {
        let mask = self.slots.len().saturating_sub(1);
        usize::try_from(word >> 20 & u64::from(u32::MAX)).unwrap_or(0) & mask
    }
}

impl<K: Eq, V> Item<K, V> {
    fn is(&self, word: u64, key: &K) -> bool {
        self.word == word && self.pair.0 == *key
    }
}

impl<K, V> Clone for Item<K, V> {
    fn clone(&self) -> Item<K, V> {
        Item { word: self.word, pair: Arc::clone(&self.pair) }
    }
}

impl<K, V> Clone for Shard<K, V> {
    fn clone(&self) -> Shard<K, V> {
        Shard { slots: Arc::clone(&self.slots), taken: self.taken }
    }
}

impl<K, V> Clone for Table<K, V> {
    fn clone(&self) -> Table<K, V> {
        Table { root: Arc::clone(&self.root) }
    }
}

/// The top twelve bits choose the shard.
fn place(word: u64) -> (usize, usize) {
    let six = |shift: u32| usize::try_from(word >> shift & 63).unwrap_or(0);
    (six(58), six(52))
}

impl Word for crate::Digest {
    fn word(&self) -> u64 {
        self.as_bytes().first_chunk().map_or(0, |first| u64::from_be_bytes(*first))
    }
}

macro_rules! word_of_id {
    ($($id:ty),*) => {$(
        impl Word for $id {
            fn word(&self) -> u64 {
                // The last 62 bits of a version 7 UUID are random; the two above are its variant.
                self.as_bytes().last_chunk().map_or(0, |last| u64::from_be_bytes(*last) << 2)
            }
        }
    )*};
}
word_of_id!(crate::ImportId, crate::KeyId, crate::ProjectId);

#[cfg(test)]
mod tests;
