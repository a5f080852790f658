//! Signatures that stand elsewhere, or are written otherwise, than their description says.

use base64ct::{Base64, Base64Unpadded, Base64Url, Base64UrlUnpadded, Encoding as _};

use super::attempt::{Attempt, Part};
use super::case::Case;
use super::described::described;
use super::secret::{percent_decoded, unquoted};
use super::trial::Trial;
use crate::operator::chosen::Chosen;
use crate::operator::delivery::{Delivery, Plan};
use crate::scheme::description::{Encoding, Place, TimestampAt};

/// Where a description has its signatures.
#[derive(Clone)]
pub(super) struct Shape {
    /// In lower case.
    pub(super) header: String,
    /// What precedes each signature: a prefix, or the label of a list.
    prefix: String,
    /// What separates the items of a list.
    separator: Option<char>,
    pub(super) time_label: Option<String>,
    encoding: Encoding,
}

/// Headers that are never a signature.
const ORDINARY: [&str; 14] = [
    "accept",
    "accept-encoding",
    "accept-language",
    "cache-control",
    "connection",
    "content-length",
    "content-type",
    "cookie",
    "date",
    "host",
    "origin",
    "referer",
    "user-agent",
    "via",
];

impl Shape {
    pub(super) fn of(trial: &Trial) -> Option<Self> {
        described(trial.mechanism()?, |description, _| {
            let (name, prefix, separator) = match description.place {
                Place::Header { name, prefix } => (name.to_owned(), prefix, None),
                Place::List { name, list } => (name.to_owned(), list.label, Some(list.separator)),
                Place::Numbered { name } => (format!("{name}-1"), "", None),
                // Which of the two was right, nothing says.
                Place::Either { .. } => return None,
            };
            if name.starts_with('/') {
                return None;
            }
            let time_label = match description.timestamp.map(|timestamp| timestamp.at) {
                Some(TimestampAt::Label(label)) => Some(label.to_owned()),
                _ => None,
            };
            let header = name.to_ascii_lowercase().replace('_', "-");
            Some(Self { header, prefix: prefix.into(), separator, time_label, encoding: description.encoding })
        })?
    }

    /// The header's value, in either spelling.
    pub(super) fn value(&self, trial: &Trial) -> Option<String> {
        let capture = &trial.capture;
        capture.header(&self.header).or_else(|| capture.header(&self.header.replace('-', "_")))
    }

    /// The header with another text in the place of each signature.
    fn rewritten(&self, value: &str, change: impl Fn(&str) -> Option<String>) -> Option<String> {
        let item = |item: &str| match item.trim_start().strip_prefix(&self.prefix) {
            Some(core) => change(core).map(|core| format!("{}{core}", self.prefix)),
            None => None,
        };
        match self.separator {
            None => item(value),
            Some(separator) => {
                let mut changed = false;
                let items = value.split(separator).map(|own| {
                    let new = item(own);
                    changed |= new.is_some();
                    new.unwrap_or_else(|| own.to_owned())
                });
                let joined = items.collect::<Vec<_>>().join(&separator.to_string());
                changed.then_some(joined)
            }
        }
    }
}

