//! What happens to good input on its way: the same on every run.

/// A source of damage.
#[derive(Debug, Clone)]
pub struct Damage(u64);

/// Bytes that parsers look out for.
const DELICATE: &[u8] = b"\0\n\r\t \"'()[]{}<>:;,.-+*&!|#%@\\/=~`$^_?\x7f\x80\xc0\xff09azAZ";

// === impl Damage ===

impl Damage {
    /// A source that always does the same.
    pub const fn new(start: u64) -> Self {
        Self(start)
    }

    /// The next number, by Steele's and Vigna's `SplitMix64`.
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`; 0 where there is none.
    fn below(&mut self, end: usize) -> usize {
        let end = u64::try_from(end).unwrap_or(u64::MAX).max(1);
        usize::try_from(self.next() % end).unwrap_or_default()
    }

    /// Bytes without any sense, up to so many.
    pub fn noise(&mut self, most: usize) -> Vec<u8> {
        let length = self.below(most + 1);
        (0..length).map(|_| self.byte()).collect()
    }

    /// One of these.
    pub fn one_of<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len())]
    }

    /// The same with one to four injuries.
    pub fn of(&mut self, good: &[u8]) -> Vec<u8> {
        let mut bytes = good.to_vec();
        for _ in 0..=self.below(4) {
            self.injure(&mut bytes);
        }
        bytes
    }

    fn injure(&mut self, bytes: &mut Vec<u8>) {
        let at = self.below(bytes.len());
        match self.below(7) {
            0 => bytes.truncate(at),
            1 if !bytes.is_empty() => bytes[at] = self.byte(),
            2 if !bytes.is_empty() => bytes[at] ^= 1 << self.below(8),
            3 if !bytes.is_empty() => drop(bytes.remove(at)),
            4 => {
                let length = self.below(bytes.len() - at + 1).min(64);
                let piece = bytes[at..at + length].to_vec();
                let to = self.below(bytes.len() + 1);
                bytes.splice(to..to, piece);
            }
            5 => {
                let (byte, times) = (self.byte(), self.below(40));
                bytes.splice(at..at, std::iter::repeat_n(byte, times));
            }
            _ => {
                let byte = self.byte();
                bytes.insert(at.min(bytes.len()), byte);
            }
        }
    }

    /// Any byte, more often one that means something.
    fn byte(&mut self) -> u8 {
        if self.below(2) == 0 {
            *self.one_of(DELICATE)
        } else {
            u8::try_from(self.next() & 0xff).unwrap_or_default()
        }
    }
}
