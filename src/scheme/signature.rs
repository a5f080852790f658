//! Where signatures stand in a request, and how they are written: strict grammars, one spelling.

use base64ct::{Base64, Base64UrlUnpadded, Encoding as _};

use super::HeaderName;
use super::description::{self, Encoding};
use crate::host::{Body, Request};
use crate::project;

/// Most signatures of one request. Senders list one for each of their active secrets.
const MOST: usize = 16;
/// Most headers that a sender may number (DocuSign).
const NUMBERED: usize = 100;

/// Where signatures are.
#[derive(Debug)]
pub(crate) enum Place {
    One { at: At, prefix: String },
    List { at: At, list: List },
    Numbered(Vec<HeaderName>),
    Either(Vec<HeaderName>),
}

/// Where a text is.
#[derive(Debug)]
pub(crate) enum At {
    Header(HeaderName),
    Body(String),
}

/// The grammar of a list.
#[derive(Debug)]
pub(crate) struct List {
    separator: char,
    label: String,
    trim: bool,
    /// What the item with the timestamp begins with.
    timestamp: Option<String>,
}

/// What a request presents.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Presented {
    pub(crate) signatures: Vec<Vec<u8>>,
    /// As it is in the list.
    pub(crate) timestamp: Option<String>,
}

impl Place {
    /// `None` if a name is no header name.
    pub(crate) fn new(place: description::Place<'_>, timestamp: Option<&str>) -> Option<Self> {
        Some(match place {
            description::Place::Header { name, prefix } => Self::One { at: At::new(name)?, prefix: prefix.into() },
            description::Place::List { name, list } => Self::List {
                at: At::new(name)?,
                list: List {
                    separator: list.separator,
                    label: list.label.into(),
                    trim: list.trim,
                    timestamp: timestamp.map(Into::into),
                },
            },
            description::Place::Numbered { name } => {
                let numbered = (1..=NUMBERED).map(|number| HeaderName::new(&format!("{name}-{number}")));
                Self::Numbered(numbered.collect::<Option<_>>()?)
            }
            description::Place::Either { names } => {
                Self::Either(names.into_iter().map(HeaderName::new).collect::<Option<_>>()?)
            }
        })
    }

    /// The header of one plain signature.
    pub(crate) fn header(&self) -> Option<&HeaderName> {
        match self {
            Self::One { at: At::Header(name), .. } => Some(name),
            _ => None,
        }
    }

    pub(crate) fn is_in_body(&self) -> bool {
        matches!(self, Self::One { at: At::Body(_), .. } | Self::List { at: At::Body(_), .. })
    }

    /// `None` if nothing is presented, or not in this grammar.
    pub(crate) fn read(
        &self,
        request: &impl Request,
        body: &Body,
        form: bool,
        encoding: Encoding,
    ) -> Option<Presented> {
        let values: Vec<Option<String>> = match self {
            Self::One { at, prefix } => {
                vec![at.value(request, body, form)?.strip_prefix(prefix.as_str()).map(Into::into)]
            }
            Self::List { at, list } => return list.read(&at.value(request, body, form)?, encoding),
            Self::Numbered(names) => names.iter().map_while(|name| name.value(request)).take(MOST).map(Some).collect(),
            // A header in two spellings is there, and has no value.
            Self::Either(names) => {
                names.iter().filter(|name| name.is_present(request)).map(|name| name.value(request)).collect()
            }
        };
        let signatures: Option<Vec<_>> = values.into_iter().map(|value| decode(encoding, &value?)).collect();
        signatures.filter(|all| !all.is_empty()).map(|signatures| Presented { signatures, timestamp: None })
    }
}

impl At {
    fn new(name: &str) -> Option<Self> {
        if name.starts_with('/') { Some(Self::Body(name.into())) } else { HeaderName::new(name).map(Self::Header) }
    }

    fn value(&self, request: &impl Request, body: &Body, form: bool) -> Option<String> {
        match self {
            Self::Header(name) => name.value(request),
            Self::Body(place) => project::look(form, body, &[place.as_str()])?.pop(),
        }
    }
}

impl List {
    fn read(&self, value: &str, encoding: Encoding) -> Option<Presented> {
        let mut presented = Presented::default();
        for (index, item) in value.split(self.separator).enumerate() {
            let item = if self.trim && index > 0 { item.strip_prefix(' ').unwrap_or(item) } else { item };
            let Some(delimiter) = self.label.chars().last() else {
                presented.signatures.push(decode(encoding, item)?);
                continue;
            };
            let (name, _) = item.split_once(delimiter)?;
            if name.is_empty() || !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') {
                return None;
            }
            if let Some(text) = self.timestamp.as_ref().and_then(|label| item.strip_prefix(label.as_str())) {
                // Two timestamps: one could be signed and the other one fresh.
                if presented.timestamp.replace(text.into()).is_some() {
                    return None;
                }
            } else if let Some(text) = item.strip_prefix(self.label.as_str()) {
                presented.signatures.push(decode(encoding, text)?);
            }
        }
        let right = (1..=MOST).contains(&presented.signatures.len());
        (right && self.timestamp.is_some() == presented.timestamp.is_some()).then_some(presented)
    }
}

