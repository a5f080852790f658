//! The grammars of header values, one at a time: what is read is what a plain reader here reads, and nothing else.
//!
//! An input is a grammar in one line, and the text in the rest.

use hookgate::fuzz::{self, ListGrammar};

use crate::text_line;
use crate::world::Inbound;

/// Words of the grammars.
pub const WORDS: &[&str] = &[
    "decode hex\n",
    "decode any-hex\n",
    "decode base64\n",
    "decode base64url\n",
    "time seconds\n",
    "time milliseconds\n",
    "time rfc3339\n",
    "template\n",
    "list stripe\n",
    "list standard\n",
    "list paddle\n",
    "list trimmed\n",
    "t=",
    "ts=",
    "v1=",
    "v1,",
    "v0=",
    "h1=",
    ",",
    ";",
    " ",
    "=",
    "==",
    "{body}",
    "{id}",
    "{timestamp}",
    "{method}",
    "{url}",
    "{",
    "}",
    "2026-11-21T22:00:00Z",
    "+00:00",
    "-07:00",
    ".5",
    "AP8=",
    "00ff",
    "00FF",
    "1795294800",
];

const LISTS: [(&str, ListGrammar<'_>); 4] = [
    ("stripe", ListGrammar { separator: ',', label: "v1=", trim: false, timestamp: Some("t="), encoding: "hex" }),
    ("standard", ListGrammar { separator: ' ', label: "v1,", trim: false, timestamp: None, encoding: "base64" }),
    ("paddle", ListGrammar { separator: ';', label: "h1=", trim: false, timestamp: Some("ts="), encoding: "hex" }),
    ("trimmed", ListGrammar { separator: ',', label: "v1=", trim: true, timestamp: Some("t="), encoding: "base64url" }),
];

/// Spellings that are right, and such that nearly are.
#[must_use]
pub fn seeds() -> Vec<Vec<u8>> {
    let seeds = [
        "decode hex\n00ff",
        "decode hex\n00FF",
        "decode any-hex\n00FF",
        "decode base64\nAP8=",
        "decode base64\nAP9=",
        "decode base64url\nAP8",
        "time seconds\n1795294800",
        "time milliseconds\n1795294800000",
        "time rfc3339\n2026-11-21T22:00:00Z",
        "time rfc3339\n2026-11-21T15:00:00.001-07:00",
        "template\nv0:{timestamp}:{body}",
        "template\n{id}.{timestamp}.{body}",
        "template\n{method}{url}{body}",
        "list stripe\nt=1795294800,v1=00ff,v0=00",
        "list stripe\nt=1,v1=00,v1=ff",
        "list standard\nv1,AP8= v1a,AP8= v2,AP8=",
        "list paddle\nts=1795294800;h1=00ff",
        "list trimmed\nt=1, v1=AP8",
    ];
    seeds.map(|seed| seed.as_bytes().to_vec()).into()
}

/// Reads one text in one grammar.
pub fn run(mut input: &[u8]) {
    let Some(grammar) = text_line(&mut input) else { return };
    let Ok(text) = str::from_utf8(input) else { return };
    match grammar.split_once(' ') {
        Some(("decode", encoding)) => assert_eq!(fuzz::signature(encoding, text), decoded(encoding, text), "{text:?}"),
        Some(("time", unit)) => assert_eq!(fuzz::timestamp(unit, text), time(unit, text), "{text:?}"),
        Some(("list", name)) => check_list(name, text),
        None if grammar == "template" => check_template(text),
        _ => {}
    }
}

/// The bytes of which `text` is the one spelling.
fn decoded(encoding: &str, text: &str) -> Option<Vec<u8>> {
    const BASE64: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    let (alphabet, bits) = match encoding {
        "hex" => ("0123456789abcdef".to_owned(), 4),
        "any-hex" if text.contains(|c: char| c.is_ascii_lowercase()) => ("0123456789abcdef".to_owned(), 4),
        "any-hex" => ("0123456789ABCDEF".to_owned(), 4),
        "base64" => (format!("{BASE64}+/"), 6),
        "base64url" => (format!("{BASE64}-_"), 6),
        _ => return None,
    };
    let digits = if encoding == "base64" { text.trim_end_matches('=') } else { text };
    if encoding == "base64" && (!text.len().is_multiple_of(4) || text.len() - digits.len() > 2) {
        return None;
    }
    let mut bytes = Vec::new();
    let (mut pending, mut count) = (0_u32, 0);
    for digit in digits.chars() {
        pending = pending << bits | u32::try_from(alphabet.find(digit)?).unwrap();
        count += bits;
        if count >= 8 {
            count -= 8;
            bytes.push(u8::try_from(pending >> count).unwrap());
            pending &= (1 << count) - 1;
        }
    }
    // What is left over must be no whole digit, and zero.
    (count < bits && pending == 0 && !bytes.is_empty()).then_some(bytes)
}

/// Milliseconds since 1970.
fn time(unit: &str, text: &str) -> Option<u64> {
    if unit == "rfc3339" {
        return rfc3339(text);
    }
    let scale = match unit {
        "seconds" => 1_000,
        "milliseconds" => 1,
        _ => return None,
    };
    if text.is_empty() || text.starts_with('0') {
        return None;
    }
    let mut number = 0_u64;
    for digit in text.chars() {
        number = number.saturating_mul(10).saturating_add(digit.to_digit(10)?.into());
    }
    Some(number.saturating_mul(scale))
}

/// By the parts of the text and by counting days, where the gate adds years.
fn rfc3339(text: &str) -> Option<u64> {
    let shape: String = text.chars().map(|c| if c.is_ascii_digit() { '9' } else { c }).collect();
    let rest = shape.strip_prefix("9999-99-99T99:99:99")?;
    let fraction = rest.strip_prefix('.').map_or(0, |digits| rest.len() - digits.trim_start_matches('9').len());
    let zone = text[19 + fraction..].to_owned();
    if fraction == 1 || fraction > 10 || !["Z", "+99:99", "-99:99"].contains(&&rest[fraction..]) {
        return None;
    }
    let number = |from: usize, to: usize| text[from..to].parse::<i64>().unwrap();
    let (year, month, day) = (number(0, 4), number(5, 7), number(8, 10));
    let (hour, minute, second) = (number(11, 13), number(14, 16), number(17, 19));
    let offset = if zone == "Z" {
        0
    } else {
        let (hours, minutes) = (zone[1..3].parse::<i64>().unwrap(), zone[4..6].parse::<i64>().unwrap());
        if hours > 23 || minutes > 59 {
            return None;
        }
        (hours * 60 + minutes) * if zone.starts_with('-') { -60 } else { 60 }
    };
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let longest = match month {
        2 => 28 + i64::from(leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    if year < 1970 || !(1..=longest).contains(&day) || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    // Days since 0000-03-01, for a year that begins in March.
    let (from_march, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let days =
        from_march * 365 + from_march / 4 - from_march / 100 + from_march / 400 + (month * 153 + 2) / 5 + day - 1;
    let seconds = (days - 719_468) * 86_400 + hour * 3_600 + minute * 60 + second - offset;
    let digits = format!("{:0<3}", &text[19..19 + fraction].trim_start_matches('.'));
    u64::try_from(seconds * 1_000 + digits[..3].parse::<i64>().unwrap()).ok()
}

fn check_list(name: &str, value: &str) {
    let Some((_, grammar)) = LISTS.iter().find(|(own, _)| *own == name) else { return };
    // A header's value has no white space around it.
    let value = value.trim_matches([' ', '\t']);
    let request = Inbound::post("/").header("x-list", value);
    assert_eq!(fuzz::list(*grammar, &request), listed(grammar, value), "{value:?}");
}

fn listed(grammar: &ListGrammar<'_>, value: &str) -> Option<(Vec<Vec<u8>>, Option<String>)> {
    let mut value = value.to_owned();
    if grammar.trim {
        value = value.replace(&format!("{} ", grammar.separator), &grammar.separator.to_string());
    }
    let delimiter = &grammar.label[grammar.label.len() - 1..];
    let items: Vec<&str> = value.split(grammar.separator).collect();
    let word = |item: &&str| {
        let name = item.find(delimiter).map_or("", |end| &item[..end]);
        !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    };
    let mut times: Vec<&str> = Vec::new();
    if let Some(label) = grammar.timestamp {
        times = items.iter().filter_map(|item| item.strip_prefix(label)).collect();
    }
    let signatures = items.iter().filter_map(|item| item.strip_prefix(grammar.label));
    let signatures: Option<Vec<Vec<u8>>> = signatures.map(|text| decoded(grammar.encoding, text)).collect();
    let signatures = signatures.filter(|all| !all.is_empty() && all.len() <= 16)?;
    let right = items.iter().all(word) && times.len() == usize::from(grammar.timestamp.is_some());
    right.then(|| (signatures, times.first().map(|text| (*text).to_owned())))
}

/// A name in braces that is none of these may be one some day: nothing is said of it.
fn check_template(text: &str) {
    const PIECES: [(&str, &str); 5] =
        [("{id}", "I"), ("{timestamp}", "T"), ("{body}", "B"), ("{method}", "M"), ("{url}", "U")];
    let mut filled = String::new();
    let mut rest = text;
    let mut right = true;
    while let Some(first) = rest.chars().next() {
        if let Some((piece, content)) = PIECES.iter().find(|(piece, _)| rest.starts_with(piece)) {
            filled.push_str(content);
            rest = &rest[piece.len()..];
            continue;
        }
        right &= first != '{' && first != '}';
        filled.push(first);
        rest = &rest[first.len_utf8()..];
    }
    let names = text.split('{').skip(1).filter_map(|after| after.split_once('}'));
    let known = |name: &str| PIECES.iter().any(|(piece, _)| piece[1..piece.len() - 1] == *name);
    if right || names.into_iter().all(|(name, _)| known(name)) {
        assert_eq!(fuzz::template(text, &Inbound::post("/")), right.then(|| filled.into_bytes()), "{text:?}");
    }
}
