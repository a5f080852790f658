//! The four objects a delivery may name, and the identifiers each is known by, in WunderAutomation's order.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

/// A kind of WordPress object. One of each at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ObjectKind {
    Post,
    User,
    Comment,
    Order,
}

/// A kind of identifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum IdentifierKind {
    Id,
    Slug,
    Email,
    Login,
    OrderKey,
}

/// How a hook finds one object.
#[derive(Debug)]
pub(crate) struct ObjectRule {
    pub(crate) kind: ObjectKind,
    pub(crate) by: Vec<IdentifierKind>,
    pub(crate) required: bool,
    /// Whether the origin forgives: it looks for an ID first, and takes `1e0` and `101abc` for one.
    pub(crate) forgiven: bool,
}

/// An object that a delivery names. Only [`ObjectRule::named`] makes one.
#[derive(Debug)]
pub(crate) struct NamedObject<'g> {
    rule: &'g ObjectRule,
    identifier: String,
}

impl ObjectKind {
    pub(crate) const ALL: [Self; 4] = [Self::Post, Self::User, Self::Comment, Self::Order];

    pub(crate) fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Post => "post",
            Self::User => "user",
            Self::Comment => "comment",
            Self::Order => "order",
        }
    }

    /// The identifiers of this kind, in the order the origin tries them.
    pub(crate) fn identifiers(self) -> &'static [IdentifierKind] {
        use IdentifierKind::{Email, Id, Login, OrderKey, Slug};
        match self {
            Self::Post => &[Id, Slug],
            Self::User => &[Id, Email, Login],
            Self::Comment => &[Id],
            Self::Order => &[Id, OrderKey],
        }
    }
}

impl IdentifierKind {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::Slug => "slug",
            Self::Email => "email",
            Self::Login => "login",
            Self::OrderKey => "key",
        }
    }

    /// Whether `text` is spelled like this identifier. `1e0`, `4abc` and ` 2` are no IDs, whatever PHP makes of them.
    fn fits(self, text: &str) -> bool {
        let bytes = text.as_bytes();
        let within = |most: usize| !bytes.is_empty() && bytes.len() <= most;
        match self {
            // A signed 64-bit column holds 19 digits.
            Self::Id => within(19) && !text.starts_with('0') && bytes.iter().all(u8::is_ascii_digit),
            // wp_posts.post_name is varchar(200); a page's path has slashes.
            Self::Slug => within(200) && text.split('/').all(slug),
            Self::Email => within(100) && email(text),
            // wp_users.user_login is varchar(60); the characters are those of sanitize_user() in strict mode. Dots alone
            // would be a way up in the path of a URL.
            Self::Login => {
                within(60)
                    && text.trim() == text
                    && !text.contains("  ")
                    && text.contains(|c: char| c.is_ascii_alphanumeric())
                    && text.chars().all(|c| c.is_ascii_alphanumeric() || " _.-@*".contains(c))
            }
            Self::OrderKey => within(64) && bytes.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-')),
        }
    }

    /// Whether PHP would read a number in a text that is to be no ID: `(int)` in front of a slug, `is_numeric()` in a
    /// whole login or order key. No e-mail address is one. An escape that stands for no letter may be struck out, and
    /// digits be left.
    fn is_misread(self, text: &str) -> bool {
        let digit = |b: u8| b.is_ascii_digit();
        match self {
            Self::Id | Self::Email => false,
            Self::Slug => unescaped(text).is_none_or(|letters| letters.bytes().next().is_some_and(digit)),
            Self::Login | Self::OrderKey => {
                text.bytes().any(digit) && text.bytes().all(|b| digit(b) || b".eE-+".contains(&b))
            }
        }
    }
}

impl ObjectRule {
    /// The object that `text` identifies, if it is spelled like one of its identifiers.
    pub(crate) fn named(&self, text: &str) -> Option<NamedObject<'_>> {
        self.candidates(text).next().map(|_| NamedObject { rule: self, identifier: text.into() })
    }

    /// The kinds of identifier that `text` may be, in order.
    fn candidates(&self, text: &str) -> impl Iterator<Item = IdentifierKind> {
        self.by.iter().copied().filter(move |kind| kind.fits(text) && !(self.forgiven && kind.is_misread(text)))
    }

    /// Whether nothing but an ID names it.
    pub(crate) fn is_by_id(&self) -> bool {
        self.by.iter().all(|kind| *kind == IdentifierKind::Id)
    }
}

impl NamedObject<'_> {
    pub(crate) fn kind(&self) -> ObjectKind {
        self.rule.kind
    }

    /// Whether the delivery makes no sense without it.
    pub(crate) fn is_required(&self) -> bool {
        self.rule.required
    }

    /// The text by which it is known. No identifier's grammar has a character that JSON would escape.
    pub(crate) fn identifier(&self) -> &str {
        &self.identifier
    }

    /// The kinds of identifier that the text may be, in the order in which the origin tries them.
    pub(crate) fn candidates(&self) -> impl Iterator<Item = IdentifierKind> {
        self.rule.candidates(&self.identifier)
    }
}

/// The slugs WordPress makes (`sanitize_title`): letters, digits, `-`, `_`, and escapes of what is not ASCII.
fn slug(text: &str) -> bool {
    let mut parts = text.split('%');
    let plain = |part: &str| part.chars().all(|c| c.is_alphanumeric() || c == '-' || c == '_');
    let escape = |part: &str| matches!(part.as_bytes(), [b'8' | b'9' | b'a'..=b'f', b'0'..=b'9' | b'a'..=b'f', ..]);
    !text.is_empty() && parts.next().is_some_and(plain) && parts.all(|part| escape(part) && plain(part))
}

