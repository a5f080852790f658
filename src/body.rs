//! The body of a request.

use core::cell::OnceCell;
use core::fmt;
use core::ops::Deref;

/// The bytes of a body. The platform may keep those of a long one until somebody looks into it: its signature is checked
/// where it lies, so that what is refused is never copied.
pub struct Body {
    length: usize,
    bytes: OnceCell<Vec<u8>>,
    kept: Option<Kept>,
}

struct Kept {
    number: u32,
    take: Box<dyn Fn() -> Vec<u8>>,
}

impl Body {
    /// A body of so many bytes that the platform keeps under a number, until it is asked, once, for them.
    pub fn kept(length: usize, number: u32, take: impl Fn() -> Vec<u8> + 'static) -> Self {
        Self { length, bytes: OnceCell::new(), kept: Some(Kept { number, take: Box::new(take) }) }
    }

    /// In bytes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.length
    }

    /// Whether it has no byte.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// Its number with the platform, as long as that keeps it.
    #[must_use]
    pub fn number(&self) -> Option<u32> {
        self.kept.as_ref().filter(|_| self.bytes.get().is_none()).map(|kept| kept.number)
    }
}

impl Deref for Body {
    type Target = [u8];

    /// Looks into it: from now on the platform keeps it no more.
    fn deref(&self) -> &[u8] {
        self.bytes.get_or_init(|| self.kept.as_ref().map_or_else(Vec::new, |kept| (kept.take)()))
    }
}

impl From<Vec<u8>> for Body {
    fn from(bytes: Vec<u8>) -> Self {
        Self { length: bytes.len(), bytes: OnceCell::from(bytes), kept: None }
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Body({} bytes)", self.length)
    }
}

#[cfg(test)]
mod tests {
    use core::cell::Cell;
    use std::rc::Rc;

    use super::*;

    #[test]
    fn a_kept_body_is_taken_once_and_only_when_somebody_looks_into_it() {
        let taken = Rc::new(Cell::new(0));
        let count = Rc::clone(&taken);
        let body = Body::kept(4, 7, move || {
            count.set(count.get() + 1);
            b"body".to_vec()
        });
        assert_eq!((body.len(), body.is_empty(), body.number()), (4, false, Some(7)));
        assert_eq!(format!("{body:?}"), "Body(4 bytes)");
        assert_eq!(taken.get(), 0);
        assert_eq!((&*body, &*body), (&b"body"[..], &b"body"[..]));
        assert_eq!((taken.get(), body.number()), (1, None));
    }

    #[test]
    fn bytes_that_are_here_have_no_number() {
        let body = Body::from(b"ab".to_vec());
        assert_eq!((body.len(), body.number(), &*body), (2, None, &b"ab"[..]));
        assert!(Body::from(Vec::new()).is_empty());
    }
}
