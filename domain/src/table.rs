//! A map that is cheap to clone: a change copies one shard in 4,096, readers keep the old one.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hash, Hasher};
use std::sync::Arc;

/// Both levels fan out by this much.
const FAN: usize = 64;

type Shard<K, V> = HashMap<K, V, BuildHasherDefault<InShard>>;
type Branch<K, V> = [Arc<Shard<K, V>>; FAN];

/// A persistent map over keys that are uniformly random: keyed digests and the random end of ids.
#[derive(Debug)]
pub(crate) struct Table<K, V> {
    root: Arc<[Arc<Branch<K, V>>; FAN]>,
}

/// 64 uniformly random bits of a key; nobody outside can choose them.
pub(crate) trait Word {
    fn word(&self) -> u64;
}

impl<K: Word + Hash + Eq + Clone, V: Clone> Table<K, V> {
    pub(crate) fn new() -> Table<K, V> {
        let branch: Arc<Branch<K, V>> = Arc::new(std::array::from_fn(|_| Arc::default()));
        Table { root: Arc::new(std::array::from_fn(|_| Arc::clone(&branch))) }
    }

    pub(crate) fn get(&self, key: &K) -> Option<&V> {
        let (branch, shard) = place(key.word());
        self.root.get(branch)?.get(shard)?.get(key)
    }

    /// Puts the value in; what was there before comes out.
    pub(crate) fn insert(&mut self, key: K, value: V) -> Option<V> {
        self.shard_mut(&key)?.insert(key, value)
    }

    pub(crate) fn remove(&mut self, key: &K) -> Option<V> {
        self.shard_mut(key)?.remove(key)
    }

    /// The shard of the key, this table's own from now on.
    fn shard_mut(&mut self, key: &K) -> Option<&mut Shard<K, V>> {
        let (branch, shard) = place(key.word());
        let branch = Arc::make_mut(&mut self.root).get_mut(branch)?;
        Arc::make_mut(branch).get_mut(shard).map(Arc::make_mut)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&K, &V)> {
        self.root.iter().flat_map(|branch| branch.iter()).flat_map(|shard| shard.iter())
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

/// The first eight bytes of a digest.
pub(crate) fn word(bytes: &[u8; 32]) -> u64 {
    bytes.first_chunk().map_or(0, |first| u64::from_be_bytes(*first))
}

impl Word for crate::Digest {
    fn word(&self) -> u64 {
        word(self.as_bytes())
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
word_of_id!(crate::KeyId, crate::ProjectId);

/// Hashes within a shard: all its keys share the top twelve bits, so the ones below are used.
#[derive(Default)]
pub(crate) struct InShard(u64);

impl Hasher for InShard {
    fn finish(&self) -> u64 {
        self.0 << 12 | self.0 >> 20 & 0xfff
    }

    fn write(&mut self, bytes: &[u8]) {
        self.0 = bytes.last_chunk().map_or(0, |last| u64::from_be_bytes(*last) << 2);
    }

    fn write_u64(&mut self, word: u64) {
        self.0 = word;
    }

    // The length of a byte array says nothing.
    fn write_usize(&mut self, _: usize) {}
}

#[cfg(test)]
mod tests;