/// A slug in the letters that its escapes stand for, if they stand for any.
pub(crate) fn unescaped(slug: &str) -> Option<Cow<'_, str>> {
    percent_decode_str(slug).decode_utf8().ok()
}

/// The e-mail addresses WordPress accepts (`is_email`): one `@`, ASCII, a domain with a dot.
fn email(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else { return false };
    let local_ok =
        !local.is_empty() && local.chars().all(|c| c.is_ascii_alphanumeric() || "!#$%&'*+/=?^_`{|}~.-".contains(c));
    let label_ok = |label: &str| {
        !label.is_empty()
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
    };
    local_ok && domain.contains('.') && domain.split('.').all(label_ok)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(kind: ObjectKind, text: &str) -> Vec<&'static str> {
        named_by(kind, kind.identifiers(), text, false)
    }

    fn named_by(kind: ObjectKind, by: &[IdentifierKind], text: &str, forgiven: bool) -> Vec<&'static str> {
        let rule = ObjectRule { kind, by: by.to_vec(), required: true, forgiven };
        rule.candidates(text).map(IdentifierKind::name).collect()
    }

    #[test]
    fn identifiers_are_tried_in_wunderautomations_order() {
        assert_eq!(names(ObjectKind::Post, "999"), ["id", "slug"]);
        assert_eq!(names(ObjectKind::User, "123"), ["id", "login"]);
        assert_eq!(names(ObjectKind::User, "adam"), ["login"]);
        assert_eq!(names(ObjectKind::User, "adam@example.com"), ["email", "login"]);
        assert_eq!(names(ObjectKind::Order, "wc_order_9ITaKB99M4jVF"), ["key"]);
        assert_eq!(names(ObjectKind::Comment, "abc"), [""; 0]);
    }

    #[test]
    fn an_id_is_a_positive_decimal_number_and_nothing_else() {
        for id in ["1", "1042", "9999999999999999999"] {
            assert!(IdentifierKind::Id.fits(id), "{id}");
        }
        for other in
            ["", "0", "01", "1e0", "4abc", "4.9", "2.0", " 2", "2 ", "+2", "-2", "0x1", "٣", "10000000000000000000"]
        {
            assert!(!IdentifierKind::Id.fits(other), "{other}");
        }
    }

    #[test]
    fn a_forgiving_origin_is_told_no_number_that_is_no_id() {
        let names = |kind: ObjectKind, text: &str| named_by(kind, kind.identifiers(), text, true);
        for slug in ["101abc", "1e0", "2024-in-review", "0", "1/child", "%ff101", "a%c3"] {
            assert_eq!(names(ObjectKind::Post, slug), [""; 0], "{slug}");
        }
        for slug in ["tea-101", "parent/101", "gr%c3%b6%c3%9fe", "%c3%b6101", "größe", "-101"] {
            assert_eq!(names(ObjectKind::Post, slug), ["slug"], "{slug}");
        }
        for login in ["1e0", "1.0", ".1e1", "1E-1", "2.", "-1", "1.2.3", "01", "e1"] {
            assert_eq!(names(ObjectKind::User, login), [""; 0], "{login}");
        }
        for login in ["adam", "e", "e.e", "1a", "1 2", "1_0", "1e0@home"] {
            assert_eq!(names(ObjectKind::User, login), ["login"], "{login}");
        }
        assert_eq!(names(ObjectKind::User, "1e0@example.com"), ["email", "login"]);
        for key in ["1e0", "-1", "007", "1E1"] {
            assert_eq!(names(ObjectKind::Order, key), [""; 0], "{key}");
        }
        assert_eq!(names(ObjectKind::Order, "wc_order_9ITaKB99M4jVF"), ["key"]);
        assert_eq!(names(ObjectKind::Comment, "7"), ["id"]);
    }

    #[test]
    fn a_forgiving_origin_is_told_an_id_where_an_id_may_be() {
        use IdentifierKind::{Email, Id, Login};
        for kind in [ObjectKind::Post, ObjectKind::User, ObjectKind::Order] {
            assert_eq!(named_by(kind, kind.identifiers(), "123", true), ["id"], "{kind:?}");
        }
        assert_eq!(named_by(ObjectKind::User, &[Id, Login], "123", true), ["id"]);
        assert_eq!(named_by(ObjectKind::User, &[Email, Login], "123", true), [""; 0]);
        assert_eq!(named_by(ObjectKind::User, &[Email, Login], "123", false), ["login"]);
    }

    #[test]
    fn a_spelling_that_wordpress_would_change_is_no_identifier() {
        for slug in ["hello-world", "parent/child", "größe", "gr%c3%b6%c3%9fe", "a_b"] {
            assert!(IdentifierKind::Slug.fits(slug), "{slug}");
        }
        for slug in ["/", "a//b", "/a", "a/", "..", "a.b", "%2e%2e/x", "%C3", "%", "%c", "%41"] {
            assert!(!IdentifierKind::Slug.fits(slug), "{slug}");
        }
        for login in [" adam", "adam ", "a  b", "a\tb", ".", "..", "*", "-@-"] {
            assert!(!IdentifierKind::Login.fits(login), "{login:?}");
        }
        assert!(IdentifierKind::Login.fits("adam.w smith@home"));
    }

    #[test]
    fn an_identifier_has_no_markup_and_no_control_characters() {
        for kind in [
            IdentifierKind::Id,
            IdentifierKind::Slug,
            IdentifierKind::Email,
            IdentifierKind::Login,
            IdentifierKind::OrderKey,
        ] {
            for text in ["<b>", "a\"b", "a\\b", "a\nb", "a\0b", "a'; --", "", " "] {
                assert!(!kind.fits(text), "{kind:?} {text:?}");
            }
        }
    }
}
