//! What is hashed.

use core::cell::OnceCell;

use crate::body::Body;

/// A body, and what is hashed before and after it: no body is copied to stand among its neighbours, unless the hash wants
/// it so.
#[derive(Debug, Default)]
pub struct Framed<'b> {
    before: Vec<u8>,
    body: Option<&'b Body>,
    /// Only where there is a body.
    after: Vec<u8>,
    joined: OnceCell<Vec<u8>>,
}

impl<'b> Framed<'b> {
    /// A body alone.
    pub(crate) fn new(body: &'b Body) -> Self {
        Self { body: Some(body), ..Self::default() }
    }

    /// Adds the body; a second time as a copy.
    pub(crate) fn push_body(&mut self, body: &'b Body) {
        if self.body_len() == 0 {
            self.body = Some(body);
        } else {
            self.push(body);
        }
    }

    /// Adds a copy of some bytes.
    #[inline(never)]
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        let side = if self.body_len() == 0 { &mut self.before } else { &mut self.after };
        side.extend_from_slice(bytes);
    }

    /// The same after some other bytes.
    pub(crate) fn behind(&self, first: &[u8]) -> Self {
        let before = [first, &self.before].concat();
        Self { before, body: self.body, after: self.after.clone(), joined: OnceCell::new() }
    }

    /// In bytes.
    pub(crate) fn len(&self) -> usize {
        self.before.len().saturating_add(self.body_len()).saturating_add(self.after.len())
    }

    fn body_len(&self) -> usize {
        self.body.map_or(0, Body::len)
    }

    fn body(&self) -> &[u8] {
        self.body.map_or(&[], |body| body)
    }

    /// All of it, one after the other.
    pub(crate) fn parts(&self) -> [&[u8]; 3] {
        [&self.before, self.body(), &self.after]
    }

    /// All of it in one: copied at most once, and no body that stands alone.
    #[must_use]
    pub fn joined(&self) -> &[u8] {
        if self.before.is_empty() && self.after.is_empty() {
            return self.body();
        }
        self.joined.get_or_init(|| self.parts().concat())
    }

    /// What precedes a body that the platform keeps, and its number, where that is all.
    #[must_use]
    pub fn kept(&self) -> Option<(&[u8], u32)> {
        let number = self.body?.number().filter(|_| self.after.is_empty())?;
        Some((&self.before, number))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_stays_where_it_is_and_its_neighbours_stand_around_it() {
        let body = Body::from(b"body".to_vec());
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
        let empty = Body::from(Vec::new());
        framed.push_body(&empty);
        framed.push(b"b");
        assert_eq!((framed.joined(), framed.len()), (&b"ab"[..], 2));
    }

    #[test]
    fn what_precedes_a_kept_body_is_told_unless_something_follows() {
        let body = Body::kept(4, 7, || b"body".to_vec());
        let mut framed = Framed::default();
        framed.push(b"a");
        assert_eq!(framed.kept(), None);
        framed.push_body(&body);
        assert_eq!((framed.kept(), framed.behind(b"key").kept()), (Some((&b"a"[..], 7)), Some((&b"keya"[..], 7))));
        let mut longer = framed.behind(b"");
        longer.push(b"c");
        assert_eq!(longer.kept(), None);
        assert_eq!((framed.joined(), framed.kept()), (&b"abody"[..], None));
    }
}