pub(super) fn attempts(trial: &Trial, case: &Case<'_>) -> Vec<Attempt> {
    let Some(shape) = Shape::of(trial) else { return Vec::new() };
    let with = |value: String| trial.sent(|capture| capture.set(&shape.header, value));
    let mut found = Vec::new();
    let Some(value) = shape.value(trial) else {
        for (name, value) in elsewhere(trial, &shape.header) {
            found.push(Attempt::new("header-name", Part::Place, name, with(value)));
        }
        return found;
    };
    let add = |found: &mut Vec<Attempt>, code, part, detail: &str, value: String| {
        found.push(Attempt::new(code, part, detail, with(value)));
    };
    for one in several(trial, &shape) {
        add(&mut found, "header-twice", Part::Place, &shape.header, one);
    }
    for (code, prefixed) in prefixes(&shape, &value) {
        let expected = if shape.prefix.is_empty() { "nothing" } else { &shape.prefix };
        add(&mut found, code, Part::Place, expected, prefixed);
    }
    if let Some(separator) = shape.separator {
        for other in [", ", "; ", ",", ";", "|", " "] {
            let joined = value.replace(other, &separator.to_string());
            if joined != value {
                let detail = if separator == ' ' {
                    "spaces"
                } else if separator == ',' {
                    "commas alone"
                } else {
                    "semicolons alone"
                };
                add(&mut found, "list-separator", Part::Place, detail, joined);
            }
        }
    }
    for (code, change) in writings(shape.encoding) {
        let changed = shape.rewritten(&value, change).filter(|changed| *changed != value);
        if let Some(changed) = changed {
            add(&mut found, code, Part::Writing, spelled(shape.encoding), changed);
        }
    }
    found.extend(completed(trial, case, &shape, &value));
    found
}

/// Other headers whose value may be the signature.
pub(super) fn elsewhere(trial: &Trial, header: &str) -> Vec<(String, String)> {
    let may_be = |(name, value): &&(String, String)| {
        !ORDINARY.contains(&name.as_str()) && name.replace('_', "-") != header && value.len() >= 12
    };
    trial.capture.headers.iter().filter(may_be).cloned().collect()
}

/// Each of the values of a header that is there more than once.
fn several(trial: &Trial, shape: &Shape) -> Vec<String> {
    let underscored = shape.header.replace('-', "_");
    let capture = &trial.capture;
    let mut all: Vec<String> = capture.values(&shape.header).map(Into::into).collect();
    if underscored != shape.header {
        all.extend(capture.values(&underscored).map(String::from));
    }
    if let [one] = &all[..] {
        all = one.split(", ").map(Into::into).collect();
    }
    if all.len() < 2 { Vec::new() } else { all }
}

/// The value with what the description wants before a signature, and without what it does not.
fn prefixes(shape: &Shape, value: &str) -> Vec<(&'static str, String)> {
    let prefix = shape.prefix.as_str();
    let items: Vec<&str> = shape.separator.map_or_else(|| vec![value], |separator| value.split(separator).collect());
    let is_time = |item: &str| shape.time_label.as_ref().is_some_and(|label| item.starts_with(label.as_str()));
    let mut found = Vec::new();
    for (index, item) in items.iter().enumerate().filter(|(_, item)| !is_time(item)) {
        let with = |own: String| {
            let items =
                items.iter().enumerate().map(|(at, item)| if at == index { own.clone() } else { (*item).to_owned() });
            items.collect::<Vec<_>>().join(&shape.separator.map(String::from).unwrap_or_default())
        };
        let item = item.trim();
        let doubled = item.strip_prefix(prefix).filter(|rest| !prefix.is_empty() && rest.starts_with(prefix));
        if let Some(rest) = doubled {
            found.push(("prefix-doubled", with(rest.into())));
            continue;
        }
        let word =
            item.find(['=', ',', ':', ' ']).filter(|at| *at <= 20).and_then(|at| item.get(at.saturating_add(1)..));
        let bare = word.map(str::trim_start).filter(|rest| rest.len() >= 16);
        if let Some(rest) = bare.filter(|_| prefix.is_empty()) {
            found.push(("prefix-unwanted", with(rest.into())));
        } else if let Some(rest) = bare.filter(|rest| item != format!("{prefix}{rest}")) {
            found.push(("prefix-wrong", with(format!("{prefix}{rest}"))));
        }
        if !item.starts_with(prefix) {
            found.push(("prefix-missing", with(format!("{prefix}{item}"))));
        }
    }
    found
}

type Writing = Box<dyn Fn(&str) -> Option<String>>;

