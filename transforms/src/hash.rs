//! A hash for tables of words and nodes. It is several times faster than the standard one, and holds off nobody who chooses words to collide.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasher, BuildHasherDefault, Hasher};

/// A map whose keys are words or nodes of a text.
pub(crate) type Table<K, V> = HashMap<K, V, BuildHasherDefault<Quick>>;

/// A set of words or nodes of a text.
pub(crate) type Set<K> = HashSet<K, BuildHasherDefault<Quick>>;

/// The hash of a word.
pub(crate) fn hash_of(word: &str) -> u64 {
    BuildHasherDefault::<Quick>::default().hash_one(word)
}

/// The state of the hash: each part is folded in by a rotation and a multiplication, as the Rust compiler does it for its own tables.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Quick(u64);

/// An odd number whose bits look random.
const FACTOR: u64 = 0x517c_c1b7_2722_0a95;

impl Quick {
    fn add(&mut self, part: u64) {
        self.0 = (self.0.rotate_left(5) ^ part).wrapping_mul(FACTOR);
    }
}

impl Hasher for Quick {
    fn write(&mut self, bytes: &[u8]) {
        let (parts, rest) = bytes.as_chunks::<8>();
        for part in parts {
            self.add(u64::from_le_bytes(*part));
        }
        if !rest.is_empty() {
            self.add(rest.iter().fold(0, |part, &byte| part << 8 | u64::from(byte)));
        }
    }

    fn write_u8(&mut self, part: u8) {
        self.add(part.into());
    }

    fn write_u16(&mut self, part: u16) {
        self.add(part.into());
    }

    fn write_u32(&mut self, part: u32) {
        self.add(part.into());
    }

    fn write_usize(&mut self, part: usize) {
        self.add(part as u64);
    }

    /// The best bits are the upper ones, and tables look at the lower ones first.
    fn finish(&self) -> u64 {
        self.0.rotate_left(26)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_differ_have_hashes_that_differ() {
        let words = ["", "a", "b", "ab", "ba", "file1", "file2", "somewhatLonger1", "somewhatLonger2"];
        let mut hashes: Vec<u64> = words.iter().map(|word| hash_of(word)).collect();
        hashes.sort_unstable();
        hashes.dedup();
        assert_eq!(hashes.len(), words.len());
    }
}
