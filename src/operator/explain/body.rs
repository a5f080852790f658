//! Bodies that are not the bytes that were signed.

use super::attempt::{Attempt, Part};
use super::case::Case;
use super::json::{self, STYLES};
use super::secret::html_unescaped;
use super::trial::Trial;
use crate::json::quoted;

pub(super) fn attempts(trial: &Trial, _: &Case<'_>) -> Vec<Attempt> {
    let body = &trial.capture.body;
    if body.is_empty() {
        return Vec::new();
    }
    let mut found = Vec::new();
    let mut seen: Vec<Vec<u8>> = vec![body.clone()];
    let mut add = |code, detail: String, other: Option<Vec<u8>>| {
        if let Some(other) = other.filter(|other| !seen.contains(other)) {
            seen.push(other.clone());
            found.push(Attempt::new(code, Part::Body, detail, trial.with_body(other)));
        }
    };
    for (end, name) in ENDS {
        add("newline-added", name.into(), body.strip_suffix(end).map(<[u8]>::to_vec));
        add("newline-missing", name.into(), Some([body, end].concat()));
    }
    add("space-around", String::new(), Some(body.trim_ascii().to_vec()));
    let text = core::str::from_utf8(body).ok();
    let replaced = |from: &str, to: &str| text.map(|text| text.replace(from, to).into_bytes());
    add("crlf-for-lf", String::new(), replaced("\r\n", "\n"));
    add("lf-for-crlf", String::new(), text.map(|text| text.replace("\r\n", "\n").replace('\n', "\r\n").into_bytes()));
    add("bom-added", String::new(), body.strip_prefix(BOM).map(<[u8]>::to_vec));
    add("bom-missing", String::new(), Some([BOM, body].concat()));
    let declared = trial.capture.header("content-length").and_then(|length| length.parse::<usize>().ok());
    if let Some(length) = declared.filter(|length| *length < body.len()) {
        let more = body.len().saturating_sub(length);
        add(
            "body-too-long",
            format!("{more} bytes more than content-length says"),
            body.get(..length).map(<[u8]>::to_vec),
        );
    }
    for (style, other) in rewritten(body) {
        let detail = format!("{style}{}", difference(body, &other));
        add("body-reserialized", detail, Some(other));
    }
    for (detail, other) in numbers(body) {
        add("number-reformatted", detail, Some(other));
    }
    for (code, detail, other) in recoded(body) {
        add(code, detail.into(), Some(other));
    }
    if let Some(text) = text {
        let inner = serde_json::from_str::<String>(text.trim()).ok();
        add("body-quoted", String::new(), inner.map(String::into_bytes));
        let unslashed = text.replace("\\\"", "\"").replace("\\'", "'").replace("\\\\", "\\");
        add("body-slashed", String::new(), Some(unslashed.into_bytes()));
        add("body-html-escaped", String::new(), html_unescaped(text).map(String::into_bytes));
        for (detail, other) in forms(text) {
            add("form-rewritten", detail.into(), Some(other));
        }
    }
    found
}

const BOM: &[u8] = b"\xef\xbb\xbf";
/// Line ends, and what they are called.
const ENDS: [(&[u8], &str); 2] = [(b"\r\n", "carriage return and line feed"), (b"\n", "line feed")];

/// The JSON in every style that is in use, with its keys in their order and sorted.
fn rewritten(body: &[u8]) -> Vec<(String, Vec<u8>)> {
    let Some(value) = json::read(body) else { return Vec::new() };
    let styles = |value: &json::Value, order: &str| -> Vec<(String, Vec<u8>)> {
        let style = |style: &json::Style| (format!("{}{order}", style.name), json::write(value, style).into_bytes());
        STYLES.iter().map(style).collect()
    };
    let mut all = styles(&value, "");
    all.extend(styles(&value.sorted(), " with its keys sorted"));
    all
}

/// Where two texts part: the first byte that differs, and what stands there.
fn difference(one: &[u8], other: &[u8]) -> String {
    let at = one.iter().zip(other).take_while(|(one, other)| one == other).count();
    let piece = |text: &[u8]| {
        let rest = text.get(at..).unwrap_or(&[]);
        quoted(&String::from_utf8_lossy(rest.get(..12).unwrap_or(rest)))
    };
    format!("; from byte {} on {} was {}", at.saturating_add(1), piece(one), piece(other))
}

