//! A hash for telling texts apart: FNV-1a of 128 bits, small, and the same on every machine and in every version of the compiler.

use std::fmt;

/// A hash that grows. It is shown as 32 hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hash(u128);

impl Hash {
    const PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013b;

    /// That of nothing.
    pub fn new() -> Self {
        Self(0x6c62_272e_07bb_0142_62b8_2175_6295_c58d)
    }

    /// That of some bytes.
    pub fn of(bytes: &[u8]) -> Self {
        let mut hash = Self::new();
        hash.bytes(bytes.iter().copied());
        hash
    }

    /// Adds a part of Go source. A carriage return counts nowhere, as in Go. No text holds the byte that ends the part, so that
    /// parts do not run together.
    pub fn part(&mut self, text: &str) {
        self.bytes(text.bytes().filter(|&byte| byte != b'\r').chain([0xff]));
    }

    /// Adds bytes.
    pub fn bytes(&mut self, bytes: impl Iterator<Item = u8>) {
        for byte in bytes {
            self.0 = (self.0 ^ u128::from(byte)).wrapping_mul(Self::PRIME);
        }
    }

    /// The number that it is.
    pub fn value(self) -> u128 {
        self.0
    }
}

impl Default for Hash {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The values stand in the description of FNV, of an empty string and of `a`.
    #[test]
    fn it_is_the_hash_that_others_know() {
        assert_eq!(Hash::of(b"").to_string(), "6c62272e07bb014262b821756295c58d");
        assert_eq!(Hash::of(b"a").to_string(), "d228cb696f1a8caf78912b704e4a8964");
    }
}
