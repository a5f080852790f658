//! What is hashed.

use core::cell::OnceCell;

/// A body, and what is hashed before and after it: no body is copied to stand among its neighbours.
#[derive(Debug, Default)]
pub(crate) struct Framed<'b> {
    before: Vec<u8>,
    body: &'b [u8],
    /// Only where there is a body.
    after: Vec<u8>,
    joined: OnceCell<Vec<u8>>,
}

impl<'b> Framed<'b> {
    /// A body alone.
    pub(crate) fn new(body: &'b [u8]) -> Self {
        Self { body, ..Self::default() }
    }

    /// Adds the body; a second time as a copy.
    pub(crate) fn push_body(&mut self, body: &'b [u8]) {
        if self.body.is_empty() {
            self.body = body;
        } else {
            self.push(body);
        }
    }

    /// Adds a copy of some bytes.
    #[inline(never)]
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        let side = if self.body.is_empty() { &mut self.before } else { &mut self.after };
        side.extend_from_slice(bytes);
    }

    /// The same after some other bytes.
    pub(crate) fn behind(&self, first: &[u8]) -> Self {
        let mut behind = Self::default();
        behind.push(first);
        behind.push(&self.before);
        behind.push_body(self.body);
        behind.push(&self.after);
        behind
    }

    /// In bytes.
    pub(crate) fn len(&self) -> usize {
        self.before.len().saturating_add(self.body.len()).saturating_add(self.after.len())
    }

    /// All of it, one after the other.
    pub(crate) fn parts(&self) -> [&[u8]; 3] {
        [&self.before, self.body, &self.after]
    }

    /// All of it in one: copied at most once, and no body that stands alone.
    pub(crate) fn joined(&self) -> &[u8] {
        if self.before.is_empty() && self.after.is_empty() {
            return self.body;
        }
        self.joined.get_or_init(|| self.parts().concat())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_stays_where_it_is_and_its_neighbours_stand_around_it() {
        let body = b"body".to_vec();
        let mut framed = Framed::default();
        assert_eq!((framed.len(), framed.joined()), (0, &b""[..]));
        for part in [&b"a"[..], b"", b"b"] {
            framed.push(part);
        }
        framed.push_body(&body);
        framed.push(b"c");
        framed.push_body(&body);
        assert_eq!(framed.parts(), [&b"ab"[..], b"body", b"cbody"]);
        assert_eq!(framed.parts()[1].as_ptr(), body.as_ptr());
        assert_eq!((framed.len(), framed.joined()), (11, &b"abbodycbody"[..]));
        assert_eq!(framed.joined().as_ptr(), framed.joined().as_ptr(), "joined once");
        let behind = framed.behind(b"key");
        assert_eq!((behind.len(), behind.joined()), (14, &b"keyabbodycbody"[..]));
        assert_eq!(Framed::new(&body).joined().as_ptr(), body.as_ptr(), "a body alone is not copied");
    }

    #[test]
    fn what_follows_an_empty_body_follows_what_preceded_it() {
        let mut framed = Framed::default();
        framed.push(b"a");
        framed.push_body(b"");
        framed.push(b"b");
        assert_eq!((framed.joined(), framed.len()), (&b"ab"[..], 2));
    }
}