/// What may have happened to the text of a signature.
fn writings(encoding: Encoding) -> Vec<(&'static str, Writing)> {
    let write = move |bytes: Vec<u8>| match encoding {
        Encoding::Hex | Encoding::AnyHex | Encoding::Named => base16ct::lower::encode_string(&bytes),
        Encoding::Base64 => Base64::encode_string(&bytes),
        Encoding::Base64Url => Base64UrlUnpadded::encode_string(&bytes),
    };
    let hex = |text: &str| base16ct::mixed::decode_vec(text).ok();
    let wants_hex = matches!(encoding, Encoding::Hex | Encoding::AnyHex);
    let mut all: Vec<(&'static str, Writing)> = vec![
        ("signature-quoted", Box::new(|text| unquoted(text).or_else(|| Some(text.trim().into())))),
        ("signature-escaped", Box::new(percent_decoded)),
    ];
    if wants_hex {
        all.push(("signature-upper-case", Box::new(|text| Some(text.to_ascii_lowercase()))));
        all.push((
            "signature-in-base64",
            Box::new(move |text| if hex(text).is_some() { None } else { base64(text).map(write) }),
        ));
    } else {
        all.push(("signature-in-hex", Box::new(move |text| hex(text).map(write))));
        let url = |text: &str| text.contains(['-', '_']);
        let same =
            move |text: &str| url(text) == (encoding == Encoding::Base64Url) || !text.contains(['-', '_', '+', '/']);
        all.push(("signature-padding", Box::new(move |text| base64(text).map(write).filter(|_| same(text)))));
        all.push(("signature-alphabet", Box::new(move |text| base64(text).map(write).filter(|_| !same(text)))));
        all.push(("signature-escaped", Box::new(|text| text.contains(' ').then(|| text.replace(' ', "+")))));
    }
    // The digits of a hex signature, encoded once more.
    let twice = move |text: &str| base64(text).and_then(|inner| base16ct::mixed::decode_vec(inner).ok()).map(write);
    all.push(("signature-encoded-twice", Box::new(twice)));
    all
}

/// Base64 of either alphabet, padded or not.
fn base64(text: &str) -> Option<Vec<u8>> {
    let tries = [Base64::decode_vec, Base64Unpadded::decode_vec, Base64Url::decode_vec, Base64UrlUnpadded::decode_vec];
    tries.into_iter().find_map(|decode| decode(text).ok())
}

fn spelled(encoding: Encoding) -> &'static str {
    match encoding {
        Encoding::Hex => "lower-case hex",
        Encoding::AnyHex => "hex",
        Encoding::Base64 => "base64 with its padding",
        Encoding::Base64Url => "base64url without padding",
        Encoding::Named => "a name, `|` and lower-case hex",
    }
}

/// The header as it would be, if what is there is the beginning of that.
fn completed(trial: &Trial, case: &Case<'_>, shape: &Shape, value: &str) -> Option<Attempt> {
    let chosen = Chosen {
        hook: trial.hook().clone(),
        slug: String::new(),
        secrets: trial
            .secret_names()
            .iter()
            .filter_map(|name| Some(((*name).into(), trial.secret(name)?.into())))
            .collect(),
        given: None,
        written: None,
    };
    let id = super::moment::id(trial).unwrap_or_default();
    let plan =
        Plan { body: trial.capture.body.clone(), id, at: super::moment::signed_at(trial).unwrap_or(case.first.now) };
    let signed = Delivery::signed(&chosen, &plan).ok()?;
    let whole = signed.headers.into_iter().find(|header| header.name.eq_ignore_ascii_case(&shape.header))?.value;
    let cut =
        whole.len().checked_sub(value.len()).filter(|cut| *cut > 0 && whole.starts_with(value) && value.len() >= 12)?;
    let detail = format!("{cut} of {} characters", whole.len());
    Some(Attempt::new(
        "signature-truncated",
        Part::Writing,
        detail,
        trial.sent(|capture| capture.set(&shape.header, whole)),
    ))
}
