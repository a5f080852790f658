//! Steps over JSON that nobody asked for: its grammar (RFC 8259) is checked, but nothing is decoded, and bytes of a
//! string that are no UTF-8 are not found. Most of a delivery goes this way: serde_json, which looks at four bytes at once
//! where a pointer has 32 bits, makes one of a megabyte a fifth dearer.

/// What follows the JSON value that `rest` begins with, after white space; `None` if it does not begin with one.
pub(super) fn value(mut rest: &[u8]) -> Option<&[u8]> {
    let mut open = Open::default();
    loop {
        let (first, after) = token(rest)?;
        rest = if first == b'"' {
            string(after)?
        } else {
            match first {
                b'{' => match token(after)? {
                    (b'}', end) => end,
                    (b'"', name) => {
                        open.push(true);
                        rest = colon(string(name)?)?;
                        continue;
                    }
                    _ => return None,
                },
                b'[' => match token(after)? {
                    (b']', end) => end,
                    _ => {
                        open.push(false);
                        rest = after;
                        continue;
                    }
                },
                b'0'..=b'9' | b'-' => number(first, after)?,
                b't' => after.strip_prefix(b"rue")?,
                b'f' => after.strip_prefix(b"alse")?,
                b'n' => after.strip_prefix(b"ull")?,
                _ => return None,
            }
        };
        loop {
            if open.depth == 0 {
                return Some(rest);
            }
            let (next, after) = token(rest)?;
            rest = after;
            match (next, open.is_table()) {
                (b',', false) => break,
                (b',', true) => {
                    let (b'"', name) = token(rest)? else { return None };
                    rest = colon(string(name)?)?;
                    break;
                }
                (b'}', true) | (b']', false) => open.pop(),
                _ => return None,
            }
        }
    }
}

/// What follows white space: RFC 8259 §2 knows four such bytes.
#[inline(never)]
pub(super) fn space(mut rest: &[u8]) -> &[u8] {
    while let [b' ' | b'\n' | b'\r' | b'\t', after @ ..] = rest {
        rest = after;
    }
    rest
}

/// The next byte that is no white space, and what follows it.
#[inline(always)]
pub(super) fn token(rest: &[u8]) -> Option<(u8, &[u8])> {
    // Between values and commas there is rarely any.
    match rest.split_first()? {
        (first, after) if *first > b' ' => Some((*first, after)),
        _ => space(rest).split_first().map(|(first, after)| (*first, after)),
    }
}

/// What follows a colon.
#[inline(always)]
pub(super) fn colon(rest: &[u8]) -> Option<&[u8]> {
    token(rest).filter(|(byte, _)| *byte == b':').map(|(_, after)| after)
}

/// What follows a string, of which `rest` is what comes after the first quotation mark.
#[inline(always)]
pub(super) fn string(mut rest: &[u8]) -> Option<&[u8]> {
    loop {
        let (byte, after) = special(rest)?;
        rest = match byte {
            b'"' => return Some(after),
            b'\\' => escape(after)?,
            _ => return None,
        };
    }
}

/// The next byte that a string may not have as it is – a quotation mark, a backslash, a control character – and what
/// follows it.
#[inline(always)]
fn special(mut rest: &[u8]) -> Option<(u8, &[u8])> {
    const ONES: u64 = u64::MAX / 0xFF;
    const HIGH: u64 = ONES << 7;
    // Eight bytes at once: the high bit of each byte that is one. A borrow may set bits above the lowest, never below.
    while let Some((eight, after)) = rest.split_first_chunk::<8>() {
        let bytes = u64::from_le_bytes(*eight);
        // With this bit turned over, the quotation mark is next to the control characters.
        let control_or_quote = (bytes ^ (ONES << 1)).wrapping_sub(ONES.wrapping_mul(0x21));
        let backslash = (bytes ^ ONES.wrapping_mul(0x5C)).wrapping_sub(ONES);
        let found = (control_or_quote | backslash) & !bytes & HIGH;
        if found != 0 {
            let (byte, after) = rest.get((found.trailing_zeros() >> 3) as usize..)?.split_first()?;
            return Some((*byte, after));
        }
        rest = after;
    }
    while let Some((byte, after)) = rest.split_first() {
        if matches!(byte, b'"' | b'\\' | ..0x20) {
            return Some((*byte, after));
        }
        rest = after;
    }
    None
}

/// What follows an escape, of which `rest` is what comes after the backslash. Half a surrogate pair is one, too.
fn escape(rest: &[u8]) -> Option<&[u8]> {
    match rest.split_first()? {
        (b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't', after) => Some(after),
        (b'u', digits) => {
            let (digits, after) = digits.split_first_chunk::<4>()?;
            digits.iter().all(u8::is_ascii_hexdigit).then_some(after)
        }
        _ => None,
    }
}

/// What follows a number that begins with `first`, a digit or a minus sign.
fn number(mut first: u8, mut rest: &[u8]) -> Option<&[u8]> {
    if first == b'-' {
        let (digit, after) = rest.split_first()?;
        (first, rest) = (*digit, after);
    }
    match (first, rest) {
        (b'0', [b'0'..=b'9', ..]) => return None,
        (b'0', _) => {}
        (b'1'..=b'9', _) => rest = digits(rest),
        _ => return None,
    }
    if let [b'.', b'0'..=b'9', after @ ..] = rest {
        rest = digits(after);
    } else if let [b'.', ..] = rest {
        return None;
    }
    let ([b'e' | b'E', b'+' | b'-', exponent @ ..] | [b'e' | b'E', exponent @ ..]) = rest else { return Some(rest) };
    exponent.split_first().filter(|(digit, _)| digit.is_ascii_digit()).map(|(_, after)| digits(after))
}

fn digits(mut rest: &[u8]) -> &[u8] {
    while let [b'0'..=b'9', after @ ..] = rest {
        rest = after;
    }
    rest
}

/// The tables and lists that are open, each a bit: what is nested deeply takes no memory to speak of.
#[derive(Default)]
struct Open {
    depth: usize,
    /// The innermost ones, a table as 1, the last one lowest.
    inner: u64,
    /// Those around them, 64 to a word.
    outer: Vec<u64>,
}

impl Open {
    fn push(&mut self, table: bool) {
        if self.depth.is_multiple_of(64) {
            self.outer.push(self.inner);
        }
        self.depth = self.depth.wrapping_add(1);
        self.inner = self.inner << 1 | u64::from(table);
    }

    fn pop(&mut self) {
        self.depth = self.depth.saturating_sub(1);
        self.inner >>= 1;
        if self.depth.is_multiple_of(64) {
            self.inner = self.outer.pop().unwrap_or_default();
        }
    }

    fn is_table(&self) -> bool {
        self.inner & 1 == 1
    }
}

#[cfg(test)]
mod tests;
