//! ECDSA signatures as DER writes them (RFC 3279 §2.2.3): two positive integers, in one spelling.

/// The 64 bytes of `r` and `s` that WebCrypto wants.
pub(crate) fn to_fixed(der: &[u8]) -> Option<[u8; 64]> {
    let [0x30, length, rest @ ..] = der else { return None };
    if usize::from(*length) != rest.len() {
        return None;
    }
    let (r, rest) = integer(rest)?;
    let (s, rest) = integer(rest)?;
    if !rest.is_empty() {
        return None;
    }
    let mut fixed = [0; 64];
    let (left, right) = fixed.split_at_mut(32);
    left.copy_from_slice(&r);
    right.copy_from_slice(&s);
    Some(fixed)
}

/// An integer of at most 256 bits without needless zeros, and what follows it.
fn integer(der: &[u8]) -> Option<([u8; 32], &[u8])> {
    let [0x02, length, rest @ ..] = der else { return None };
    let (digits, rest) = rest.split_at_checked(usize::from(*length))?;
    let digits = match digits {
        [0, digits @ ..] if digits.first().is_some_and(|first| *first >= 0x80) => digits,
        [1..=0x7f, ..] => digits,
        _ => return None,
    };
    let mut number = [0; 32];
    number.get_mut(32_usize.checked_sub(digits.len())?..)?.copy_from_slice(digits);
    Some((number, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_integer_is_padded_to_its_width() {
        let mut fixed = [0; 64];
        (fixed[31], fixed[62], fixed[63]) = (7, 0x80, 1);
        assert_eq!(to_fixed(&[0x30, 8, 2, 1, 7, 2, 3, 0, 0x80, 1]), Some(fixed));
    }

    #[test]
    fn a_number_has_one_spelling() {
        for wrong in [
            &[][..],
            &[0x30, 0],
            &[0x30, 6, 2, 1, 7, 2, 1, 7, 0],
            &[0x30, 7, 2, 1, 7, 2, 1, 7, 0],
            &[0x30, 7, 2, 2, 0, 7, 2, 1, 7],
            &[0x30, 6, 2, 1, 0x80, 2, 1, 7],
            &[0x30, 5, 2, 0, 2, 1, 7],
            &[0x30, 6, 2, 1, 0, 2, 1, 7],
            &[0x30, 6, 2, 1, 7, 2, 2, 7],
            &[0x30, 0x81, 6, 2, 1, 7, 2, 1, 7],
            &[0x31, 6, 2, 1, 7, 2, 1, 7],
            &[0x30, 6, 3, 1, 7, 2, 1, 7],
        ] {
            assert_eq!(to_fixed(wrong), None, "{wrong:?}");
        }
        let long = [&[0x30, 38, 2, 33][..], &[7; 33], &[2, 1, 7]].concat();
        assert_eq!(to_fixed(&long), None, "257 bits or more");
    }
}