/// The body with one number, or every whole number, in another spelling of the same value.
fn numbers(body: &[u8]) -> Vec<(String, Vec<u8>)> {
    let spans = json::numbers(body);
    let mut all = Vec::new();
    for span in spans.iter().take(24) {
        let (before, rest) = body.split_at_checked(span.start).unwrap_or((body, &[]));
        let (number, after) = rest.split_at_checked(span.len()).unwrap_or((rest, &[]));
        let number = String::from_utf8_lossy(number).into_owned();
        for other in spellings(&number) {
            let detail = format!("with {other} in the place of {number} at byte {}", span.start.saturating_add(1));
            all.push((detail, [before, other.as_bytes(), after].concat()));
        }
    }
    all
}

fn spellings(number: &str) -> Vec<String> {
    match number.split_once('.') {
        None if number.contains(['e', 'E']) => {
            number.parse::<f64>().map(|value| vec![format!("{value}"), format!("{value:.1}")]).unwrap_or_default()
        }
        None => vec![format!("{number}.0"), format!("{number}.00")],
        Some((whole, fraction)) => {
            let short = fraction.trim_end_matches('0');
            let short = if short.is_empty() { whole.to_owned() } else { format!("{whole}.{short}") };
            vec![short, format!("{number}0"), format!("{number}00")]
        }
    }
}

/// The body in another charset, or read in a wrong one and written again.
fn recoded(body: &[u8]) -> Vec<(&'static str, &'static str, Vec<u8>)> {
    let Ok(text) = core::str::from_utf8(body) else {
        let text: String = body.iter().map(|byte| char::from(*byte)).collect();
        return vec![("charset", "in UTF-8, and this is Latin-1", text.into_bytes())];
    };
    if text.is_ascii() {
        return Vec::new();
    }
    let mut all = Vec::new();
    if let Some(latin) = text.chars().map(|c| u8::try_from(u32::from(c)).ok()).collect::<Option<Vec<u8>>>() {
        let twice = core::str::from_utf8(&latin).is_ok();
        let detail = if twice {
            "in UTF-8, which was then taken for Latin-1 and encoded once more"
        } else {
            "in Latin-1, and this is UTF-8"
        };
        all.push(("charset", detail, latin));
    }
    all
}

/// A form with its escapes spelled otherwise, and what it carries or was made from.
fn forms(text: &str) -> Vec<(&'static str, Vec<u8>)> {
    let mut all = Vec::new();
    if text.starts_with('{') {
        let encoded: String =
            percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string();
        let kept =
            [("%2D", "-"), ("%2E", "."), ("%5F", "_")].iter().fold(encoded, |text, (from, to)| text.replace(from, to));
        all.push(("as a form, in its parameter payload", format!("payload={}", kept.replace("%20", "+")).into_bytes()));
        all.push(("as a form, in its parameter payload", format!("payload={kept}").into_bytes()));
        return all;
    }
    if text.contains('%') || text.contains('+') {
        all.push(("with %20 for a space", text.replace('+', "%20").into_bytes()));
        all.push(("with + for a space", text.replace("%20", "+").into_bytes()));
        let cased = |change: fn(&str) -> String| {
            let mut parts = text.split('%');
            let mut out = parts.next().unwrap_or("").to_owned();
            for part in parts {
                let (digits, rest) = part.split_at_checked(2).unwrap_or((part, ""));
                out.push_str(&format!("%{}{rest}", change(digits)));
            }
            out.into_bytes()
        };
        all.push(("with capital escapes", cased(str::to_ascii_uppercase)));
        all.push(("with small escapes", cased(str::to_ascii_lowercase)));
    }
    let carried = text.split('&').find_map(|parameter| parameter.strip_prefix("payload="));
    let carried = carried.and_then(|value| super::secret::percent_decoded(&value.replace('+', " ")));
    all.extend(carried.map(|json| ("as the JSON in its parameter payload", json.into_bytes())));
    all
}