/// The bytes of a signature; `None` for any spelling but the one that encoding them gives.
pub(crate) fn decode(encoding: Encoding, text: &str) -> Option<Vec<u8>> {
    let bytes = match encoding {
        Encoding::Hex => hex(text),
        Encoding::AnyHex => hex(text).or_else(|| base16ct::upper::decode_vec(text).ok()),
        Encoding::Base64 => Base64::decode_vec(text).ok(),
        Encoding::Base64Url => Base64UrlUnpadded::decode_vec(text).ok(),
        Encoding::Named => {
            let (name, digits) = text.split_once('|')?;
            let signature = hex(digits).filter(|signature| !signature.is_empty())?;
            Some([name.as_bytes(), b"|", &signature].concat())
        }
    };
    bytes.filter(|bytes| !bytes.is_empty())
}

#[inline(never)]
fn hex(digits: &str) -> Option<Vec<u8>> {
    base16ct::lower::decode_vec(digits).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stripe() -> List {
        List { separator: ',', label: "v1=".into(), trim: false, timestamp: Some("t=".into()) }
    }

    fn standard() -> List {
        List { separator: ' ', label: "v1,".into(), trim: false, timestamp: None }
    }

    #[test]
    fn a_list_has_labels_and_one_timestamp() {
        let read = |value: &str| stripe().read(value, Encoding::Hex).map(|presented| presented.signatures);
        assert_eq!(read("t=1,v1=00ff"), Some(vec![vec![0, 255]]));
        assert_eq!(read("v1=00,t=1,v0=zz,v1=ff"), Some(vec![vec![0], vec![255]]));
        for wrong in [
            "",
            "t=1",
            "v1=00",
            "t=1,v1=",
            "t=1,v1=0",
            "t=1,v1=00=junk",
            "t=1, v1=00",
            "t=1,v1=00,",
            "t=1,,v1=00",
            "t=1,v1",
            "t=1,t=2,v1=00",
            "t=1,v1=00, t=1,v1=00",
            "t=1,v1 =00",
            "t=1,V1=00",
            "t=1;v1=00",
            "t=1,v1=00,v1=zz",
        ] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
        let many = format!("t=1{}", ",v1=00".repeat(MOST));
        assert_eq!(read(&many).map(|all| all.len()), Some(MOST));
        assert_eq!(read(&format!("{many},v1=00")), None);
    }

    #[test]
    fn a_space_is_skipped_only_where_the_sender_writes_one() {
        let list = List { trim: true, ..stripe() };
        let read = |value: &str| list.read(value, Encoding::Hex).is_some();
        assert!(read("t=1, v1=00") && read("t=1,v1=00"));
        assert!(!read(" t=1, v1=00") && !read("t=1,  v1=00") && !read("t=1, v1=00 "));
    }

    #[test]
    fn standard_webhooks_separates_versions_by_a_comma_and_signatures_by_a_space() {
        let read = |value: &str| standard().read(value, Encoding::Base64).map(|presented| presented.signatures.len());
        assert_eq!(read("v1,AP8="), Some(1));
        assert_eq!(read("v1a,zz v2,AP8= v1,AP8="), Some(1));
        for wrong in ["v1a,AP8=", "AP8=", "v1,", "v1,AP8", "v1,AP8=,junk", "v1,AP8=  v1,AP8=", "v1,AP8=, v1,AP8="] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_list_without_a_label_has_nothing_but_signatures() {
        let list = List { separator: '&', label: String::new(), trim: false, timestamp: None };
        let read = |value: &str| list.read(value, Encoding::Named).map(|presented| presented.signatures);
        assert_eq!(read("a|00&b|ff"), Some(vec![b"a|\0".to_vec(), b"b|\xff".to_vec()]));
        for wrong in ["", "a", "a|", "|", "a|00&", "&a|00", "a|00&b", "a|00|00", "a|00&b|FF", "a|00, a|00"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn bytes_have_one_spelling_in_each_encoding() {
        for (encoding, right, wrong) in [
            (Encoding::Hex, vec!["00ff"], vec!["00FF", "00f", "00fg", "00ff ", "0x00ff", ""]),
            (Encoding::AnyHex, vec!["00ff", "00FF"], vec!["00fF", "00f", ""]),
            (Encoding::Base64, vec!["AP8="], vec!["AP8", "AP9=", "AP8= ", "AP_=", "AP8==", ""]),
            (Encoding::Base64Url, vec!["AP8"], vec!["AP8=", "AP9", "AP/", ""]),
        ] {
            for text in right {
                assert_eq!(decode(encoding, text), Some(vec![0, 255]), "{encoding:?} {text}");
            }
            for text in wrong {
                assert_ne!(decode(encoding, text), Some(vec![0, 255]), "{encoding:?} {text}");
            }
        }
    }
}
