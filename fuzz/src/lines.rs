//! Mutation by lines: configuration and requests are made of them, and single bytes rarely make two hooks with one id,
//! or a header that is there twice.

use libfuzzer_sys::fuzzer_mutate;

/// Changes the first `size` bytes of `data`, to at most `longest`: half the time as libFuzzer does, else by lines.
/// Returns the new size.
pub fn mutate(data: &mut [u8], size: usize, longest: usize, seed: u32) -> usize {
    let mut dice = Dice(u64::from(seed) | 1 << 32);
    if dice.below(2) == 0 {
        return fuzzer_mutate(data, size, longest);
    }
    let mut lines: Vec<Vec<u8>> = data[..size].split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
    if lines.is_empty() {
        return fuzzer_mutate(data, size, longest);
    }
    for _ in 0..=dice.below(3) {
        let (at, to) = (dice.below(lines.len()), dice.below(lines.len() + 1));
        let some = at..(at + 1 + dice.below(8)).min(lines.len());
        match dice.below(5) {
            // Twice, also far away.
            0 => drop(lines.splice(to..to, lines[at..=at].to_vec())),
            1 => drop(lines.splice(to..to, lines[some].to_vec())),
            2 if lines.len() > 1 => drop(lines.remove(at)),
            3 => {
                let other = dice.below(lines.len());
                lines.swap(at, other);
            }
            // One line in the place of another, sooner of one with the same key.
            _ => {
                let alike: Vec<usize> =
                    (0..lines.len()).filter(|other| key(&lines[*other]) == key(&lines[at])).collect();
                let other = if dice.below(2) == 0 { alike[dice.below(alike.len())] } else { dice.below(lines.len()) };
                lines[other] = lines[at].clone();
            }
        }
    }
    let mut changed = lines.concat();
    changed.truncate(longest.min(data.len()));
    data[..changed.len()].copy_from_slice(&changed);
    changed.len()
}

/// What `key = value` or `name: value` begins with.
fn key(line: &[u8]) -> &[u8] {
    line.split(|byte| b"=:".contains(byte)).next().unwrap_or(line)
}

/// Numbers from a seed (xorshift64): the same mutation for the same seed.
struct Dice(u64);

impl Dice {
    fn below(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 16).unwrap_or(0) % sides
    }
}
